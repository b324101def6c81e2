import type { Knex } from 'knex';
import { execute, rows } from '../../platform/database';
import { arraysOf, int2, int4, int8, table, text, uuid } from '../../platform/sql';
import type { Paise } from '../../platform/money';
import type { UserId } from '../ids/ids';
import type { Due, OpenDue, TaxedAs } from './payout-rows';
import { mirrorOf, type Mirrored } from './tax';

type Trx = Knex.Transaction;

/**
 * Shares that are taken back. One whose due is paid in this very moment was never paid, and lessens it. Any other is the
 * mirror of a part of the payout that paid it: with its tax, by its section and rate, in the year in which it was credited,
 * whatever the person is known by today.
 */
export interface OpenReturn {
  transactionId: string;
  turn: number;
  userId: UserId;
  level: string;
  mode: string;
  grossPaise: Paise;
  dueFrom: string;
  payment: number;
}

/** Locks what is to be given back. After the dues: whoever writes a return later waits for nothing of this. */
export async function takeReturns(
  trx: Trx,
  given: { users: readonly UserId[]; days: readonly string[]; mode: string | null },
): Promise<OpenReturn[]> {
  return rows<OpenReturn>(
    trx,
    `select transaction_id as "transactionId", turn, user_id as "userId", level, mode, gross_paise as "grossPaise",
      due_from::text as "dueFrom", payment
    from commission_returns
    where not is_done and payable_from = any(:days::date[]) and user_id = any(:users::uuid[])
      and (:mode::text is null or mode = :mode)
    order by user_id, transaction_id, turn for update`,
    given,
  );
}

const keyOf = (one: { userId: string; level: string; mode: string }): string =>
  `${one.userId} ${one.level} ${one.mode}`;

/** What is paid to each user, level and mode, less what was never paid; and what has to be mirrored. */
export function sumOf(
  open: readonly OpenDue[],
  returns: readonly OpenReturn[],
): { dues: Due[]; mirrored: OpenReturn[]; never: OpenReturn[] } {
  const sums = new Map<string, { due: OpenDue; grossPaise: Paise; dues: Record<string, number> }>();
  for (const due of open) {
    const sum = sums.get(keyOf(due)) ?? { due, grossPaise: 0n, dues: {} };
    sum.grossPaise += due.grossPaise;
    sum.dues[due.payableFrom] = due.payments;
    sums.set(keyOf(due), sum);
  }
  const mirrored: OpenReturn[] = [];
  const never: OpenReturn[] = [];
  for (const one of returns) {
    const sum = sums.get(keyOf(one));
    if (sum?.dues[one.dueFrom] === one.payment) {
      sum.grossPaise -= one.grossPaise;
      never.push(one);
    } else mirrored.push(one);
  }
  const dues = [...sums.values()].flatMap(({ due: { userId, level, mode }, grossPaise, dues: of }) =>
    grossPaise === 0n ? [] : [{ userId, level, mode, grossPaise, dues: of }],
  );
  return { dues, mirrored, never };
}

interface Original extends Mirrored, TaxedAs {
  place: number;
  id: string;
}

/** A share that goes back, with all that the register says of it; paise below zero. */
export interface MirroredDue extends Due, TaxedAs {
  basePaise: Paise;
  tdsPaise: Paise;
  ofPayout: string;
  of: OpenReturn;
}

/**
 * The mirrors of what was paid. A share of which no payout is found (it was paid together with something that had to be
 * given back, and came to nothing), or one with less left than it, is in `others`: it is taxed as what is credited today.
 */
export async function mirrorsOf(
  trx: Trx,
  returns: readonly OpenReturn[],
): Promise<{ mirrors: MirroredDue[]; others: OpenReturn[] }> {
  const found = await rows<Original>(trx, ORIGINALS, arraysOf(RETURNS, returns.map(placed)));
  const originalOf = new Map(found.map((one) => [one.place, one]));
  const known = new Map<string, Original>();
  const mirrors: MirroredDue[] = [];
  const others: OpenReturn[] = [];
  for (const [place, of] of returns.entries()) {
    const first = originalOf.get(place);
    const payout = first && (known.get(first.id) ?? first);
    if (payout === undefined || payout.backGrossPaise + of.grossPaise > payout.grossPaise) {
      others.push(of);
      continue;
    }
    const { basePaise, tdsPaise } = mirrorOf(payout, of.grossPaise);
    known.set(payout.id, {
      ...payout,
      backGrossPaise: payout.backGrossPaise + of.grossPaise,
      backBasePaise: payout.backBasePaise + basePaise,
      backTdsPaise: payout.backTdsPaise + tdsPaise,
    });
    const { section, paymentCode, form, year, bps, deducteeId, hasPan } = payout;
    mirrors.push({
      ...{ section, paymentCode, form, year, bps, deducteeId, hasPan },
      ...{ userId: of.userId, level: of.level, mode: of.mode, dues: {}, ofPayout: payout.id, of },
      ...{ grossPaise: -of.grossPaise, basePaise: -basePaise, tdsPaise: -tdsPaise },
    });
  }
  return { mirrors, others };
}

interface Placed extends OpenReturn {
  place: number;
}
const placed = (one: OpenReturn, place: number): Placed => ({ ...one, place });

const RETURNS = table<Placed>('commission_returns', {
  place: int4((r) => r.place),
  user_id: uuid((r) => r.userId),
  level: text((r) => r.level),
  mode: text((r) => r.mode),
  gross_paise: int8((r) => r.grossPaise),
  due_from: text((r) => r.dueFrom),
  payment: int4((r) => r.payment),
});

/** Payouts of before say nothing of their dues: then it is the first that can have paid it, and has so much left. */
const ORIGINALS = `
  select n.place, p.id, p.section, p.payment_code as "paymentCode", p.form, p.year, p.bps, p.deductee_id as "deducteeId",
    p.has_pan as "hasPan", p.gross_paise as "grossPaise", p.base_paise as "basePaise", p.tds_paise as "tdsPaise",
    b.gross as "backGrossPaise", b.base as "backBasePaise", b.tds as "backTdsPaise"
  from ${RETURNS.source} cross join lateral (
    select * from commission_payouts o
    where user_id = n.user_id and day >= n.due_from::date and level = n.level and mode = n.mode and of_payout is null
      and gross_paise > 0 and case when dues = '{}' then gross_paise - n.gross_paise >=
          (select coalesce(-sum(gross_paise), 0) from commission_payouts where of_payout = o.id)
        else (dues ->> n.due_from)::int4 = n.payment end
    order by dues = '{}', day, at limit 1) p
  cross join lateral (
    select coalesce(-sum(gross_paise), 0)::int8 as gross, coalesce(-sum(base_paise), 0)::int8 as base,
      coalesce(-sum(tds_paise), 0)::int8 as tds
    from commission_payouts where of_payout = p.id) b`;

interface YearOf {
  deducteeId: string;
  year: number;
}
const PERSONS = table<YearOf>('persons', {
  deductee_id: uuid((y) => y.deducteeId),
  year: int2((y) => y.year),
});

/** The years that mirrors change, with those of the credits beside them, in one order. */
export async function lockYearsOf(trx: Trx, list: readonly YearOf[]): Promise<void> {
  await rows<YearOf>(
    trx,
    `select y.deductee_id as "deducteeId", y.year from commission_tds_years y
    where (y.deductee_id, y.year) in (select n.deductee_id, n.year from ${PERSONS.source})
    order by y.deductee_id, y.year for no key update`,
    arraysOf(PERSONS, list),
  );
}

const SUMS = table<MirroredDue>('mirrors', {
  deductee_id: uuid((m) => m.deducteeId),
  year: int2((m) => m.year),
  section: text((m) => m.section),
  bps: int4((m) => m.bps),
  gross_paise: int8((m) => -m.grossPaise),
  base_paise: int8((m) => -m.basePaise),
  tds_paise: int8((m) => -m.tdsPaise),
});

/**
 * Takes mirrors out of the year and the sums in which they were credited. What was credited below the threshold is not there
 * to be caught up any more, and what a credit had caught up is again.
 */
export async function takeOutOfYears(trx: Trx, mirrors: readonly MirroredDue[]): Promise<void> {
  const values = arraysOf(SUMS, mirrors);
  await execute(
    trx,
    `with back as (select deductee_id, year, sum(gross_paise)::int8 as gross, sum(base_paise)::int8 as base
      from ${SUMS.source} group by 1, 2)
    update commission_tds_years y set gross_paise = y.gross_paise - b.gross,
      untaxed_paise = greatest(0, least(y.untaxed_paise + b.base - b.gross, y.gross_paise - b.gross))
    from back b where y.deductee_id = b.deductee_id and y.year = b.year`,
    values,
  );
  await execute(
    trx,
    `with back as (select deductee_id, year, section, bps, sum(base_paise)::int8 as base, sum(tds_paise)::int8 as tds
      from ${SUMS.source} group by 1, 2, 3, 4)
    update commission_tds_sums s set back_base_paise = s.back_base_paise + b.base, back_tds_paise = s.back_tds_paise + b.tds
    from back b where s.deductee_id = b.deductee_id and s.year = b.year and s.section = b.section and s.bps = b.bps`,
    values,
  );
}

interface Done extends OpenReturn {
  payoutId: string | null;
}
const DONE = table<Done>('done', {
  transaction_id: uuid((r) => r.transactionId),
  turn: int2((r) => r.turn),
  user_id: uuid((r) => r.userId),
  payout_id: uuid((r) => r.payoutId),
});

export async function writeReturns(trx: Trx, list: readonly Done[]): Promise<void> {
  await execute(
    trx,
    `update commission_returns r set is_done = true, payout_id = n.payout_id from ${DONE.source}
    where r.transaction_id = n.transaction_id and r.turn = n.turn and r.user_id = n.user_id`,
    arraysOf(DONE, list),
  );
}
