import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import type { Paise } from '../../platform/money';
import { pageOf, type Page, type PageAfter } from '../../platform/page';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import type { UserType } from '../users/types';
import { COMMISSION_ERRORS } from './errors';
import { findScheme, type SchemeRow } from './rule-rows';

/** What staff see of commissions, page by page. */
export interface CommissionDesk {
  /** By name. */
  schemePage(page: PageAfter): Promise<Page<SchemeRow>>;
  /** Throws DomainError COMMISSION_SCHEME_NOT_FOUND. */
  schemeNamed(name: string): Promise<SchemeRow>;
  /** The versions of the rules of a scheme with their slabs, the newest first. */
  rulePage(schemeId: string, page: PageAfter): Promise<Page<RuleVersion>>;
  /** What is paid from a day on, user after user. */
  dues(filter: DueFilter, page: PageAfter): Promise<Page<DueRow>>;
  /** What a user earned in some days, or what was taken back, the oldest first. */
  accruals(filter: AccrualFilter, page: PageAfter): Promise<Page<AccrualRow>>;
  /** What was paid into commission wallets, or taken from them, the newest first. */
  payouts(filter: PayoutFilter, page: PageAfter): Promise<Page<PayoutRow>>;
}

export interface RuleVersion {
  id: bigint;
  service: string;
  category: string | null;
  operator: string | null;
  version: number;
  inForceFrom: string;
  /** From that day the place has no rule. */
  ends: boolean;
  approvalId: string;
  createdAt: Date;
  slabs: RuleSlab[];
}
export interface RuleSlab {
  from: string;
  to: string;
  basis: 'amount' | 'commission';
  shares: { level: UserType; flat: string; bps: number; cap: string | null }[];
}

/** `open`: not all of it is paid. */
export type DueState = 'open' | 'paid';

export interface DueFilter {
  day: string;
  user?: string | undefined;
  state?: DueState | undefined;
}
export interface DueRow {
  userId: UserId;
  payableFrom: string;
  mode: string;
  level: string;
  grossPaise: Paise;
  paidPaise: Paise;
}

export interface AccrualFilter {
  user: string;
  from: string;
  to: string;
  state?: DueState | undefined;
}
export interface AccrualRow {
  transactionId: string;
  turn: number;
  userId: UserId;
  level: string;
  grossPaise: Paise;
  mode: string;
  day: string;
  payableFrom: string;
  /** Of all that is payable to the user with it. */
  state: DueState;
}

export interface PayoutFilter {
  user?: string | undefined;
  day?: string | undefined;
}
export interface PayoutRow {
  id: string;
  userId: UserId;
  level: string;
  mode: string;
  day: string;
  grossPaise: Paise;
  tdsPaise: Paise;
  netPaise: Paise;
  walletPaise: Paise;
  /** What the main wallet gave, below zero. */
  mainPaise: Paise;
  receivablePaise: Paise;
  /** The payout of which it gives something back. */
  ofPayout: string | null;
  section: string;
  bps: number;
}

export function createCommissionDesk({ knex }: { knex: Knex }): CommissionDesk {
  return {
    async schemePage({ limit, after }) {
      const found = await rows<SchemeRow>(
        knex,
        `select id, name, scope, scope_user_id as "userId" from commission_schemes where name > :after
        order by name limit :limit`,
        { after: after ?? '', limit: limit + 1 },
      );
      return pageOf(found, limit, ({ name }) => name);
    },
    async schemeNamed(name) {
      const found = await findScheme(knex, name);
      if (found === undefined) throw new DomainError(COMMISSION_ERRORS.COMMISSION_SCHEME_NOT_FOUND);
      return found;
    },
    async rulePage(scheme, { limit, after }) {
      const found = await rows<RuleVersion>(knex, RULES, {
        ...{ scheme, after: after ?? null, limit: limit + 1 },
      });
      return pageOf(found, limit, ({ id }) => id.toString());
    },
    async dues({ day, user, state }, { limit, after }) {
      const [lastUser, mode, level] = after?.split(' ') ?? [];
      const found = await rows<DueRow>(knex, DUES, {
        ...{ day, user: user ?? null, state: state ?? null, limit: limit + 1 },
        ...{ lastUser: lastUser ?? null, mode: mode ?? null, level: level ?? null },
      });
      return pageOf(found, limit, (last) => `${last.userId} ${last.mode} ${last.level}`);
    },
    async accruals({ user, from, to, state }, { limit, after }) {
      const [lastDay, transaction, turn] = after?.split(' ') ?? [];
      const found = await rows<AccrualRow>(knex, ACCRUALS, {
        ...{ user, from, to, state: state ?? null, limit: limit + 1 },
        ...{ lastDay: lastDay ?? null, transaction: transaction ?? null, turn: turn ?? null },
      });
      return pageOf(found, limit, (last) => `${last.day} ${last.transactionId} ${last.turn}`);
    },
    async payouts({ user, day }, { limit, after }) {
      const [lastDay, id] = after?.split(' ') ?? [];
      const found = await rows<PayoutRow>(knex, PAYOUTS, {
        ...{ user: user ?? null, day: day ?? null, limit: limit + 1 },
        ...{ lastDay: lastDay ?? null, id: id ?? null },
      });
      return pageOf(found, limit, (last) => `${last.day} ${last.id}`);
    },
  };
}

/** Amounts stand as texts in JSON: they are exact. */
const RULES = `
  select r.id, r.service, r.category, r.operator, r.version, r.in_force_from::text as "inForceFrom", r.ends,
    r.approval_id as "approvalId", r.created_at as "createdAt",
    coalesce((select jsonb_agg(jsonb_build_object('from', s.from_paise::text, 'to', s.to_paise::text, 'basis', s.basis,
        'shares', coalesce((select jsonb_agg(jsonb_build_object('level', h.level, 'flat', h.flat_paise::text,
            'bps', h.bps, 'cap', h.cap_paise::text) order by h.place)
          from commission_shares h where h.rule_id = r.id and h.from_paise = s.from_paise), '[]')) order by s.from_paise)
      from commission_slabs s where s.rule_id = r.id), '[]') as slabs
  from commission_rules r
  where r.scheme_id = :scheme::uuid and (:after::int8 is null or r.id < :after::int8)
  order by r.id desc limit :limit`;

const STATE = `case when d.gross_paise = d.paid_paise then 'paid' else 'open' end`;
/** Of a share that is taken back, whether it was given back. */
const STATE_OF_SHARE = `case when r.is_done then 'paid' when r.is_done is not null then 'open' else ${STATE} end`;

const DUES = `
  select d.user_id as "userId", d.payable_from::text as "payableFrom", d.mode, d.level, d.gross_paise as "grossPaise",
    d.paid_paise as "paidPaise"
  from (
    select user_id, payable_from, mode, level, sum(gross_paise)::int8 as gross_paise, sum(paid_paise)::int8 as paid_paise from (
      select user_id, payable_from, mode, level, gross_paise, paid_paise from commission_dues
      where payable_from = :day::date and (:user::uuid is null or user_id = :user::uuid)
      union all
      select user_id, payable_from, mode, level, -gross_paise, case when is_done then -gross_paise else 0 end
      from commission_returns where payable_from = :day::date and (:user::uuid is null or user_id = :user::uuid)) both_ways
    group by user_id, payable_from, mode, level) d
  where (:state::text is null or ${STATE} = :state::text)
    and (:lastUser::uuid is null or (d.user_id, d.mode, d.level) > (:lastUser::uuid, :mode::text, :level::text))
  order by d.user_id, d.mode, d.level limit :limit`;

const ACCRUALS = `
  select a.transaction_id as "transactionId", a.turn, a.user_id as "userId", a.level, a.gross_paise as "grossPaise",
    a.mode, a.day::text as day, a.payable_from::text as "payableFrom", ${STATE_OF_SHARE} as state
  from commission_accruals a
    left join commission_returns r on r.transaction_id = a.transaction_id and r.turn = a.turn and r.user_id = a.user_id
    left join commission_dues d on d.user_id = a.user_id and d.payable_from = a.payable_from and d.mode = a.mode
      and d.level = a.level
  where a.user_id = :user::uuid and a.day between :from::date and :to::date
    and (:state::text is null or ${STATE_OF_SHARE} = :state::text)
    and (:lastDay::date is null
      or (a.day, a.transaction_id, a.turn) > (:lastDay::date, :transaction::uuid, :turn::int2))
  order by a.day, a.transaction_id, a.turn limit :limit`;

const PAYOUTS = `
  select id, user_id as "userId", level, mode, day::text as day, gross_paise as "grossPaise", tds_paise as "tdsPaise",
    net_paise as "netPaise", wallet_paise as "walletPaise", main_paise as "mainPaise",
    receivable_paise as "receivablePaise", of_payout as "ofPayout", section, bps
  from commission_payouts
  where (:user::uuid is null or user_id = :user::uuid) and (:day::date is null or day = :day::date)
    and (:lastDay::date is null or (day, id) < (:lastDay::date, :id::uuid))
  order by day desc, id desc limit :limit`;
