import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { Signer } from '../../platform/signing';
import { headText, LEDGER_HEAD } from '../audit/heads';
import type { NightContext, NightResult, NightStep } from '../night/step';
import { CHAIN_HASH, MARK, TRANSFER_HASH } from './hashes';

/**
 * The step that seals the transfers of a day: a chain of hashes that nobody can make anew without the key of its heads.
 * A day is sealed after it was closed, so no transfer of it can come any more: each account's transfers up to the last
 * line of its snapshot stand in the seal of their debit side, once.
 */
export function createSealStep(deps: SealDependencies): NightStep {
  return { kind: 'seal', dependsOn: ['balances'], run: (context) => seal(deps, context) };
}

export interface SealDependencies {
  knex: Knex;
  long: Knex;
  clock: Clock;
  /** Without it the chain grows, and no head of it is signed. */
  signer: Signer | undefined;
}

/** Transfers of one link. */
const LINK = 1_000;
/** Accounts that are looked up at once. */
const ACCOUNTS = 1_000;

/** Where the seal of a day is: the transfer that stands last in it, and the last link of the chain. */
interface Place {
  account: bigint;
  id: bigint;
  seq: bigint;
}
interface Range {
  account: bigint;
  after: bigint;
  upto: bigint;
}

async function seal(deps: SealDependencies, context: NightContext): Promise<NightResult> {
  const { date, progress, signal } = context;
  let { sealed, ...place } = await placeOf(deps.long, date);
  const total = sealed + (await countLeft(deps.long, date, place.account));
  for (;;) {
    const ranges = await rangesAfter(deps.long, date, place);
    if (ranges.length === 0) break;
    for (let added = LINK; added === LINK;) {
      signal.throwIfAborted();
      const link = await addLink(deps.long, date, place, ranges);
      added = link.added;
      sealed += added;
      if (link.last !== undefined) place = link.last;
      progress(sealed, Math.max(total, sealed));
    }
    place = { ...place, account: ranges.at(-1)!.account, id: ranges.at(-1)!.upto };
  }
  return { transfers: sealed, signed: (await sign(deps, date)) ? 1 : 0 };
}

/** Where a try before this one has come to. */
async function placeOf(long: Knex, date: string): Promise<Place & { sealed: number }> {
  const [found] = await rows<Place & { sealed: number }>(
    long,
    `select coalesce(l.account, 0) as account, coalesce(l.id, 0) as id, coalesce(c.seq, 0) as seq,
      (select coalesce(sum(cardinality(transfers)), 0)::int from ledger_seals where business_date = :date::date) as sealed
    from (select max(seq) as seq from ledger_seals) c left join lateral (
      select accounts[cardinality(accounts)] as account, transfers[cardinality(transfers)] as id
      from ledger_seals where business_date = :date::date order by seq desc limit 1) l on true`,
    { date },
  );
  return found!;
}

async function countLeft(long: Knex, date: string, account: bigint): Promise<number> {
  const [found] = await rows<{ n: number }>(
    long,
    `select coalesce(sum(day_lines), 0)::int / 2 as n from balance_snapshots
    where business_date = :date::date and account_id > :account`,
    { date, account },
  );
  return found!.n;
}

/** The next accounts that moved on the day, each with its lines: after the snapshot before, up to that of the day. */
function rangesAfter(long: Knex, date: string, { account, id }: Place): Promise<Range[]> {
  return rows<Range>(
    long,
    `select s.account_id as account, greatest(coalesce(p.last_line_id, 0),
        case when s.account_id = :account::int8 then :id::int8 else 0 end) as after, s.last_line_id as upto
    from balance_snapshots s left join lateral (
      select last_line_id from balance_snapshots p where p.account_id = s.account_id and p.business_date < :date::date
      order by p.business_date desc limit 1) p on true
    where s.business_date = :date::date and (s.account_id > :account::int8
      or (s.account_id = :account::int8 and s.last_line_id > :id::int8))
    order by s.account_id limit ${ACCOUNTS}`,
    { date, account, id },
  );
}

/**
 * The number of a link is its key, and follows the link that this process has seen last: one that only seemed dead and
 * wakes up finds the link of the other there (23505), and adds nothing again.
 */
const ADD = `
  with ranges as (
    select * from unnest(:accounts::int8[], :afters::int8[], :uptos::int8[]) with ordinality as r(account, after_id, upto, place)
    where account > :account::int8 or (account = :account::int8 and upto > :id::int8)),
  page as materialized (
    select t.*, row_number() over (order by r.place, t.id) as place
    from ranges r cross join lateral (
      select * from ledger_transfers x where x.debit_account_id = r.account
        and x.id > case when r.account = :account::int8 then greatest(r.after_id, :id::int8) else r.after_id end
        and x.id <= r.upto order by x.id limit ${LINK}) t
    order by r.place, t.id limit ${LINK}),
  hashed as materialized (select place, debit_account_id, id, ${TRANSFER_HASH('page')} as hash from page),
  summed as (
    select array_agg(debit_account_id order by place) as accounts, array_agg(id order by place) as transfers,
      string_agg(${MARK('hash')}, ''::bytea order by place) as marks,
      string_agg(hash, ''::bytea order by place) as hashes
    from hashed having count(*) > 0),
  last as (select :seq::int8 as seq),
  linked as (
    select last.seq + 1 as seq, coalesce(b.hash, decode(repeat('00', 32), 'hex')) as previous_hash, summed.*
    from summed cross join last left join ledger_seals b on b.seq = last.seq)
  insert into ledger_seals (seq, business_date, accounts, transfers, marks, previous_hash, hash)
  select seq, :date::date, accounts, transfers, marks, previous_hash, ${CHAIN_HASH('linked')} from linked
  returning seq, cardinality(transfers) as added, accounts[cardinality(accounts)] as account,
    transfers[cardinality(transfers)] as id`;

async function addLink(
  long: Knex,
  date: string,
  { account, id, seq }: Place,
  ranges: readonly Range[],
): Promise<{ added: number; last: Place | undefined }> {
  const [link] = await rows<Place & { added: number }>(long, ADD, {
    date,
    account,
    id,
    seq,
    accounts: ranges.map((r) => r.account),
    afters: ranges.map((r) => r.after),
    uptos: ranges.map((r) => r.upto),
  });
  return link === undefined ? { added: 0, last: undefined } : { added: link.added, last: link };
}

/** Signs the day, once. True when it did. */
async function sign({ knex, clock, signer }: SealDependencies, day: string): Promise<boolean> {
  if (signer === undefined) return false;
  const [last] = await rows<{ seq: bigint; hash: Buffer }>(
    knex,
    'select seq, hash from ledger_seals order by seq desc limit 1',
  );
  if (last === undefined) return false;
  const { keyId, publicKey } = signer;
  const signature = signer.sign(headText(LEDGER_HEAD, { day, ...last, keyId }));
  const signed = await execute(
    knex,
    `insert into ledger_seal_heads (day, seq, hash, signed_at, key_id, public_key, signature)
    values (:day::date, :seq, :hash, :now, :keyId, :publicKey, :signature) on conflict (day) do nothing`,
    { day, ...last, now: clock.now(), keyId, publicKey, signature },
  );
  return signed === 1;
}
