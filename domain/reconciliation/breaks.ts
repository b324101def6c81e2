import type { Knex } from 'knex';
import { execute, rows } from '../../platform/database';
import { FOUND } from './judge';
import type { Source } from './sources';
import { carriedSql } from './suspense';

/** A break whose money is in suspense, and that is not what it was. */
export interface Overtaken {
  id: string;
  /** What is found now; null where the two sides agree. */
  kind: string | null;
  gapPaise: bigint | null;
  ours: unknown;
  theirs: unknown;
}

/**
 * Puts what a run found to the breaks of its source. A key that is there is seen again, and opened anew where it had
 * resolved itself; what persons have decided stays decided while it is the same. Open ones that were not found agree
 * now. One whose suspense is not what it is to be any more is left as it is and returned: its posting is taken back first.
 * What was written off and is explained now is opened again, and so is what was written off as a kind that carries nothing:
 * the loss is to be taken back, which two persons do. Another kind is another matter, with a case of its own.
 */
export async function keepBreaks(trx: Knex.Transaction, source: Source, at: Date): Promise<Overtaken[]> {
  const overtaken = await rows<Overtaken>(
    trx,
    `select b.id, f.kind, f.gap_paise as "gapPaise", f.ours, f.theirs
    from recon_breaks b left join (select ${source.id} as source_id, f.* from ${FOUND} f) f on f.break_key = b.break_key
    where b.source_id = ${source.id} and b.state = 'open' and b.suspense_paise <> 0
      and ${carriedSql(source, 'f')} - b.written_off_paise <> b.suspense_paise`,
  );
  const carried = carriedSql(source, 'excluded');
  await execute(
    trx,
    `insert into recon_breaks (id, source_id, break_key, kind, business_date, transaction_id, row_key, row_seq, ours, theirs,
      candidates, gap_paise, opened_at, seen_at)
    select gen_random_uuid(), ${source.id}, f.break_key, f.kind, f.business_date, f.transaction_id, f.row_key, f.row_seq,
      f.ours, f.theirs, f.candidates, f.gap_paise, :at::timestamptz, :at::timestamptz
    from ${FOUND} f
    on conflict (source_id, break_key) do update set seen_at = excluded.seen_at, kind = excluded.kind,
      ours = excluded.ours, theirs = excluded.theirs, candidates = excluded.candidates,
      transaction_id = excluded.transaction_id, gap_paise = excluded.gap_paise, state = 'open',
      openings = recon_breaks.openings + case when recon_breaks.state = 'resolved' then 1 else 0 end,
      opened_at = case when recon_breaks.state = 'resolved' then excluded.opened_at else recon_breaks.opened_at end,
      case_id = case when recon_breaks.state = 'resolved' or recon_breaks.kind <> excluded.kind
          and excluded.kind not in ('cutoff_timing', 'missing_at_provider') then null
        else recon_breaks.case_id end,
      resolved_at = null, resolution = null
    where case when recon_breaks.suspense_paise = 0 then true
        else recon_breaks.suspense_paise = ${carried} - recon_breaks.written_off_paise end
      and (recon_breaks.state = 'open' or recon_breaks.resolution not in ('decided', 'closed')
        or (recon_breaks.kind, recon_breaks.gap_paise) is distinct from (excluded.kind, excluded.gap_paise)
        or case when recon_breaks.written_off_paise = 0 then false else ${carried} = 0 end)`,
    { at },
  );
  await execute(
    trx,
    `update recon_breaks b set state = 'resolved', resolution = 'agrees_now', resolved_at = :at
    where b.source_id = ${source.id} and b.state = 'open' and b.suspense_paise = 0 and b.written_off_paise = 0
      and not exists (select from ${FOUND} f where f.break_key = b.break_key)`,
    { at },
  );
  await execute(
    trx,
    `update recon_breaks b set state = 'open', gap_paise = 0, case_id = null, resolved_at = null, resolution = null,
      openings = b.openings + case when b.state = 'resolved' then 1 else 0 end,
      opened_at = case when b.state = 'resolved' then :at::timestamptz else b.opened_at end
    where b.source_id = ${source.id} and b.written_off_paise <> 0 and b.suspense_paise in (0, -b.written_off_paise)
      and (b.state = 'resolved' or b.gap_paise <> 0)
      and not exists (select from ${FOUND} f where f.break_key = b.break_key)`,
    { at },
  );
  return overtaken;
}

/** Breaks about which a person has closed the case without a posting. */
export async function closeWithTheirCases(trx: Knex.Transaction, source: Source, at: Date): Promise<void> {
  await execute(
    trx,
    `update recon_breaks b set state = 'resolved', resolution = 'closed', resolved_at = :at
    from ops_cases c where c.id = b.case_id and c.closed_by_user is not null and b.source_id = ${source.id}
      and b.state = 'open' and b.suspense_paise = 0`,
    { at },
  );
}
