import type { Knex } from 'knex';
import { userId, type UserId } from '../ids/ids';
import { businessDate, type Clock } from '../../platform/clock';
import { execute, rows, sqlState } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { insertOne } from '../../platform/sql';
import type { ApprovalDetail } from '../approvals/approval.model';
import type { ApprovalAction, Proposal } from '../approvals/approvals';
import { recordAudit } from '../audit/audit';
import { AUTH_ERRORS } from '../auth/errors';
import { DomainError } from '../errors/errors';
import { USER_ERRORS } from './errors';
import { refusalOf } from './registration';

/**
 * Putting a user below somebody else, from a day on. Commission goes by it, so one of our staff proposes it and
 * another approves. Those below go along. Transactions that are accepted keep the chain that they were accepted with.
 */
export interface WantedMove {
  user: UserId;
  /** Who stands above it then; undefined: nobody. */
  parent: UserId | undefined;
  /** A business date from today on, `YYYY-MM-DD`; on that day at its beginning, or at once. */
  effectiveOn: string;
  reason: string;
  evidence: string;
}

export const MOVE_ACTION = 'user.move';
const NOBODY = 'nobody';
const DAY = /^20\d{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;
const UNIQUE_VIOLATION = '23505';
const NOT_BELOW_ITSELF = 'users_not_below_themselves';

/** Throws DomainError REQUEST_FIELD_INVALID. */
export function moveProposal({ user, parent, effectiveOn, reason, evidence }: WantedMove): Proposal {
  if (!DAY.test(effectiveOn))
    throw new DomainError('REQUEST_FIELD_INVALID', { detail: 'a day is written as 2026-12-01' });
  return {
    action: MOVE_ACTION,
    subject: `user:${user}`,
    detail: { user, parent: parent ?? NOBODY, effective_on: effectiveOn },
    reason,
    evidence,
  };
}

interface MoveDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
}

export function createMoveAction(deps: MoveDependencies): Readonly<Record<string, ApprovalAction>> {
  return {
    [MOVE_ACTION]: {
      async look({ detail }): Promise<ApprovalDetail> {
        const { user, effectiveOn } = readDetail(detail);
        if (effectiveOn < businessDate(deps.clock.now()))
          throw new DomainError('REQUEST_FIELD_INVALID', {
            detail: 'the day is over: take today or a later one',
          });
        const [found] = await rows<{ parentId: UserId | null; below: number; isWaiting: boolean }>(
          deps.knex,
          `select u.parent_id as "parentId",
             (select count(*)::int4 - 1 from user_ancestors a where a.ancestor_id = u.id) as below,
             exists (select from user_moves m where m.user_id = u.id and m.state = 'waiting') as "isWaiting"
           from users u where u.id = ? and u.kind = 'app'`,
          [user],
        );
        if (found === undefined) throw new DomainError(AUTH_ERRORS.USER_NOT_FOUND);
        if (found.isWaiting) throw new DomainError(USER_ERRORS.USER_MOVE_OPEN);
        return { parent_now: found.parentId ?? NOBODY, go_along: String(found.below) };
      },
      async carryOut(trx, approval) {
        const { user, parent, effectiveOn } = readDetail(approval.detail);
        const now = deps.clock.now();
        const id = deps.ids.uuid();
        await insertMove(trx, {
          id,
          user_id: user,
          parent_id: parent ?? null,
          effective_on: effectiveOn,
          approval_id: approval.id,
          made_at: now,
        });
        const isDue = effectiveOn <= businessDate(now);
        if (isDue) await makeMove(trx, { id, user, parent }, now);
        return { journalId: null, result: { user, moved: isDue ? 'now' : `on ${effectiveOn}` } };
      },
    },
  };
}

async function insertMove(trx: Knex.Transaction, row: Readonly<Record<string, unknown>>): Promise<void> {
  try {
    await insertOne(trx, 'user_moves', row);
  } catch (error) {
    if (sqlState(error) === UNIQUE_VIOLATION)
      throw new DomainError(USER_ERRORS.USER_MOVE_OPEN, { cause: error });
    throw error;
  }
}

function readDetail(detail: ApprovalDetail): {
  user: UserId;
  parent: UserId | undefined;
  effectiveOn: string;
} {
  const parent = String(detail.parent);
  return {
    user: userId(String(detail.user)),
    parent: parent === NOBODY ? undefined : userId(parent),
    effectiveOn: String(detail.effective_on),
  };
}

interface DueMove {
  id: string;
  user: UserId;
  parent: UserId | undefined;
}

/** Throws DomainError USER_PLACE_INVALID, USER_NOT_FOUND. */
async function makeMove(trx: Knex.Transaction, { id, user, parent }: DueMove, now: Date): Promise<void> {
  await putBelow(trx, user, parent);
  await execute(trx, "update user_moves set state = 'done', ended_at = :now where id = :id", { id, now });
  await recordAudit(trx, {
    at: now,
    actor: 'network-keep',
    action: 'user.moved',
    subject: `user:${user}`,
    outcome: 'succeeded',
    detail: { parent: parent ?? NOBODY, move: id },
  });
}

async function putBelow(trx: Knex.Transaction, user: UserId, parent: UserId | undefined): Promise<void> {
  try {
    const moved = await execute(trx, 'update users set parent_id = :parent where id = :user', {
      user,
      parent: parent ?? null,
    });
    if (moved === 0) throw new DomainError(AUTH_ERRORS.USER_NOT_FOUND);
  } catch (error) {
    const isBelowItself = (error as { constraint?: string }).constraint === NOT_BELOW_ITSELF;
    const refusal = isBelowItself
      ? new DomainError(USER_ERRORS.USER_PLACE_INVALID, { cause: error })
      : refusalOf(error);
    throw refusal ?? error;
  }
}

/**
 * Makes the moves whose day has come; returns how many were looked at. One that does not fit any more is refused, with
 * the reason. Safe to run at once in several processes: each takes its own.
 */
export async function makeDueMoves({ knex, clock }: MoveDependencies, limit: number): Promise<number> {
  let looked = 0;
  while (looked < limit && (await makeNextMove(knex, clock.now()))) looked += 1;
  return looked;
}

/** False when there is none. */
function makeNextMove(knex: Knex, now: Date): Promise<boolean> {
  return knex.transaction(async (trx) => {
    const [due] = await rows<{ id: string; user: UserId; parentId: UserId | null }>(
      trx,
      `select id, user_id as "user", parent_id as "parentId" from user_moves
       where state = 'waiting' and effective_on <= ? order by effective_on, id limit 1 for update skip locked`,
      [businessDate(now)],
    );
    if (due === undefined) return false;
    const move: DueMove = { id: due.id, user: due.user, parent: due.parentId ?? undefined };
    try {
      await trx.transaction((inner) => makeMove(inner, move, now));
    } catch (error) {
      if (!(error instanceof DomainError) || error.retryable) throw error;
      await execute(
        trx,
        "update user_moves set state = 'refused', ended_at = :now, note = :note where id = :id",
        { id: due.id, now, note: `${error.code}: ${error.detail}`.slice(0, 500) },
      );
    }
    return true;
  });
}

/** Takes back a move that waits for its day. Throws DomainError USER_MOVE_NOT_FOUND. */
export async function cancelMove(
  trx: Knex.Transaction,
  { user, note, now }: { user: UserId; note: string; now: Date },
): Promise<void> {
  const cancelled = await execute(
    trx,
    "update user_moves set state = 'cancelled', ended_at = :now, note = :note where user_id = :user and state = 'waiting'",
    { user, note, now },
  );
  if (cancelled === 0) throw new DomainError(USER_ERRORS.USER_MOVE_NOT_FOUND);
}
