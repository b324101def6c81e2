import type { Knex } from 'knex';
import type { UserId } from '../ids/ids';
import { businessDate, type Clock } from '../../platform/clock';
import { execute, rows, sqlState } from '../../platform/database';
import { derivedUuid } from '../../platform/ids';
import { formatRupees, type Paise } from '../../platform/money';
import { recordAudit } from '../audit/audit';
import { AUTH_ERRORS } from '../auth/errors';
import { openCases, restateCase, type NewCase } from '../cases/cases';
import { DomainError } from '../errors/errors';
import { accountCode } from '../ledger/accounts';
import { USER_ERRORS } from './errors';

/**
 * How a user of an app comes in, and goes: the stages, and who may move a user from one to the next. The database
 * knows the same moves (`users_stage_moves`), not who makes them.
 *   lead           known by name and number
 *   kyc_submitted  has handed in what our staff must look at
 *   verified       our staff know who it is
 *   agreement      has agreed to the contract
 *   active         works
 *   suspended      stopped for now: signs in nowhere, and nothing of theirs is sent
 *   dormant        has used nothing for so long that we look at them again before they work
 *   closed         has left for good
 */
export const STAGES = [
  'lead',
  'kyc_submitted',
  'verified',
  'agreement',
  'active',
  'suspended',
  'dormant',
  'closed',
] as const;
export type Stage = (typeof STAGES)[number];

/** Who moves a user: the user, somebody above, our staff, or a rule of ours. */
export const MOVERS = ['self', 'upline', 'staff', 'system'] as const;
export type Mover = (typeof MOVERS)[number];

const MOVES: Readonly<Record<Stage, Readonly<Partial<Record<Stage, readonly Mover[]>>>>> = {
  lead: { kyc_submitted: ['self', 'upline', 'staff'], closed: ['upline', 'staff'] },
  kyc_submitted: { lead: ['staff'], verified: ['staff', 'system'], closed: ['staff'] },
  // a contract is agreed to by whoever it binds, or on paper that our staff have seen
  verified: { agreement: ['self', 'staff'], kyc_submitted: ['staff'], closed: ['staff'] },
  agreement: { active: ['staff', 'system'], closed: ['staff'] },
  active: { suspended: ['upline', 'staff', 'system'], dormant: ['system'], closed: ['staff'] },
  suspended: { active: ['staff'], closed: ['staff'] },
  dormant: { active: ['staff', 'system'], suspended: ['upline', 'staff', 'system'], closed: ['staff'] },
  closed: {},
};

/** Who may make a move; nobody where it is none. */
export function moversOf(from: Stage, to: Stage): readonly Mover[] {
  return MOVES[from][to] ?? [];
}

export interface StageMove {
  user: UserId;
  to: Stage;
  /** Who moves: the id of a user, or the name of a rule of ours. */
  actor: string;
  as: Mover;
  /** Checked by `textOf`. */
  reason: string;
}

const CHECK_VIOLATION = '23514';
const STOPPED: readonly Stage[] = ['suspended', 'closed'];

/**
 * Moves a user to a stage, with a row of its history and one of the audit log. Whoever becomes active gets the
 * services that were asked for. Throws DomainError USER_NOT_FOUND, USER_STAGE_REFUSED, USER_HAS_MONEY,
 * USER_HAS_COMMISSION, USER_HAS_USERS_BELOW.
 */
export async function moveToStage(trx: Knex.Transaction, clock: Clock, move: StageMove): Promise<void> {
  const { user, to, actor, as, reason } = move;
  const [found] = await rows<{ stage: Stage }>(
    trx,
    "select stage from users where id = ? and kind = 'app' for no key update",
    [user],
  );
  if (found === undefined) throw new DomainError(AUTH_ERRORS.USER_NOT_FOUND);
  const from = found.stage;
  const movers = moversOf(from, to);
  if (!movers.includes(as))
    throw new DomainError(USER_ERRORS.USER_STAGE_REFUSED, { detail: why(from, to, movers) });
  const at = clock.now();
  if (to === 'closed') {
    await requireNothingLeft(trx, user);
    await tellOfDebt(trx, { user, cause: user, at });
  }
  await setStage(trx, user, from, to);
  await execute(
    trx,
    `insert into user_stages (user_id, no, from_stage, to_stage, actor, actor_kind, reason, at)
     select :user, coalesce(max(no), 0) + 1, :from, :to, :actor, :as, :reason, :at from user_stages where user_id = :user`,
    { user, from, to, actor, as, reason, at },
  );
  if (to === 'active') await beginServices(trx, user, at, from);
  await recordAudit(trx, {
    at,
    actor,
    action: 'user.stage',
    subject: `user:${user}`,
    outcome: 'succeeded',
    detail: { from, to, as, reason },
  });
}

function why(from: Stage, to: Stage, movers: readonly Mover[]): string {
  if (from === to) return `the user is ${from} already`;
  if (movers.length > 0) return `${from} to ${to} is a move of ${movers.join(', ')}`;
  const others = Object.keys(MOVES[from]);
  return others.length === 0 ? 'a closed user stays closed' : `${from} goes to ${others.join(', ')}`;
}

/** Whoever is stopped is refused everywhere; lifting the stop lets them in again. */
async function setStage(trx: Knex.Transaction, user: UserId, from: Stage, to: Stage): Promise<void> {
  const isDisabled = STOPPED.includes(to);
  const isLetIn = from === 'suspended' && to === 'active';
  try {
    await execute(
      trx,
      `update users set stage = :to,
         status = case when :isDisabled then 'disabled' when :isLetIn then 'active' else status end
       where id = :user`,
      { user, to, isDisabled, isLetIn },
    );
  } catch (error) {
    const { constraint } = error as { constraint?: string };
    if (sqlState(error) === CHECK_VIOLATION && constraint === 'users_closed_have_nobody_below')
      throw new DomainError(USER_ERRORS.USER_HAS_USERS_BELOW, { cause: error });
    throw error;
  }
}

/**
 * What comes later would lie in a wallet that nobody can open any more. It is looked for in the way that money goes: what
 * moves on between two looks is then found by the second.
 */
async function requireNothingLeft(trx: Knex.Transaction, user: UserId): Promise<void> {
  await requireNothingEarned(trx, user);
  const [left] = await rows<{ hasMoney: boolean; hasWork: boolean; payableFrom: string | null }>(
    trx,
    `select exists (select from wallets w join ledger_accounts a on a.id = w.account_id
        where w.user_id = :user and a.credits_paise <> a.debits_paise)
        or exists (select from ledger_accounts where code = :onItsWay and credits_paise <> debits_paise) as "hasMoney",
      exists (select from wallets w join transactions t on t.wallet_id = w.id
        where w.user_id = :user and t.ended_as is null)
        or exists (select from disputes where user_id = :user and state = 'open') as "hasWork",
      (select max(payable_from)::text from (
        select payable_from from commission_dues where user_id = :user and gross_paise <> paid_paise
        union all select payable_from from commission_returns where user_id = :user and not is_done) open) as "payableFrom"`,
    { user, onItsWay: accountCode.settlementPayable(user) },
  );
  if (left!.hasMoney || left!.hasWork) throw new DomainError(USER_ERRORS.USER_HAS_MONEY);
  if (left!.payableFrom !== null)
    throw new DomainError(USER_ERRORS.USER_HAS_COMMISSION, {
      detail: `commission is paid, or taken back, from ${left!.payableFrom} on: close the user after that night`,
    });
}

/**
 * Nobody is kept for what they owe us; whoever asks for it has to know that no commission will pay it any more. A debt that
 * grows after that is told anew: `cause` is what made it.
 */
export async function tellOfDebt(
  trx: Knex.Transaction,
  { user, cause, at }: { user: UserId; cause: string; at: Date },
): Promise<void> {
  const [found] = await rows<{ owedPaise: Paise }>(
    trx,
    'select debits_paise - credits_paise as "owedPaise" from ledger_accounts where code = ?',
    [accountCode.userReceivable(user)],
  );
  const owedPaise = found?.owedPaise ?? 0n;
  if (owedPaise <= 0n) return;
  const owing: NewCase = {
    kind: 'user_closed_owing',
    subject: `user:${user}`,
    summary: `A user was closed who owes us ${formatRupees(owedPaise)}`,
    evidence: { account: accountCode.userReceivable(user), owed_paise: owedPaise.toString() },
  };
  const opened = await openCases(trx, { uuid: () => derivedUuid(cause, owing.kind) }, [owing], at);
  if (opened === 0) await restateCase(trx, owing);
}

async function requireNothingEarned(trx: Knex.Transaction, user: UserId): Promise<void> {
  const [earning] = await rows<{ isOpen: boolean; isUnread: boolean }>(trx, EARNING, {
    ...{ user, fee: accountCode.feeIncome(''), commission: accountCode.commissionIncome('%', '') },
  });
  if (earning!.isOpen)
    throw new DomainError(USER_ERRORS.USER_HAS_COMMISSION, {
      detail: 'a transaction that the user has a share of is under way: wait until it has ended',
    });
  if (earning!.isUnread)
    throw new DomainError(USER_ERRORS.USER_HAS_COMMISSION, {
      detail:
        'what transactions of today have earned is counted by the night: close the user after it was paid',
    });
}

const UPLINES = 'select id from uplines where user_ids @> array[:user::uuid]';
/** Whoever has sold nothing and was above nobody has a share of nothing: the lines of a day are not read for them. */
const HAS_A_SHARE = `exists (select from transactions where user_id = :user) or exists (${UPLINES})`;
/** Whoever stands in the chain of a transaction may get a share of it, also when the users below have moved. */
const IN_CHAIN = `(t.user_id = :user or t.upline_id in (${UPLINES}))`;
const READ_FROM = `
  select a.id, coalesce(min(c.read_id), 0) as upto
  from (select distinct service, basis from commission_terms) m
    join ledger_accounts a on a.type = 'income' and case m.basis when 'fee' then a.code = :fee || m.service
      else a.code like :commission || m.service end
    left join commission_cursors c on c.account_id = a.id
  group by a.id`;
/** Lines that no accrual has read, of a day at most. */
const unread = (side: string): string => `
  exists (select from (${READ_FROM}) r join ledger_transfers x on x.${side} = r.id and x.id > r.upto
    join transactions t on t.id = x.transaction_id where ${IN_CHAIN})`;
const EARNING = `
  select exists (select from transactions t where t.ended_as is null and ${IN_CHAIN}) as "isOpen",
    case when ${HAS_A_SHARE} then ${unread('credit_account_id')} or ${unread('debit_account_id')} else false end as "isUnread"`;

/** The services that a user gets by becoming active. */
const WAKING: Readonly<Partial<Record<Stage, string>>> = {
  agreement: 'requested', // what was asked for
  dormant: 'dormant', // our staff have looked at the person again
};

/**
 * Switches on what belongs to the move. For those that are on already the time without use begins anew, or whoever
 * was stopped for long would fall asleep at once.
 */
function beginServices(trx: Knex.Transaction, user: UserId, at: Date, from: Stage): Promise<number> {
  return execute(
    trx,
    `update user_services set state = 'active', used_on = :today::date,
       state_at = case when state = 'active' then state_at else :at end
     where user_id = :user and state in ('active', :woken)`,
    { user, at, today: businessDate(at), woken: WAKING[from] ?? 'active' },
  );
}
