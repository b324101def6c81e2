import type { Knex } from 'knex';
import type { UserId } from '../ids/ids';
import { businessDate, type Clock } from '../../platform/clock';
import { execute } from '../../platform/database';
import type { Access } from '../access/access';
import { textOf, type Person } from '../approvals/approvals';
import { recordAudit } from '../audit/audit';
import { DomainError } from '../errors/errors';
import { SERVICES } from '../provider/service-name';
import { readUser, type WholeUserView } from './directory';
import { USER_ERRORS } from './errors';
import { cancelMove } from './moves';
import { moveToStage, type Stage } from './stages';

/** What our staff do with any user of the network. Each change says why. */
export interface StaffNetwork {
  /** Throws DomainError USER_NOT_FOUND. */
  show(user: UserId): Promise<WholeUserView>;
  /** Throws DomainError OPS_ROLE_MISSING and what `moveToStage` throws. */
  setStage(given: { user: UserId; to: Stage; reason: string }, by: Person): Promise<void>;
  /**
   * On, which also wakes one that fell asleep once the person was looked at again; or stopped. Throws DomainError
   * USER_NOT_FOUND, USER_STAGE_REFUSED (only an active user's services are switched on), REQUEST_FIELD_INVALID.
   */
  setService(
    given: { user: UserId; service: string; state: 'active' | 'suspended'; reason: string },
    by: Person,
  ): Promise<void>;
  /** Throws DomainError USER_MOVE_NOT_FOUND. */
  cancelMove(given: { user: UserId; reason: string }, by: Person): Promise<void>;
}

export function createStaffNetwork({
  knex,
  clock,
  access,
}: {
  knex: Knex;
  clock: Clock;
  access: Access;
}): StaffNetwork {
  return {
    show: (user) => readUser(knex, user, user),
    async setStage({ user, to, reason }, by) {
      await access.require(by, 'users.write');
      const move = { user, to, actor: by.userId, as: 'staff' as const, reason: textOf('reason', reason) };
      await knex.transaction((trx) => moveToStage(trx, clock, move));
    },
    async setService({ user, service, state, reason }, by) {
      await access.require(by, 'users.write');
      if (!(SERVICES as readonly string[]).includes(service))
        throw new DomainError('REQUEST_FIELD_INVALID', {
          detail: `a service is one of ${SERVICES.join(', ')}`,
        });
      await knex.transaction(async (trx) => {
        const { stage } = await readUser(trx, user, user);
        if (state === 'active' && stage !== 'active')
          throw new DomainError(USER_ERRORS.USER_STAGE_REFUSED, {
            detail: `the user is ${stage}: make them active first`,
          });
        const at = clock.now();
        await execute(
          trx,
          `insert into user_services (user_id, service, state, state_at, used_on)
           values (:user, :service, :state, :at, :today)
           on conflict (user_id, service) do update
             set state = excluded.state, state_at = excluded.state_at, used_on = excluded.used_on`,
          { user, service, state, at, today: businessDate(at) },
        );
        await note(trx, by, at, { user, action: 'user.service', detail: { service, state }, reason });
      });
    },
    async cancelMove({ user, reason }, by) {
      await access.require(by, 'users.write');
      await knex.transaction(async (trx) => {
        const at = clock.now();
        await cancelMove(trx, { user, note: textOf('reason', reason), now: at });
        await note(trx, by, at, { user, action: 'user.move-cancel', detail: {}, reason });
      });
    },
  };
}

interface Noted {
  user: UserId;
  action: string;
  detail: Record<string, string>;
  reason: string;
}

function note(
  trx: Knex.Transaction,
  by: Person,
  at: Date,
  { user, action, detail, reason }: Noted,
): Promise<void> {
  return recordAudit(trx, {
    at,
    actor: by.userId,
    action,
    subject: `user:${user}`,
    outcome: 'succeeded',
    detail: { ...detail, reason: textOf('reason', reason) },
  });
}
