import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { insertAll, int2, int4, int8, table, text } from '../../platform/sql';
import type { Income, Share, Slab } from './rule-check';

/** A place in a scheme that has rules: a service, or one category or operator of it. */
export interface Place {
  schemeId: string;
  service: string;
  category: string | null;
  operator: string | null;
}

interface ListRow extends Omit<Income, 'fromPaise'> {
  list: string;
}

/**
 * What may be paid to us for a place on a day: one list for each provider and category that it covers. A list holds
 * amounts from the end of one slab to that of the next.
 */
export async function incomesOf(
  db: Knex | Knex.Transaction,
  { service, category, operator }: Omit<Place, 'schemeId'>,
  day: string,
): Promise<Income[][]> {
  const found = await rows<ListRow>(
    db,
    `select 'provider ' || provider || ' ' || class as list, up_to_paise as "toPaise", flat_paise as "flatPaise", bps,
        0::int8 as "costPaise", provider as payer
      from provider_commissions c
      where service = :service and (:class::text is null or class = :class)
        and in_force_from = (select max(in_force_from) from provider_commissions n where n.provider = c.provider
          and n.service = c.service and n.class = c.class and in_force_from <= :day::date)
        and (select basis from commission_terms where service = :service and in_force_from <= :day::date
          order by in_force_from desc limit 1) = 'provider'
    union all
    select 'fee ' || mode, up_to_paise, fee_paise, 0, provider_fee_paise, 'the fee less the provider''s'
      from prices p
      where service = :service and (:class::text is null or mode = :class)
        and in_force_from = (select max(in_force_from) from prices n where n.service = p.service and n.mode = p.mode
          and in_force_from <= :day::date)
        and (select basis from commission_terms where service = :service and in_force_from <= :day::date
          order by in_force_from desc limit 1) = 'fee'
    order by list, "toPaise"`,
    { service, class: operator !== null && service === 'recharge' ? operator : category, day },
  );
  const lists = new Map<string, Income[]>();
  for (const { list, ...row } of found) {
    const known = lists.get(list) ?? [];
    known.push({ ...row, fromPaise: (known.at(-1)?.toPaise ?? 0n) + 1n });
    lists.set(list, known);
  }
  return [...lists.values()];
}

interface SlabRow {
  ruleId: bigint;
  slab: Slab;
  afterPaise: bigint | null;
}
interface ShareRow {
  ruleId: bigint;
  slab: Slab;
  share: Share;
  place: number;
}

const SLABS = table<SlabRow>('commission_slabs', {
  rule_id: int8((s) => s.ruleId),
  from_paise: int8((s) => s.slab.fromPaise),
  to_paise: int8((s) => s.slab.toPaise),
  after_paise: int8((s) => s.afterPaise),
  basis: text((s) => s.slab.basis),
});
const SHARES = table<ShareRow>('commission_shares', {
  rule_id: int8((s) => s.ruleId),
  from_paise: int8((s) => s.slab.fromPaise),
  basis: text((s) => s.slab.basis),
  level: text((s) => s.share.level),
  place: int2((s) => s.place),
  flat_paise: int8((s) => s.share.flatPaise),
  bps: int4((s) => s.share.bps),
  cap_paise: int8((s) => s.share.capPaise),
});

export interface NewRule extends Place {
  inForceFrom: string;
  slabs: readonly Slab[];
  approvalId: string;
  createdAt: Date;
}

/** Writes the next version of a place. No slabs: from that day the place has no rule. */
export async function insertRule(trx: Knex.Transaction, rule: NewRule): Promise<bigint> {
  const { slabs, ...values } = rule;
  const [made] = await rows<{ id: bigint }>(
    trx,
    `insert into commission_rules (scheme_id, service, category, operator, version, in_force_from, ends, approval_id,
      created_at)
    values (:schemeId, :service, :category, :operator, (select coalesce(max(version), 0) + 1 from commission_rules
      where scheme_id = :schemeId and service = :service and category is not distinct from :category
        and operator is not distinct from :operator), :inForceFrom, :ends, :approvalId, :createdAt) returning id`,
    { ...values, ends: slabs.length === 0 },
  );
  const ruleId = made!.id;
  await insertAll(
    trx,
    SLABS,
    slabs.map((slab, i) => ({ ruleId, slab, afterPaise: slabs[i - 1]?.toPaise ?? null })),
  );
  await insertAll(
    trx,
    SHARES,
    slabs.flatMap((slab) => slab.shares.map((share, place) => ({ ruleId, slab, share, place: place + 1 }))),
  );
  return ruleId;
}

export interface SchemeRow {
  id: string;
  name: string;
  scope: 'all' | 'plan' | 'network' | 'user';
  userId: string | null;
}

export async function findScheme(db: Knex | Knex.Transaction, name: string): Promise<SchemeRow | undefined> {
  const [found] = await rows<SchemeRow>(
    db,
    'select id, name, scope, scope_user_id as "userId" from commission_schemes where name = ?',
    [name],
  );
  return found;
}

export async function listSchemes(db: Knex): Promise<SchemeRow[]> {
  return rows<SchemeRow>(
    db,
    'select id, name, scope, scope_user_id as "userId" from commission_schemes order by name',
  );
}

export interface RuleRow extends Share {
  scheme: string;
  service: string;
  category: string | null;
  operator: string | null;
  version: number;
  inForceFrom: string;
  fromPaise: bigint;
  toPaise: bigint;
  basis: Slab['basis'];
}

/** The shares of a scheme's rules, newest version first; one that ended its place has none. */
export async function listRules(db: Knex, schemeId: string): Promise<RuleRow[]> {
  return rows<RuleRow>(
    db,
    `select c.name as scheme, r.service, r.category, r.operator, r.version, r.in_force_from::text as "inForceFrom",
      s.from_paise as "fromPaise", s.to_paise as "toPaise", s.basis, h.level, h.flat_paise as "flatPaise", h.bps,
      h.cap_paise as "capPaise"
    from commission_rules r join commission_schemes c on c.id = r.scheme_id
      join commission_slabs s on s.rule_id = r.id
      join commission_shares h on h.rule_id = r.id and h.from_paise = s.from_paise
    where r.scheme_id = ?
    order by r.service, r.category, r.operator, r.version desc, s.from_paise, h.place`,
    [schemeId],
  );
}

/** Whether commission of a service is shared at all, by `commission_terms`. */
export async function hasTerms(db: Knex | Knex.Transaction, service: string): Promise<boolean> {
  const [found] = await rows<{ has: boolean }>(
    db,
    'select exists (select from commission_terms where service = ?) as has',
    [service],
  );
  return found!.has;
}

/** Whether there is such a user of an app, and whether a plan of theirs begins on that day already. */
export async function memberOn(
  db: Knex | Knex.Transaction,
  user: string,
  day: string,
): Promise<{ isKnown: boolean; isTaken: boolean }> {
  const [found] = await rows<{ isKnown: boolean; isTaken: boolean }>(
    db,
    `select exists (select from users where id = :user::uuid and kind = 'app') as "isKnown",
      exists (select from commission_plan_members where user_id = :user::uuid and in_force_from = :day::date) as "isTaken"`,
    { user, day },
  );
  return found!;
}
