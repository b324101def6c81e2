import type { Knex } from 'knex';
import { addMs, spanInWords } from '../../platform/clock';
import { rows } from '../../platform/database';
import { firstUuidAt } from '../../platform/ids';
import { formatRupees, type Paise } from '../../platform/money';
import { findBeneficiaries } from '../beneficiaries/beneficiaries';
import { DomainError, fieldError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import type { Repeat } from '../intake/repeats';
import { PAYEE_ERRORS } from '../payees/errors';
import { usedUp } from '../payees/payees';
import { lockPayeesOf, madeToday } from '../payees/rows';
import type { PayeeRule } from '../payees/rules';
import { PAYOUT_ERRORS } from './errors';

/**
 * Decides, under locks of the database transaction that stores them, which payouts may go to their beneficiaries: none
 * to one that was archived, and to one that is new no more than rules say. Whoever archives one at the same time waits,
 * or is waited for. The locks are of the users first, then of the beneficiaries in the order of their ids.
 */
export interface LookedPayout {
  userId: UserId;
  amountPaise: Paise;
  at: Date;
  /** By its id, or by what a spelled-out one is found by; with both, the id is the one that is stored. */
  id: string | undefined;
  fingerprints: readonly Buffer[];
  /** The payout names the id: then it must be on the list. */
  isNamed: boolean;
  /** The limits of new ones, where they bind the caller. */
  rule: PayeeRule | undefined;
  /** Where it must not look like a payout of moments ago. */
  repeat: Repeat | undefined;
}

type Verdicts = (DomainError | undefined)[];

/** For each the refusal that its caller gets, in the order given; undefined for one that is not looked at. */
export async function judgePayees(
  trx: Knex.Transaction,
  list: readonly (LookedPayout | undefined)[],
): Promise<Verdicts> {
  const looked = list.filter((one) => one !== undefined);
  if (looked.length === 0) return list.map(() => undefined);
  const bound = looked.filter(({ rule }) => rule !== undefined);
  const alone = looked.filter(({ rule, repeat }) => rule !== undefined || repeat !== undefined);
  if (alone.length > 0)
    await lockPayeesOf(
      trx,
      alone.map(({ userId }) => userId),
    );
  const ids = await storedIds(trx, looked);
  const stored = await lockStored(trx, [...new Set(ids.values())], bound.length > 0);
  const facts: Facts = {
    ids,
    stored,
    paid: await paidWhileNew(trx, bound, { ids, stored }),
    made: new Map(),
    repeated: await repeatedOf(trx, looked, ids),
    letThrough: new Set(),
  };
  const unmade = bound.filter((one) => ids.get(one) === undefined);
  if (unmade.length > 0)
    facts.made = await madeToday(
      trx,
      unmade.map(({ userId }) => userId),
      { at: unmade[0]!.at },
    );
  return list.map((one) => (one === undefined ? undefined : judge(one, facts)));
}

interface Stored {
  id: string;
  userId: string;
  isArchived: boolean;
  isRestored: boolean;
  since: Date;
}

interface Facts {
  ids: ReadonlyMap<LookedPayout, string>;
  stored: ReadonlyMap<string, Stored>;
  /** To each beneficiary that is stored while it is new; those of this list are added as they are let through. */
  paid: Map<string, Paise>;
  /** New ones of each user today. */
  made: Map<string, number>;
  /** Those that look like one that is stored. */
  repeated: ReadonlySet<LookedPayout>;
  /** What those of this list pay that were let through, and to whom. */
  letThrough: Set<string>;
}

function judge(one: LookedPayout, facts: Facts): DomainError | undefined {
  const stored = facts.stored.get(facts.ids.get(one) ?? '');
  const isOnList = stored !== undefined && stored.userId === one.userId && !stored.isArchived;
  if (one.isNamed && !isOnList) return new DomainError(PAYEE_ERRORS.BENEFICIARY_NOT_FOUND);
  const refusal = judgeRepeat(one, facts) ?? judgeRule(one, stored, facts);
  if (refusal === undefined && one.repeat !== undefined) facts.letThrough.add(sameAs(one, facts.ids));
  return refusal;
}

function judgeRepeat(one: LookedPayout, { ids, repeated, letThrough }: Facts): DomainError | undefined {
  const { repeat } = one;
  if (repeat === undefined || repeat.isMeant) return undefined;
  if (!repeated.has(one) && !letThrough.has(sameAs(one, ids))) return undefined;
  return new DomainError(PAYOUT_ERRORS.PAYOUT_DUPLICATE_SUSPECTED, {
    detail:
      `a payout of this amount to this beneficiary was accepted in the last ${spanInWords(repeat.windowMs)}; ` +
      'look at it first, and send "force": true if it is to be paid once more',
  });
}

/** Payouts that are the same to whoever makes them have it in common. */
const sameAs = (one: LookedPayout, ids: Facts['ids']): string =>
  `${ids.get(one) ?? keyOf(one)} ${one.amountPaise}`;

function judgeRule(one: LookedPayout, stored: Stored | undefined, facts: Facts): DomainError | undefined {
  const { rule } = one;
  if (rule === undefined) return undefined;
  if (stored?.isArchived === true || isFromBefore(one, stored))
    return new DomainError(PAYEE_ERRORS.BENEFICIARY_ARCHIVED);
  return stored === undefined ? judgeUnmade(one, rule, facts) : judgeNew(one, rule, { stored, facts });
}

/** Asked while it was off the list, and judged after it was put back: it would not be among those of the new time. */
function isFromBefore({ at }: LookedPayout, stored: Stored | undefined): boolean {
  return stored?.isRestored === true && at < stored.since;
}

/** One that this payout would make. Several of the list may make the same one: it counts once. */
function judgeUnmade(one: LookedPayout, rule: PayeeRule, facts: Facts): DomainError | undefined {
  const key = keyOf(one);
  const isMadeHere = facts.paid.has(key);
  const made = facts.made.get(one.userId) ?? 0;
  if (!isMadeHere && rule.mostNewADay !== null && made >= rule.mostNewADay)
    return usedUp(rule.mostNewADay, one.at);
  const refusal = overCap(one, rule, { key, since: one.at, paid: facts.paid });
  if (refusal !== undefined) return refusal;
  if (!isMadeHere) facts.made.set(one.userId, made + 1);
  return undefined;
}

function judgeNew(
  one: LookedPayout,
  rule: PayeeRule,
  { stored: { id, since }, facts }: { stored: Stored; facts: Facts },
): DomainError | undefined {
  if (addMs(since, rule.newForS * 1_000) <= one.at) return undefined;
  return overCap(one, rule, { key: id, since, paid: facts.paid });
}

function overCap(
  { amountPaise }: LookedPayout,
  { newCapPaise, newForS }: PayeeRule,
  { key, since, paid }: { key: string; since: Date; paid: Map<string, Paise> },
): DomainError | undefined {
  const sum = (paid.get(key) ?? 0n) + amountPaise;
  if (newCapPaise !== null && sum > newCapPaise) {
    const until = addMs(since, newForS * 1_000).toISOString();
    return fieldError(
      PAYEE_ERRORS.BENEFICIARY_NEW,
      '#/amount',
      `the beneficiary is new until ${until}: until then no more than ${formatRupees(newCapPaise)} in all is paid to it`,
    );
  }
  paid.set(key, sum);
  return undefined;
}

const keyOf = ({ userId, fingerprints: [print] }: LookedPayout): string =>
  `${userId} ${print!.toString('base64')}`;

/** Of each that is stored its id. */
async function storedIds(
  trx: Knex.Transaction,
  looked: readonly LookedPayout[],
): Promise<Map<LookedPayout, string>> {
  const ids = new Map(looked.flatMap((one) => (one.id === undefined ? [] : [[one, one.id] as const])));
  const spelled = looked.filter(({ id }) => id === undefined);
  if (spelled.length === 0) return ids;
  const found = await findBeneficiaries(trx, spelled);
  spelled.forEach((one, i) => {
    if (found[i] !== undefined) ids.set(one, found[i]);
  });
  return ids;
}

/** Locked until the end of the database transaction: against being archived, or alone where sums are compared. */
async function lockStored(
  trx: Knex.Transaction,
  ids: readonly string[],
  isAlone: boolean,
): Promise<Map<string, Stored>> {
  if (ids.length === 0) return new Map();
  const found = await rows<Stored>(
    trx,
    `select id, user_id as "userId", archived_at is not null as "isArchived",
       restored_at is not null as "isRestored", coalesce(restored_at, created_at) as since
     from beneficiaries where id = any(:ids::uuid[]) order by id for ${isAlone ? 'no key update' : 'share'}`,
    { ids: [...ids] },
  );
  return new Map(found.map((one) => [one.id, one]));
}

/**
 * What was paid to each of them while it was new, and has not failed. Whoever takes one off the list and puts it back
 * begins no new sum: what was paid in a new time counts for as long as one lasts.
 */
async function paidWhileNew(
  trx: Knex.Transaction,
  bound: readonly LookedPayout[],
  { ids, stored }: Pick<Facts, 'ids' | 'stored'>,
): Promise<Map<string, Paise>> {
  const isNew = new Map<string, NewPayee>();
  for (const one of bound) {
    const of = stored.get(ids.get(one) ?? '');
    if (of === undefined || one.rule === undefined || one.rule.newCapPaise === null) continue;
    const { newForS } = one.rule;
    if (addMs(of.since, newForS * 1_000) <= one.at) continue;
    const known = isNew.get(of.id);
    if (known === undefined || one.at < known.at) isNew.set(of.id, { ...of, at: one.at, newForS });
  }
  return sumsPaid(trx, [...isNew.values()]);
}

export interface NewPayee extends Pick<Stored, 'id' | 'userId' | 'isRestored'> {
  at: Date;
  newForS: number;
}

/** Of each the sum that its cap is compared with at that time; none of what has got nothing. */
export async function sumsPaid(
  db: Knex | Knex.Transaction,
  list: readonly NewPayee[],
): Promise<Map<string, Paise>> {
  if (list.length === 0) return new Map();
  const found = await rows<{ id: string; paid: bigint }>(db, PAID, {
    ids: list.map(({ id }) => id),
    users: list.map(({ userId }) => userId),
    first: list.map(({ at, newForS }) => firstUuidAt(addMs(at, -newForS * 1_000))),
    newForS: list.map(({ newForS }) => newForS),
    restored: list.map(({ isRestored }) => isRestored),
  });
  return new Map(found.map(({ id, paid }) => [id, paid]));
}

/** One that was never put back was new for all that was paid to it. */
const PAID = `
  select n.id, sum(t.amount_paise)::int8 as paid
  from unnest(:ids::uuid[], :users::uuid[], :first::uuid[], :newForS::int4[], :restored::bool[])
    as n(id, user_id, first, new_for_s, is_restored)
  join transactions t on t.user_id = n.user_id and t.id >= n.first
    and t.state not in ('failed', 'reversed', 'refunded')
  join payouts p on p.transaction_id = t.id and p.beneficiary_id = n.id
  where not n.is_restored or exists (
    select from beneficiaries b
      left join beneficiary_changes c on c.beneficiary_id = b.id and c.kind = 'added'
      cross join lateral (values (b.created_at), (b.restored_at), (c.at)) as began(at)
    where b.id = n.id and t.created_at >= began.at
      and t.created_at < began.at + n.new_for_s * interval '1 second')
  group by n.id`;

/** Those of whom the same was stored within their window and has not failed, by the index of those to one beneficiary. */
async function repeatedOf(
  trx: Knex.Transaction,
  looked: readonly LookedPayout[],
  ids: Facts['ids'],
): Promise<ReadonlySet<LookedPayout>> {
  const compared = looked.flatMap((one) => {
    const id = ids.get(one);
    return id === undefined || one.repeat === undefined || one.repeat.isMeant
      ? []
      : [{ one, id, since: addMs(one.at, -one.repeat.windowMs) }];
  });
  if (compared.length === 0) return new Set();
  const found = await rows<{ n: number }>(
    trx,
    `select d.n::int4 as n
     from unnest(:ids::uuid[], :first::uuid[], :amounts::int8[]) with ordinality as d(id, first, amount, n)
     where exists (select from payouts p join transactions t on t.id = p.transaction_id
       where p.beneficiary_id = d.id and p.transaction_id >= d.first and p.is_compared
         and t.amount_paise = d.amount and t.state not in ('failed', 'reversed', 'refunded'))`,
    {
      ids: compared.map(({ id }) => id),
      first: compared.map(({ since }) => firstUuidAt(since)),
      amounts: compared.map(({ one }) => one.amountPaise),
    },
  );
  return new Set(found.map(({ n }) => compared[n - 1]!.one));
}
