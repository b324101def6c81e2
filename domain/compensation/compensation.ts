import type { Knex } from 'knex';
import { derivedUuid } from '../../platform/ids';
import type { Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { Paise } from '../../platform/money';
import { date, insertNew, int8, table, text, uuid } from '../../platform/sql';
import type { AccountId, UserId } from '../ids/ids';
import { accountCode, openAccounts } from '../ledger/accounts';
import type { Journal } from '../ledger/journal';
import { postIn } from '../ledger/post';
import type { NightContext, NightResult, NightStep } from '../night/step';
import type { ServiceName } from '../provider/service-name';

/**
 * Compensation for delay (RBI DPSS.CO.PD No.629/02.01.014/2019-20): for each day after the last day of the turnaround
 * on which a transaction had not ended when the day began, once, without a claim. It stops when the transaction has
 * ended or its money is payable back. What the party at fault owes for it is claimed in the same journal.
 */
export function createCompensationStep(deps: CompensationDependencies): NightStep {
  return { kind: 'compensation', dependsOn: ['close'], run: (context) => compensate(deps, context) };
}

export interface CompensationDependencies {
  knex: Knex;
  clock: Clock;
}

/** Rows of one database transaction. */
const BATCH = 200;

interface Delay {
  transactionId: string;
  service: ServiceName;
  provider: string;
  userId: UserId;
  walletAccount: AccountId;
  perDayPaise: Paise;
  credited: 'wallet' | 'customer';
  payer: 'provider' | 'us';
}

async function compensate(deps: CompensationDependencies, context: NightContext): Promise<NightResult> {
  const { knex } = deps;
  const { date: day, begins, ends, signal, progress } = context;
  await execute(knex, NOTE, { begins, ends, day });
  let [seen, paid, sum] = [0, 0, 0n];
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    signal.throwIfAborted();
    const delays = await rows<Delay>(knex, DUE, { after, begins, day, limit: BATCH });
    if (delays.length === 0) break;
    after = delays.at(-1)!.transactionId;
    const accounts = await openAccounts(knex, delays.flatMap(codesOf));
    const made = delays.map((delay) => compensationOf(delay, day, accounts));
    const amounts = await knex.transaction((trx) => post(trx, deps, made, accounts));
    seen += delays.length;
    paid += amounts.length;
    sum += amounts.reduce((all, amount) => all + amount, 0n);
    progress(seen);
  }
  const stopped = await execute(knex, STOP, { ends, day });
  return { delayed: seen, compensated: paid, paise: sum.toString(), stopped };
}

/** When a transaction ended, or its money became payable back. */
const OVER_AT = `(select min(e.at) from transaction_events e where e.transaction_id = t.id
  and e.to_state in ('succeeded', 'failed', 'reversed', 'refunded', 'refund_pending'))`;

/** Those of which a case about their turnaround was opened since the day began; and those that are open past it. */
const NOTE = `
  insert into tat_delays (transaction_id, last_day)
  select t.id, (t.expected_by at time zone 'Asia/Kolkata')::date
  from (
    select transaction_id as id from ops_cases
    where kind = 'turnaround_passed' and opened_at >= :begins::timestamptz - interval '1 day'
    union select id from transactions
    where ended_as is null and expected_by < :ends::timestamptz) c
    join transactions t on t.id = c.id
  where (t.expected_by at time zone 'Asia/Kolkata')::date < :day::date and t.state <> 'accepted'
    and coalesce(${OVER_AT} >= :begins::timestamptz, true)
  on conflict do nothing`;

/** Their money was taken, and they had not ended when the day began. What was never sent is at nobody's fault but ours. */
const DUE = `
  select t.id as "transactionId", t.service, t.provider, t.user_id as "userId", w.account_id as "walletAccount",
    r.per_day_paise as "perDayPaise", r.credited,
    case when exists (select from dispatch_attempts a where a.transaction_id = t.id) then r.payer else 'us' end as payer
  from (select * from tat_delays where stopped_on is null union all select * from tat_delays where stopped_on >= :day::date) d
    join transactions t on t.id = d.transaction_id join wallets w on w.id = t.wallet_id
    cross join lateral (select per_day_paise, credited, payer from tat_rules
      where service = t.service and in_force_from <= :day::date order by in_force_from desc limit 1) r
  where d.transaction_id > :after::uuid and d.last_day < :day::date and r.per_day_paise > 0
    and coalesce(${OVER_AT} >= :begins::timestamptz, true)
  order by d.transaction_id limit :limit`;

const STOP = `
  update tat_delays d set stopped_on = ended.on_day
  from (select t.id, greatest((${OVER_AT} at time zone 'Asia/Kolkata')::date, d.last_day + 1) as on_day
    from tat_delays d join transactions t on t.id = d.transaction_id
    where d.stopped_on is null and ${OVER_AT} < :ends::timestamptz) ended
  where d.transaction_id = ended.id and d.stopped_on is null and ended.on_day <= :day::date`;

interface Compensation {
  transactionId: string;
  day: string;
  amountPaise: Paise;
  account: AccountId;
  payer: string;
  journalId: string;
}
const COMPENSATIONS = table<Compensation>('tat_compensations', {
  transaction_id: uuid((c) => c.transactionId),
  business_date: date((c) => c.day),
  amount_paise: int8((c) => c.amountPaise),
  credited_account: int8((c) => c.account),
  payer: text((c) => c.payer),
  journal_id: uuid((c) => c.journalId),
});

const codesOf = (delay: Delay): string[] => [
  accountCode.compensation(),
  accountCode.compensationClaim(delay.provider),
  ...(delay.credited === 'customer' ? [accountCode.compensationPayable(delay.provider)] : []),
];

type Made = Compensation & { delay: Delay };

function compensationOf(delay: Delay, day: string, accounts: ReadonlyMap<string, AccountId>): Made {
  return {
    delay,
    transactionId: delay.transactionId,
    day,
    amountPaise: delay.perDayPaise,
    account:
      delay.credited === 'customer'
        ? accounts.get(accountCode.compensationPayable(delay.provider))!
        : delay.walletAccount,
    payer: delay.payer,
    journalId: derivedUuid(delay.transactionId, `compensation|${day}`),
  };
}

/** Rows and postings of those that have none for the day; returns the amounts. */
async function post(
  trx: Knex.Transaction,
  deps: CompensationDependencies,
  made: readonly Made[],
  accounts: ReadonlyMap<string, AccountId>,
): Promise<Paise[]> {
  const fresh = new Set(
    await insertNew(trx, COMPENSATIONS, made, {
      conflict: '(transaction_id, business_date)',
      returning: 'journal_id',
    }),
  );
  const posted = made.filter(({ journalId }) => fresh.has(journalId));
  await postIn(
    trx,
    deps,
    posted.map((one) => ({ journal: journalOf(one, accounts) })),
  );
  return posted.map(({ amountPaise }) => amountPaise);
}

function journalOf(
  { journalId, account, amountPaise, delay }: Made,
  accounts: ReadonlyMap<string, AccountId>,
): Journal {
  const cost = accounts.get(accountCode.compensation())!;
  const claim = accounts.get(accountCode.compensationClaim(delay.provider))!;
  return {
    id: journalId,
    transactionId: null, // it is no effect of the transaction: those are its events
    transfers: [
      { debitAccountId: cost, creditAccountId: account, amountPaise, code: 'compensation' },
      ...(delay.payer === 'provider'
        ? [{ debitAccountId: claim, creditAccountId: cost, amountPaise, code: 'compensation_claim' }]
        : []),
    ],
  };
}
