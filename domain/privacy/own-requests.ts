import type { Knex } from 'knex';
import { addMs } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { textOf } from '../approvals/approvals';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import { PRIVACY_ERRORS } from './errors';
import { exportOf, type ExportDependencies } from './export';
import { dataRequestRules, type DataKind } from './request-rules';
import {
  audit,
  copyUntil,
  DATA_REQUEST_COLUMNS,
  decide,
  putRequest,
  requireCopy,
  type DataRequest,
} from './requests';

/** What people ask about their own data, and how far it is. Staff answer it: `requests.ts`. */
export interface OwnDataRequests {
  /** Throws DomainError DATA_REQUEST_OPEN, DATA_REQUESTS_USED_UP, REQUEST_FIELD_INVALID, POLICY_NOT_FOUND. */
  ask(user: UserId, given: { kind: DataKind; reason: string }): Promise<OwnDataRequest>;
  /** The newest first, a hundred at most. */
  list(user: UserId): Promise<OwnDataRequest[]>;
  /** Throws DomainError DATA_REQUEST_NOT_FOUND. */
  get(user: UserId, id: string): Promise<OwnDataRequest>;
  /** Throws DomainError DATA_REQUEST_NOT_FOUND, DATA_REQUEST_DECIDED. */
  withdraw(user: UserId, id: string): Promise<OwnDataRequest>;
  /** Throws DomainError DATA_REQUEST_NOT_FOUND, DATA_EXPORT_NOT_GRANTED. */
  requireCopy(user: UserId, id: string): Promise<void>;
  /**
   * The text of a `PersonalExport` in pieces, of what is kept now. Throws DomainError DATA_REQUEST_NOT_FOUND,
   * DATA_EXPORT_NOT_GRANTED, LIST_TOO_SLOW.
   */
  copy(user: UserId, id: string): Promise<AsyncGenerator<string>>;
}

export interface OwnDataRequest extends DataRequest {
  /** Of an export that was granted. */
  copyUntil: Date | null;
}

type Dependencies = ExportDependencies & { ids: Ids; lists: Knex };

const LISTED = 100;
const THIRTY_DAYS_MS = 30 * 86_400_000;

export function createOwnDataRequests(deps: Dependencies): OwnDataRequests {
  const { knex, clock } = deps;
  const find = async (user: UserId, id: string): Promise<OwnDataRequest> => {
    const [found] = await rows<DataRequest>(
      knex,
      `select ${DATA_REQUEST_COLUMNS} from data_requests where id = :id and user_id = :user`,
      { id, user },
    );
    if (found === undefined) throw new DomainError(PRIVACY_ERRORS.DATA_REQUEST_NOT_FOUND);
    return (await withCopies(deps, [found]))[0]!;
  };
  return {
    ask: async (user, given) => find(user, await ask(deps, user, given)),
    async list(user) {
      const found = await rows<DataRequest>(
        knex,
        `select ${DATA_REQUEST_COLUMNS} from data_requests where user_id = :user order by asked_at desc limit ${LISTED}`,
        { user },
      );
      return withCopies(deps, found);
    },
    get: find,
    async withdraw(user, id) {
      await find(user, id);
      await knex.transaction(async (trx) => {
        await decide(trx, id, { state: 'withdrawn', at: clock.now() });
        await audit(trx, deps, user, { action: 'privacy.withdraw', id });
      });
      return find(user, id);
    },
    requireCopy: async (user, id) => requireCopy(knex, await find(user, id), clock.now()),
    async copy(user, id) {
      await requireCopy(knex, await find(user, id), clock.now());
      await audit(knex, deps, user, { action: 'privacy.export', id });
      return exportOf({ ...deps, knex: deps.lists }, user);
    },
  };
}

async function ask(
  { knex, clock, ids }: Dependencies,
  user: UserId,
  { kind, reason: typed }: { kind: DataKind; reason: string },
): Promise<string> {
  const reason = textOf('reason', typed);
  const now = clock.now();
  const { mostIn30Days } = (await dataRequestRules(knex, now)).of(kind);
  const id = ids.uuid();
  // Two at once are one: at most one of a kind is open.
  await knex.transaction(async (trx) => {
    await putRequest(trx, { clock }, { id, user, kind, reason, by: user });
    const [count] = await rows<{ n: number }>(
      trx,
      `select count(*)::int4 as n from data_requests
       where user_id = :user and kind = :kind and asked_by = :user and asked_at > :since`,
      { user, kind, since: addMs(now, -THIRTY_DAYS_MS) },
    );
    if (count!.n > mostIn30Days) throw new DomainError(PRIVACY_ERRORS.DATA_REQUESTS_USED_UP);
  });
  return id;
}

async function withCopies(
  { knex, clock }: Pick<Dependencies, 'knex' | 'clock'>,
  found: readonly DataRequest[],
): Promise<OwnDataRequest[]> {
  if (found.length === 0) return [];
  const rules = await dataRequestRules(knex, clock.now());
  return found.map((request) => ({ ...request, copyUntil: copyUntil(request, rules) }));
}
