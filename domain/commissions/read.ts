import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { publicId } from '../../platform/ids';
import { allocate, paiseToJson, type Paise } from '../../platform/money';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import { accountCode } from '../ledger/accounts';
import { STATEMENT_ERRORS } from '../statements/errors';
import type { UserType } from '../users/types';
import { tdsRuleOn } from './payout-rows';
import { shareOf } from './rule-check';
import { incomesOf } from './rule-rows';

/** What a transaction would earn, and what was earned and paid. */
export interface CommissionReader {
  /** What the user would earn by a transaction that is accepted now. Nothing where no rule is for it. */
  preview(user: UserId, asked: PreviewRequest): Promise<PreviewView>;
  /** The same with the shares of everybody above, and ours. */
  previewAll(user: UserId, asked: PreviewRequest): Promise<PreviewOfAll>;
  /** Of days in India, both included: what was earned, what was paid, and the sums that tie the two to the ledger. */
  statement(user: UserId, span: { from: string; to: string }): Promise<StatementView>;
}

export interface PreviewRequest {
  service: string;
  /** Of billers; a mode, a kind of withdrawal. */
  category: string | null;
  /** A biller, an operator. */
  operator: string | null;
  amountPaise: Paise;
}

export interface PreviewView {
  object: 'commission_preview';
  service: string;
  amount: number;
  /** Before tax. */
  commission: number;
  /** By the rate for whoever has a PAN; the year's rounding and threshold may make it a little more or less. */
  tds: number;
  net: number;
  /** When it is paid: `instant`, `daily`, `monthly`; null where nothing is earned. */
  paid: string | null;
}

export interface PreviewOfAll {
  scheme: string | null;
  shares: { user: string; level: string; grossPaise: Paise }[];
  /** What there is to share: the least that a provider pays us for it, or our fee. */
  poolPaise: Paise;
  /** What is left of it for us, also after the provider's own fee. */
  marginPaise: Paise;
  mode: string | null;
  tdsBps: number;
}

export interface EarningView {
  object: 'commission_earning';
  transaction: string;
  service: string;
  level: string;
  /** Of the transaction. */
  transaction_amount: number;
  /** Below zero where it was taken back. */
  commission: number;
  day: string;
  /** From this day it is paid. */
  payable_from: string;
}

export interface PaidView {
  object: 'commission_payout';
  /** That of the lines of the wallet's statement. */
  journal: string;
  day: string;
  level: string;
  commission: number;
  tds: number;
  net: number;
  /** What the wallet got; below zero: what it gave. */
  wallet: number;
  /** What the main wallet gave, where the commission wallet was short: below zero. */
  main: number;
  /** What is owed to us more after it, or less. */
  owed: number;
  /** The journal of the payout of which it gives something back. */
  reverses: string | null;
  section: string;
  rate_bps: number;
}

export interface StatementView {
  object: 'commission_statement';
  from: string;
  to: string;
  /** Earned and not paid before `from`; with what was earned since, less what was paid, it is `closing`. */
  opening: number;
  earned: number;
  paid: number;
  closing: number;
  tds: number;
  /** What had to be given back and the wallet could not give, as the ledger has it now. */
  owed: number;
  earnings: EarningView[];
  /** True where there are more earnings or payouts than are shown: ask for fewer days. */
  more: boolean;
  payouts: PaidView[];
}

export interface ReaderDependencies {
  knex: Knex;
  lists: Knex;
  clock: Clock;
}

/** So many earnings, and so many payouts, are in a statement at most. */
export const MAX_EARNINGS = 1_000;
/** The longest span of a statement. */
export const STATEMENT_DAYS = 93;
const WHOLE_BPS = 10_000;

export function createCommissionReader(deps: ReaderDependencies): CommissionReader {
  return {
    async preview(user, asked) {
      const found = await previewAll(deps, user, asked);
      const id = publicId('user', user);
      const commission = found.shares
        .filter((share) => share.user === id)
        .reduce((sum, { grossPaise }) => sum + grossPaise, 0n);
      const tds = (commission * BigInt(found.tdsBps) + BigInt(WHOLE_BPS) / 2n) / BigInt(WHOLE_BPS);
      return {
        object: 'commission_preview',
        service: asked.service,
        amount: paiseToJson(asked.amountPaise),
        commission: paiseToJson(commission),
        tds: paiseToJson(tds),
        net: paiseToJson(commission - tds),
        paid: commission === 0n ? null : found.mode,
      };
    },
    previewAll: (user, asked) => previewAll(deps, user, asked),
    statement: (user, span) => statement(deps.lists, user, span),
  };
}

const NOTHING = { paise: 0n, costPaise: 0n };

interface PricedShare {
  scheme: string;
  basis: 'amount' | 'commission';
  mode: string;
  level: UserType | null;
  flatPaise: bigint | null;
  bps: number | null;
  capPaise: bigint | null;
  user: UserId | null;
}

async function previewAll(
  { knex, clock }: ReaderDependencies,
  user: UserId,
  { service, category, operator, amountPaise }: PreviewRequest,
): Promise<PreviewOfAll> {
  const day = businessDate(clock.now());
  const [{ bps: tdsBps }, shares, incomes] = await Promise.all([
    tdsRuleOn(knex, day),
    rows<PricedShare>(knex, PRICED, { user, service, category, operator, amount: amountPaise, day }),
    incomesOf(knex, { service, category, operator }, day),
  ]);
  const pools = incomes.map((list) => {
    const span = list.find((one) => amountPaise >= one.fromPaise && amountPaise <= one.toPaise);
    if (span === undefined) return NOTHING;
    const { flatPaise, bps, costPaise } = span;
    return { paise: flatPaise + (2n * amountPaise * BigInt(bps) + 10_000n) / 20_000n, costPaise };
  });
  const { paise: poolPaise, costPaise } = pools.reduce(
    (least, pool) => (pool.paise < least.paise ? pool : least),
    pools[0] ?? NOTHING,
  );
  const grosses = grossOf(shares, poolPaise, amountPaise);
  const earned = shares.flatMap(({ user: who, level }, i) =>
    who === null || level === null || grosses[i] === 0n
      ? []
      : [{ user: publicId('user', who), level, grossPaise: grosses[i]! }],
  );
  const shared = earned.reduce((sum, { grossPaise }) => sum + grossPaise, 0n);
  return {
    scheme: shares[0]?.scheme ?? null,
    shares: earned,
    poolPaise,
    marginPaise: poolPaise - costPaise - shared,
    mode: shares[0]?.mode ?? null,
    tdsBps,
  };
}

/** As `accrueSql` shares it; a test compares the two. */
function grossOf(shares: readonly PricedShare[], poolPaise: Paise, amountPaise: Paise): Paise[] {
  const first = shares[0];
  if (first === undefined) return [];
  if (first.basis === 'commission') {
    const weights = shares.map(({ bps }) => BigInt(bps ?? 0));
    const rest = BigInt(WHOLE_BPS) - weights.reduce((sum, weight) => sum + weight, 0n);
    return allocate(poolPaise, [...weights, rest]).slice(0, -1);
  }
  return shares.map(({ level, flatPaise, bps, capPaise }) =>
    level === null
      ? 0n
      : shareOf({ level, flatPaise: flatPaise ?? 0n, bps: bps ?? 0, capPaise }, amountPaise),
  );
}

const PRICED = `
  select c.name as scheme, s.basis, m.mode, h.level, h.flat_paise as "flatPaise", h.bps, h.cap_paise as "capPaise",
    (u.id || l.user_ids)[array_position(u.type || l.types, h.level)] as user
  from users u left join uplines l on l.id = u.upline_id
    cross join lateral commission_rule(u.id, l.user_ids, :service, :category, :operator, :day::date) r
    join commission_rules cr on cr.id = r.rule_id
    join commission_schemes c on c.id = cr.scheme_id
    join commission_slabs s on s.rule_id = r.rule_id and :amount::int8 between s.from_paise and s.to_paise
    cross join lateral (select mode from commission_terms where service = :service and in_force_from <= :day::date
      order by in_force_from desc limit 1) m
    left join commission_shares h on h.rule_id = s.rule_id and h.from_paise = s.from_paise
  where u.id = :user::uuid and u.kind = 'app'
  order by h.place`;

interface Earned {
  transactionId: string;
  service: string;
  level: string;
  amountPaise: bigint;
  grossPaise: bigint;
  day: string;
  payableFrom: string;
}

interface Paid {
  id: string;
  day: string;
  level: string;
  grossPaise: bigint;
  tdsPaise: bigint;
  netPaise: bigint;
  walletPaise: bigint;
  mainPaise: bigint;
  receivablePaise: bigint;
  ofPayout: string | null;
  section: string;
  bps: number;
}

interface Sums {
  opening: bigint;
  earned: bigint;
  paid: bigint;
  tds: bigint;
  owed: bigint;
}

const DAY_MS = 86_400_000;

async function statement(
  db: Knex,
  user: UserId,
  { from, to }: { from: string; to: string },
): Promise<StatementView> {
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS;
  if (!(days >= 0 && days < STATEMENT_DAYS))
    throw new DomainError(STATEMENT_ERRORS.STATEMENT_SPAN_INVALID, {
      detail: `from must not be after to, and they may span ${STATEMENT_DAYS} days`,
    });
  // One snapshot: what is listed comes to what the sums say.
  return db.transaction(
    async (trx) => {
      const [sums] = await rows<Sums>(trx, SUMS, { user, from, to, owed: accountCode.userReceivable(user) });
      const earnings = await rows<Earned>(trx, EARNINGS, { user, from, to, limit: MAX_EARNINGS + 1 });
      const payouts = await rows<Paid>(trx, PAYOUTS, { user, from, to, limit: MAX_EARNINGS + 1 });
      return viewOf({ from, to }, { sums: sums!, earnings, payouts });
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
}

const SUMS = `
  select
    coalesce((select sum(gross_paise) from commission_accruals where user_id = :user and day < :from::date), 0)::int8
      - coalesce((select sum(gross_paise) from commission_payouts where user_id = :user and day < :from::date), 0)::int8
      as opening,
    coalesce((select sum(gross_paise) from commission_accruals
      where user_id = :user and day between :from::date and :to::date), 0)::int8 as earned,
    coalesce(sum(p.gross_paise), 0)::int8 as paid, coalesce(sum(p.tds_paise), 0)::int8 as tds,
    coalesce((select debits_paise - credits_paise from ledger_accounts where code = :owed), 0)
      as owed
  from commission_payouts p where p.user_id = :user and p.day between :from::date and :to::date`;

const EARNINGS = `
  select a.transaction_id as "transactionId", e.service, a.level, e.amount_paise as "amountPaise",
    a.gross_paise as "grossPaise", a.day::text as day, a.payable_from::text as "payableFrom"
  from commission_accruals a join commission_earnings e on e.transaction_id = a.transaction_id and e.turn = a.turn
  where a.user_id = :user and a.day between :from::date and :to::date
  order by a.day, a.transaction_id, a.turn limit :limit`;

const PAYOUTS = `
  select id, day::text as day, level, gross_paise as "grossPaise", tds_paise as "tdsPaise", net_paise as "netPaise",
    wallet_paise as "walletPaise", main_paise as "mainPaise", receivable_paise as "receivablePaise", of_payout as "ofPayout",
    section, bps
  from commission_payouts where user_id = :user and day between :from::date and :to::date
  order by at, id limit :limit`;

function viewOf(
  span: { from: string; to: string },
  { sums, earnings, payouts }: { sums: Sums; earnings: Earned[]; payouts: Paid[] },
): StatementView {
  const { opening, earned, paid, tds, owed } = sums;
  return {
    object: 'commission_statement',
    ...span,
    opening: paiseToJson(opening),
    earned: paiseToJson(earned),
    paid: paiseToJson(paid),
    closing: paiseToJson(opening + earned - paid),
    tds: paiseToJson(tds),
    owed: paiseToJson(owed),
    earnings: earnings.slice(0, MAX_EARNINGS).map((e) => ({
      object: 'commission_earning',
      transaction: publicId('transaction', e.transactionId),
      service: e.service,
      level: e.level,
      transaction_amount: paiseToJson(e.amountPaise),
      commission: paiseToJson(e.grossPaise),
      day: e.day,
      payable_from: e.payableFrom,
    })),
    more: earnings.length > MAX_EARNINGS || payouts.length > MAX_EARNINGS,
    payouts: payouts.slice(0, MAX_EARNINGS).map((p) => ({
      object: 'commission_payout',
      journal: p.id,
      day: p.day,
      level: p.level,
      commission: paiseToJson(p.grossPaise),
      tds: paiseToJson(p.tdsPaise),
      net: paiseToJson(p.netPaise),
      wallet: paiseToJson(p.walletPaise),
      main: paiseToJson(p.mainPaise),
      owed: paiseToJson(p.receivablePaise),
      reverses: p.ofPayout,
      section: p.section,
      rate_bps: p.bps,
    })),
  };
}
