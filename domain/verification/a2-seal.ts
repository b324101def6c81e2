import type { Check, CheckGroup } from '../promises/check';
import { MARK, TRANSFER_HASH } from '../seal/hashes';

/**
 * A2: what was posted is changed by nobody unnoticed. Each transfer of a closed day stands in one link of the seal; what
 * stands here is worked out anew from the transfers. That the end of the chain was not cut off is told by its heads.
 */

const NOTHING = `decode(repeat('00', 32), 'hex')`;
/** A transfer by the index of its account. */
const FOUND = `left join lateral (
  select * from ledger_transfers y where y.debit_account_id = x.account and y.id = x.id) t on true`;
const HELD = 'unnest(l.accounts, l.transfers) with ordinality x(account, id, n)';

const touched = `
  select 'transfer ' || m.id as subject,
    case when m.is_gone then format('was removed; link %s of the seal still holds it', m.seq)
      else format('was altered: it is not what link %s of the seal holds', m.seq) end as said,
    m.seq * 2000 + m.n as place
  from (
    select l.seq, x.n, x.id, t.id is null as is_gone,
      ${MARK(TRANSFER_HASH('t'))} is distinct from substr(l.marks, (x.n::int - 1) * 8 + 1, 8) as is_other
    from ledger_seals l cross join lateral ${HELD} ${FOUND}) m
  where m.is_gone or m.is_other`;

const relinked = `
  select 'link ' || w.seq || ' of the seal',
    case when w.follows then 'is not the hash of its transfers: one of them was altered, or it was rewritten'
      else 'does not follow from the link before: one of the two was removed or rewritten' end,
    w.seq * 2000 + 1001
  from (
    select l.seq, l.previous_hash = coalesce(b.hash, ${NOTHING}) and (b.seq is not null or l.seq = 1) as follows,
      l.hash = sha256(convert_to('munim.seal.1:' || l.seq || ':' || l.business_date || ':', 'UTF8')
        || l.previous_hash || sha256(h.hashes)) as is_own
    from ledger_seals l left join public.ledger_seals b on b.seq = l.seq - 1
      cross join lateral (
        select string_agg(coalesce(${TRANSFER_HASH('t')}, ''::bytea), ''::bytea order by x.n) as hashes
        from ${HELD} ${FOUND}) h) w
  where not w.follows or not w.is_own`;

const sealed: Check = {
  promise: 'A2',
  name: 'ledger-seal',
  what: 'transfers of closed days are those that were sealed',
  slice: 'ledger_seals',
  over: 'ledger_seals',
  isInOrder: true, // the first that was touched is named first
  offenders: `select subject, said, place from (${touched} union all ${relinked}) broken(subject, said, place)`,
};

const LEAST = '(-9223372036854775808)::int8';
const LAST = (l: string): string =>
  `row(${l}.accounts[cardinality(${l}.accounts)], ${l}.transfers[cardinality(${l}.transfers)])`;

/**
 * The links of a day hold its transfers in the order of accounts and numbers: behind the end of the link before, up to
 * that of its own, or of the day, there are those that a link holds and no other. `public.` is meant: the links beside
 * one may lie outside those that are looked at.
 */
const complete: Check = {
  promise: 'A2',
  name: 'ledger-sealed-whole',
  what: 'no transfer was put into a day that is sealed',
  slice: 'ledger_seals',
  over: 'ledger_seals',
  offenders: `
    select 'transfer ' || t.id, 'lies among the sealed transfers of its account, and no link of the seal holds it'
    from ledger_seals l
      left join public.ledger_seals b on b.seq = l.seq - 1 and b.business_date = l.business_date
      left join public.ledger_seals n on n.seq = l.seq + 1 and n.business_date = l.business_date
      join balance_snapshots s on s.business_date = l.business_date
        and (b.seq is null or s.account_id >= b.accounts[cardinality(b.accounts)])
        and (n.seq is null or s.account_id <= l.accounts[cardinality(l.accounts)])
      left join lateral (select last_line_id from balance_snapshots p where p.account_id = s.account_id
        and p.business_date < l.business_date order by p.business_date desc limit 1) p on true
      join ledger_transfers t on t.debit_account_id = s.account_id and t.id > coalesce(p.last_line_id, ${LEAST})
        and t.id <= s.last_line_id and (b.seq is null or row(t.debit_account_id, t.id) > ${LAST('b')})
        and (n.seq is null or row(t.debit_account_id, t.id) <= ${LAST('l')})
      left join lateral unnest(l.transfers) as held(id) on held.id = t.id
    where held.id is null and exists (select from nightly_runs r where r.kind = 'seal' and r.state = 'done'
      and r.business_date = l.business_date)`,
};

const heads: Check = {
  promise: 'A2',
  name: 'ledger-heads',
  what: 'the seal is the one whose heads were signed, and no sealed day has lost all of its links',
  slice: 'audit_heads',
  over: 'ledger_seal_heads',
  offenders: `
    select 'ledger head ' || h.day, case
      when l.seq is null then format('its link %s is gone: links were removed at the end', h.seq)
      else format('link %s is not the one that was signed: the links up to it were rewritten', h.seq) end
    from ledger_seal_heads h left join ledger_seals l on l.seq = h.seq where l.hash is distinct from h.hash
    union all
    select 'sealed day ' || r.business_date, 'is sealed and has transfers, and no link of the seal is of it'
    from nightly_runs r where r.kind = 'seal' and r.state = 'done'
      and exists (select from balance_snapshots s where s.business_date = r.business_date and s.day_lines > 0)
      and not exists (select from ledger_seals l where l.business_date = r.business_date)`,
};

export const SEAL: readonly CheckGroup[] = [
  { checks: [sealed] },
  { checks: [complete] },
  { checks: [heads] },
];
