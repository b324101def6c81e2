import type { Check, CheckGroup } from '../promises/check';

/**
 * A1: nobody changes the audit log unnoticed. Each row has one link, which holds its place, hashes of its columns and
 * the hash of the link before. What stands here is worked out anew from the rows, with no help of functions in the
 * database. That the end of the chain was not cut off is told by its signed heads (audit-heads.ts).
 */

const NOTHING = `decode(repeat('00', 32), 'hex')`;

/** The columns of a row in the order of their hashes, as the texts that are hashed (migration audit_chain). */
const FIELDS: readonly (readonly [name: string, text: string])[] = [
  ['at', `to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`],
  ['actor', 'a.actor'],
  ['actor_ip', 'a.actor_ip'],
  ['action', 'a.action'],
  ['subject', 'a.subject'],
  ['outcome', 'a.outcome'],
  ['detail', 'a.detail::text'],
];

const alteredFields = FIELDS.map(
  ([name, text], i) =>
    `case when coalesce(sha256(convert_to(${text}, 'UTF8')), ${NOTHING}) <> l.field_hashes[${i + 1}] then '${name}' end`,
).join(', ');
const joinedHashes = FIELDS.map((_field, i) => `l.field_hashes[${i + 1}]`).join(' || ');
const ownHash = `sha256(convert_to('munim.audit.1:' || l.seq || ':' || l.audit_id || ':', 'UTF8')
  || l.previous_hash || ${joinedHashes})`;

const chain: Check = {
  promise: 'A1',
  name: 'audit-chain',
  what: 'rows of the audit log are those that were chained, in their order',
  slice: 'audit_links',
  over: 'audit_links',
  isInOrder: true, // the first that was touched is named first
  // `public.` is meant: the link before may lie outside the links that are looked at.
  offenders: `
    select 'audit row ' || case when is_rewritten_before then before_id else audit_id end,
      case
        when is_gone then format('was removed; link %s of the chain still holds it', seq)
        when altered <> '' then format('was altered: its %s %s not what link %s holds', altered,
          case when altered like '%,%' then 'are' else 'is' end, seq)
        when not is_own then format('is out of its place, or its link %s was rewritten', seq)
        when seq > 1 and before_seq is null then case
          when (select max(seq) from public.audit_links p where p.seq < walked.seq) = seq - 2
              then format('comes after a gap: link %s is gone, and with it the row that it held', seq - 1)
            else format('comes after a gap: links %s to %s are gone, and with them the rows that they held',
              coalesce((select max(seq) from public.audit_links p where p.seq < walked.seq), 0) + 1, seq - 1) end
        else format('was altered or put in together with its link %s: link %s holds another hash of it',
          coalesce(before_seq, 0), seq) end,
      seq
    from (
      select l.seq, l.audit_id, a.id is null as is_gone, b.seq as before_seq, b.audit_id as before_id,
        case when a.id is null then '' else concat_ws(', ', ${alteredFields}) end as altered,
        l.hash = ${ownHash} as is_own,
        l.previous_hash = coalesce(b.hash, ${NOTHING}) as follows,
        a.id is not null and l.hash = ${ownHash} and l.previous_hash <> b.hash as is_rewritten_before
      from audit_links l
        left join audit_log a on a.id = l.audit_id
        left join public.audit_links b on b.seq = l.seq - 1) as walked
    where is_gone or altered <> '' or not is_own or not follows`,
};

const linked: Check = {
  promise: 'A1',
  name: 'audit-linked',
  what: 'each row of the audit log stands in its chain',
  slice: 'audit_rows',
  over: 'audit_log',
  offenders: `
    select 'audit row ' || a.id, 'was put in: it stands in no link of the chain'
    from audit_log a where not exists (select from public.audit_links l where l.audit_id = a.id)`,
};

const heads: Check = {
  promise: 'A1',
  name: 'audit-heads',
  what: 'the chain is the one whose heads were signed',
  slice: 'audit_heads',
  over: 'audit_heads',
  offenders: `
    select 'audit head ' || h.day, case
      when l.seq is not null then format('link %s is not the one that was signed: the rows up to it were rewritten', h.seq)
      when h.seq > coalesce(last.seq, 0)
        then format('was signed over %s links, and the chain ends at %s: rows were removed at its end',
          h.seq, coalesce(last.seq, 0))
      else format('its link %s is gone', h.seq) end
    from audit_heads h
      left join audit_links l on l.seq = h.seq
      cross join (select max(seq) as seq from audit_links) as last
    where l.hash is distinct from h.hash`,
};

export const AUDIT: readonly CheckGroup[] = [{ checks: [chain] }, { checks: [linked] }, { checks: [heads] }];
