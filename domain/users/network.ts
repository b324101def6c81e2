import type { Knex } from 'knex';
import type { UserId } from '../ids/ids';
import type { Clock } from '../../platform/clock';
import { execute } from '../../platform/database';
import { textOf } from '../approvals/approvals';
import { recordAudit } from '../audit/audit';
import type { ServiceName } from '../provider/service-name';
import { insertNew, table, text, timestamptz, uuid } from '../../platform/sql';
import { UserModel } from '../auth/user.model';
import {
  createUserDirectory,
  readUser,
  requireBelow,
  type UserDirectory,
  type WholeUserView,
} from './directory';
import {
  addressOf,
  registerUser,
  type Address,
  type Registration,
  type RegistrationDependencies,
} from './registration';
import { moveToStage, type Stage } from './stages';

/**
 * A user and those below, as that user keeps them: brings new ones in, corrects what is said of them, moves them
 * along, and asks for services. `top` is who acts; whoever is not below is not there.
 */
export interface UserNetwork extends UserDirectory {
  /** Throws what `registerUser` throws. */
  register(
    top: UserId,
    key: string,
    given: Registration,
  ): Promise<{ user: WholeUserView; replayed: boolean }>;
  /** Throws DomainError USER_NOT_FOUND. */
  update(top: UserId, user: UserId, profile: Profile): Promise<WholeUserView>;
  /** Throws DomainError USER_NOT_FOUND, REQUEST_FIELD_INVALID and what `moveToStage` throws. */
  move(top: UserId, user: UserId, given: { to: Stage; reason: string }): Promise<WholeUserView>;
  /** Those that are there already stay as they are. Throws DomainError USER_NOT_FOUND. */
  requestServices(top: UserId, user: UserId, services: readonly ServiceName[]): Promise<WholeUserView>;
}

export interface Profile {
  name?: string;
  language?: 'en' | 'hi';
  address?: Address;
}

export function createUserNetwork(
  deps: RegistrationDependencies & Parameters<typeof createUserDirectory>[0],
): UserNetwork {
  const { knex, clock, cipher } = deps;
  return {
    ...createUserDirectory(deps),
    async register(top, key, given) {
      const { user, replayed } = await registerUser(deps, top, key, given);
      return { user: await readUser(knex, top, user), replayed };
    },
    async update(top, user, { name, language, address }) {
      await requireBelow(knex, top, user);
      const changed = {
        ...(name === undefined ? {} : { name }),
        ...(language === undefined ? {} : { language }),
        ...(address === undefined ? {} : addressOf(cipher, user, address)),
      };
      const fields = Object.entries({ name, language, address }).flatMap(([field, value]) =>
        value === undefined ? [] : [field],
      );
      if (fields.length > 0)
        await knex.transaction(async (trx) => {
          await UserModel.query(trx).findById(user).patch(changed);
          const detail = { fields: fields.join(' ') };
          await note(trx, clock, { by: top, action: 'user.profile', user, detail });
        });
      return readUser(knex, top, user);
    },
    async move(top, user, { to, reason }) {
      await requireBelow(knex, top, user);
      await knex.transaction((trx) =>
        moveToStage(trx, clock, {
          user,
          to,
          actor: top,
          as: user === top ? 'self' : 'upline',
          reason: textOf('reason', reason),
        }),
      );
      return readUser(knex, top, user);
    },
    async requestServices(top, user, services) {
      await requireBelow(knex, top, user);
      await knex.transaction((trx) => requestServices(trx, clock, { by: top, user, services }));
      return readUser(knex, top, user);
    },
  };
}

const REQUESTED = table<{ user: UserId; service: string; at: Date }>('user_services', {
  user_id: uuid((r) => r.user),
  service: text((r) => r.service),
  state: text(() => 'requested'),
  state_at: timestamptz((r) => r.at),
});

async function requestServices(
  trx: Knex.Transaction,
  clock: Clock,
  { by, user, services }: { by: UserId; user: UserId; services: readonly ServiceName[] },
): Promise<void> {
  // against a move of the same user: whoever becomes active now gets these, too, or has them waiting
  await execute(trx, 'select from users where id = ? for no key update', [user]);
  const at = clock.now();
  const added = await insertNew(
    trx,
    REQUESTED,
    [...new Set(services)].map((service) => ({ user, service, at })),
    { conflict: '(user_id, service)', returning: 'service' },
  );
  if (added.length > 0)
    await note(trx, clock, { by, action: 'user.services', user, detail: { requested: added.join(' ') } });
}

function note(
  trx: Knex.Transaction,
  clock: Clock,
  { by, action, user, detail }: { by: UserId; action: string; user: UserId; detail: Record<string, string> },
): Promise<void> {
  return recordAudit(trx, {
    at: clock.now(),
    actor: by,
    action,
    subject: `user:${user}`,
    outcome: 'succeeded',
    detail,
  });
}
