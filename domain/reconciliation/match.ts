import type { Knex } from 'knex';
import { startOfBusinessDate, addMs } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { firstUuidAt } from '../../platform/ids';
import type { Source } from './sources';
import type { MatchRule } from './terms';

/** What the open rows of a source may be about, in a temporary table: one row for each that a rule names. */
export const CLAIMS = 'recon_claims';

/**
 * Matches the open rows of a source, all at once. Each rule in its order names transactions for them; a row is matched
 * when the first rule that names any names one alone, no other rule names another, and no other row claims the same
 * part. Everything else stays open and keeps its candidates: nothing is picked. Returns how many were matched.
 */
export async function matchOpenRows(
  trx: Knex.Transaction,
  source: Source,
  rules: readonly MatchRule[],
): Promise<number> {
  await execute(trx, `drop table if exists ${CLAIMS}`);
  await execute(
    trx,
    `create temporary table ${CLAIMS} (row_key text, seq int2, rank int2, is_suggestion boolean, transaction_id uuid,
      attempt_no int2) on commit drop`,
  );
  const span = await spanOfOpenRows(trx, source);
  if (source.provider === null || span === undefined) return 0;
  for (const rule of rules) {
    await claim(trx, source, rule, { ...span, join: JOINS[rule.name](source) });
    if (rule.name === 'provider_reference')
      await claim(trx, source, rule, { ...span, join: byAcknowledged(source) });
  }
  return execute(trx, matchSql(source));
}

interface Span {
  from: string;
  to: string;
}

const DAY_MS = 86_400_000;

/** The days of the open rows: ids begin with the time, and the primary key is the one index that has it. */
async function spanOfOpenRows(trx: Knex.Transaction, { id }: Source): Promise<Span | undefined> {
  const [found] = await rows<{ from: string | null; to: string | null }>(
    trx,
    `select min(happened_on)::text as "from", max(happened_on)::text as "to"
    from recon_rows where source_id = ? and state = 'open'`,
    [id],
  );
  const { from = null, to = null } = found ?? {};
  return from === null || to === null ? undefined : { from, to };
}

/** A rule without a reference looks only for rows that none with one has named anything for. */
async function claim(
  trx: Knex.Transaction,
  source: Source,
  rule: MatchRule,
  span: Span & { join: string },
): Promise<void> {
  const attempt = rule.name === 'our_reference' ? 'a.attempt_no' : 't.attempt_no';
  const isLast = rule.name === 'utr_amount' || rule.name === 'amount_day';
  await execute(
    trx,
    `insert into ${CLAIMS} (row_key, seq, rank, is_suggestion, transaction_id, attempt_no)
    select distinct s.row_key, s.seq, ${rule.rank}, ${rule.isSuggestion}, t.id, ${attempt}
    from recon_rows s ${span.join}
    where s.source_id = ${source.id} and s.state = 'open' and s.seq = 1 and s.part in ('payment', 'return')
      and t.service = any(:services::text[])
      and abs(s.happened_on - (t.created_at at time zone 'Asia/Kolkata')::date) <= ${rule.days}
      and t.id between :first and :last
      ${isLast ? `and not exists (select from ${CLAIMS} c where c.row_key = s.row_key and c.seq = s.seq)` : ''}`,
    {
      services: source.services,
      first: firstUuidAt(addMs(startOfBusinessDate(span.from), -rule.days * DAY_MS)),
      last: firstUuidAt(addMs(startOfBusinessDate(span.to), (rule.days + 1) * DAY_MS)),
    },
  );
}

const of = (source: Source): string => `t.provider = '${source.provider!}'`;

/** Of a payment that is under way only its attempt has the reference that the provider gave when it took it. */
const byAcknowledged = (source: Source): string => `
  join (dispatch_attempts a join transactions t on t.id = a.transaction_id and t.attempt_no = a.attempt_no
      and t.state = 'dispatched' and t.provider_reference is null and t.due_job is null)
    on a.provider = '${source.provider!}' and a.provider_reference = s.provider_reference`;

/** The transaction shows it, and one of its outcomes told it: that is indexed. */
const told = (what: 'provider_reference' | 'utr', source: Source): string =>
  `join (transaction_outcomes o join transactions t on t.id = o.transaction_id and t.${what} = o.${what})
    on o.${what} = s.${what} and ${of(source)}`;

const JOINS: Readonly<Record<MatchRule['name'], (source: Source) => string>> = {
  // A file of payouts names most of those of its days, which are read; others are found by what told of the reference.
  provider_reference: (source) =>
    source.services.includes('payout')
      ? `join transactions t on ${of(source)} and t.provider_reference = s.provider_reference`
      : `${told('provider_reference', source)} and t.service <> 'payout'`,
  our_reference: (source) =>
    `join dispatch_attempts a on a.provider = '${source.provider!}' and a.our_reference = s.our_reference
    join transactions t on t.id = a.transaction_id`,
  utr_amount: (source) => `${told('utr', source)} and t.amount_paise = s.amount_paise`,
  amount_day: (source) =>
    `join transactions t on ${of(source)} and t.amount_paise = s.amount_paise
      and t.created_at >= s.happened_on - interval '2 days' and t.created_at < s.happened_on + interval '3 days'`,
};

/** Rows that say the same of one payment are that payment, and the same again: the first of them has it. */
const matchSql = ({ id }: Source): string => `
  with named as (
    select c.row_key, c.seq, min(c.rank) as rank, min(c.transaction_id::text)::uuid as transaction_id,
      min(c.attempt_no) as attempt_no
    from ${CLAIMS} c where not c.is_suggestion
    group by c.row_key, c.seq having count(distinct c.transaction_id) = 1
  ), alone as (
    select n.*, r.part, row_number() over (same order by r.file_no, r.line_no) as turn,
      count(*) over same = 1 or min(r.provider_reference) over same = max(r.provider_reference) over same
        and count(r.provider_reference) over same = count(*) over same
        and min(r.amount_paise) over same = max(r.amount_paise) over same as is_alone
    from named n join recon_rows r on r.source_id = ${id} and r.row_key = n.row_key and r.seq = n.seq
    window same as (partition by n.transaction_id, n.attempt_no, r.part)
  )
  update recon_rows r set state = 'matched', rule = m.rank, transaction_id = m.transaction_id, attempt_no = m.attempt_no
  from alone m
  where r.source_id = ${id} and r.row_key = m.row_key and r.seq = m.seq and r.state = 'open' and m.is_alone and m.turn = 1
    and not exists (select from recon_rows taken where taken.source_id = ${id}
      and taken.transaction_id = m.transaction_id and taken.attempt_no = m.attempt_no and taken.part = m.part)`;
