/** Compares what a month came to with what was planted; every difference is a line. */
import { verifyTables } from '../../domain/verification/verify';
import { addDays } from '../../domain/night/open';
import { rows } from '../../platform/database';
import type { ExpectedBreak } from './expected';
import type { Month } from './run';
import { FEE_SHARED_FROM, FEE_SHARES, SHARES, type MonthWorld } from './world';

export interface Judged {
  transactions: number;
  planted: number;
  found: number;
  /** By kind: planted, found as planted. */
  kinds: { kind: string; planted: number; found: number }[];
  suspensePaise: bigint;
  commissionPaise: bigint;
  tdsPaise: bigint;
  /** Each is something that should not be. */
  differences: string[];
}

const SHOWN = 40;

export async function judgeMonth(
  world: MonthWorld,
  month: Month,
  expected: ExpectedBreak[],
): Promise<Judged> {
  const found = await readBreaks(world, month);
  const differences: string[] = [];
  const kinds = compareBreaks(expected, found, differences);
  const suspensePaise = await judgeSuspense(world, differences);
  judgeFloats(month, differences);
  await judgeAged(world, month, expected, differences);
  const commission = await judgeCommissions(world, month, differences);
  await judgeBooks(world, differences);
  return {
    ...{ transactions: month.written.length, planted: expected.length, found: found.length, kinds },
    ...{ suspensePaise, ...commission, differences },
  };
}

type Found = ExpectedBreak;

async function readBreaks({ owner }: MonthWorld, { firstDay }: Month): Promise<Found[]> {
  return rows<Found>(
    owner,
    `select s.name as source, b.kind, b.gap_paise as "gapPaise", b.suspense_paise as "suspensePaise",
      case when b.kind like 'settlement_%' or s.kind = 'statement' then coalesce(b.theirs->>'utr', b.row_key)
        else coalesce(b.transaction_id::text, b.theirs->>'our_reference', b.theirs->>'provider_reference', '') end as subject,
      b.business_date - :firstDay::date as day, b.state = 'open' as "isOpen",
      b.state = 'open' and exists (select from ops_cases c where c.id = b.case_id and c.closed_at is null) as "hasCase"
    from recon_breaks b join recon_sources s on s.id = b.source_id`,
    { firstDay },
  );
}

const textOf = ({ source, subject, kind, day, gapPaise, suspensePaise, isOpen, hasCase }: Found): string =>
  `${source} day ${day + 1} ${kind} ${subject}: gap ${gapPaise}, in suspense ${suspensePaise}, ` +
  `${isOpen ? 'open' : 'resolved'}${hasCase ? ', with a case' : ''}`;

/** Each that was planted is found once, with its amount and its end; and no other is. */
function compareBreaks(
  expected: readonly ExpectedBreak[],
  found: readonly Found[],
  differences: string[],
): Judged['kinds'] {
  const left = new Map<string, number>();
  const count = new Map<string, { planted: number; found: number }>();
  const of = (kind: string) => count.get(kind) ?? { planted: 0, found: 0 };
  for (const one of found) left.set(textOf(one), (left.get(textOf(one)) ?? 0) + 1);
  for (const one of expected) {
    const text = textOf(one);
    const n = left.get(text) ?? 0;
    const { planted, found: hits } = of(one.kind);
    count.set(one.kind, { planted: planted + 1, found: hits + (n > 0 ? 1 : 0) });
    if (n === 0) differences.push(`not found: ${text}`);
    else if (n === 1) left.delete(text);
    else left.set(text, n - 1);
  }
  for (const [text, n] of left) differences.push(`a false alarm${n > 1 ? ` (${n} times)` : ''}: ${text}`);
  return [...count].map(([kind, of_]) => ({ kind, ...of_ })).toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
}

/** What the accounts of suspense hold is what breaks have there, and withdrawals that succeeded after the terminal had gone. */
async function judgeSuspense({ owner }: MonthWorld, differences: string[]): Promise<bigint> {
  const found = await rows<{ code: string; held: bigint; explained: bigint }>(
    owner,
    `select a.code, a.credits_paise - a.debits_paise as held, (coalesce((select sum(b.suspense_paise) from recon_breaks b
      join recon_sources s on s.id = b.source_id
      where a.code = coalesce('suspense:' || s.provider, 'unidentified:' || s.bank)), 0) + coalesce((
        select sum(t.amount_paise) from transactions t join ops_cases c on c.transaction_id = t.id and c.closed_at is null
        where t.state = 'in_review' and t.outcome = 'late_success' and t.flow = 'credit'
          and a.code = 'suspense:' || t.provider), 0))::int8 as explained
    from ledger_accounts a where a.code like 'suspense:%' or a.code like 'unidentified:%'`,
  );
  for (const { code, held, explained } of found)
    if (held !== explained) differences.push(`${code} holds ${held}, its breaks explain ${explained}`);
  return found.reduce((sum, { held }) => sum + (held < 0n ? -held : held), 0n);
}

function judgeFloats({ floats }: Month, differences: string[]): void {
  for (const { source, day, oursPaise, theirsPaise, explainedPaise, unexplainedPaise } of floats)
    if (unexplainedPaise !== 0n)
      differences.push(
        `${source} ${day}: ours ${oursPaise}, theirs ${theirsPaise}, explained ${explainedPaise}, not explained ${unexplainedPaise}`,
      );
}

const ALARM_DAYS = 7;

/** What has been in suspense for a week is a case. */
async function judgeAged(
  { owner }: MonthWorld,
  { plan }: Month,
  expected: readonly ExpectedBreak[],
  differences: string[],
): Promise<void> {
  const [found] = await rows<{ n: number }>(
    owner,
    `select count(*)::int4 as n from ops_cases where kind = 'recon_suspense_aged' and closed_at is null and situation = 'aged'`,
  );
  const due = expected.filter(
    ({ suspensePaise, day, heldDay = day }) => suspensePaise !== 0n && heldDay <= plan.days - 1 - ALARM_DAYS,
  ).length;
  if (found!.n !== due) differences.push(`${found!.n} cases of aged suspense, ${due} are due`);
}

const BPS = 10_000n;

/** What is shared of an income, by the largest remainder; what is left is ours. */
function sharedOf(poolPaise: bigint, shares: Readonly<Record<string, bigint>>): bigint {
  const list = Object.values(shares);
  const all = [...list, BPS - list.reduce((sum, bps) => sum + bps, 0n)];
  const floors = all.map((bps) => (poolPaise * bps) / BPS);
  let left = poolPaise - floors.reduce((sum, one) => sum + one, 0n);
  const byRest = all
    .map((bps, place) => ({ place, rest: (poolPaise * bps) % BPS }))
    .toSorted((a, b) => (a.rest === b.rest ? a.place - b.place : a.rest > b.rest ? -1 : 1));
  for (const { place } of byRest) {
    if (left <= 0n) break;
    floors[place]! += 1n;
    left -= 1n;
  }
  return floors.slice(0, list.length).reduce((sum, one) => sum + one, 0n);
}

/** Shares by the rule, tax by the register, and both by the ledger. */
async function judgeCommissions(
  { owner }: MonthWorld,
  { written, plan }: Month,
  differences: string[],
): Promise<Pick<Judged, 'commissionPaise' | 'tdsPaise'>> {
  let due = 0n;
  for (const { order, commissionPaise } of written) {
    const isToldLast = order.end === 'told_success' && order.day === plan.days - 1;
    const isOver = order.end === 'failed' || order.end === 'told_failure' || order.end === 'reversed';
    if (isToldLast || isOver) continue;
    if (order.service === 'payout') {
      const from = FEE_SHARED_FROM[order.place];
      if (from !== undefined && order.amountPaise >= from) due += sharedOf(500n, FEE_SHARES);
    } else due += sharedOf(commissionPaise, SHARES);
  }
  const [sums] = await rows<Sums>(owner, SUMS);
  const { accrued, expense, paid, tds, tdsAccount, wallets, owed, mains, waiting } = sums!;
  const same = (what: string, a: bigint, b: bigint): void => {
    if (a !== b) differences.push(`${what}: ${a} and ${b}`);
  };
  same('commission accrued, and by the rules', accrued, due);
  same('commission accrued, and paid with what waits', accrued, paid + waiting);
  same('commission paid, and the expense of the ledger', paid, expense);
  same('TDS of the register, and of the ledger', tds, tdsAccount);
  same('wallets with what is owed, and commission paid less tax', wallets - mains - owed, paid - tds);
  return { commissionPaise: paid, tdsPaise: tds };
}

interface Sums {
  accrued: bigint;
  waiting: bigint;
  paid: bigint;
  tds: bigint;
  expense: bigint;
  tdsAccount: bigint;
  wallets: bigint;
  owed: bigint;
  /** What main wallets gave back. */
  mains: bigint;
}
const balanceOf = (like: string): string =>
  `coalesce((select sum(credits_paise - debits_paise) from ledger_accounts where code like '${like}'), 0)::int8`;
const SUMS = `
  select coalesce((select sum(gross_paise) from commission_accruals), 0)::int8 as accrued,
    (coalesce((select sum(gross_paise - paid_paise) from commission_dues), 0)
      - coalesce((select sum(gross_paise) from commission_returns where not is_done), 0))::int8 as waiting,
    coalesce((select sum(gross_paise) from commission_payouts), 0)::int8 as paid,
    coalesce((select sum(tds_paise) from commission_payouts), 0)::int8 as tds,
    -${balanceOf('expense:commission:%')} as expense, ${balanceOf('tax:tds-payable')} as "tdsAccount",
    ${balanceOf('wallet:%:commission')} as wallets, -${balanceOf('receivable:user:%')} as owed,
    coalesce((select -sum(main_paise) from commission_payouts), 0)::int8 as mains`;

/** The promises, and the seal of each day. */
async function judgeBooks({ owner }: MonthWorld, differences: string[]): Promise<void> {
  const findings = await owner.transaction((trx) => verifyTables(trx, {}));
  for (const { name, result } of findings)
    // Whether an inquiry is late is judged by the clock of the database, which no month moves.
    if (name !== 'overdue-inquiries' && result !== undefined && result.violations > 0)
      differences.push(`${name}: ${JSON.stringify(result.offenders.slice(0, 3))}`);
  const [seal] = await rows<{ nights: number; sealed: number }>(
    owner,
    `select (select count(*) from nights)::int4 as nights, (select count(distinct business_date) from ledger_seals)::int4 as sealed`,
  );
  if (seal!.nights !== seal!.sealed)
    differences.push(`${seal!.nights} nights, and ${seal!.sealed} days are sealed`);
}

/** For people. */
export function differencesText(differences: readonly string[]): string {
  const more = differences.length - SHOWN;
  return [...differences.slice(0, SHOWN), ...(more > 0 ? [`… and ${more} more`] : [])]
    .map((line) => `  ${line}\n`)
    .join('');
}

export const lastDayOf = ({ firstDay, plan }: Month): string => addDays(firstDay, plan.days - 1);
