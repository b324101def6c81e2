import type { Check, CheckGroup } from '../promises/check';

/** What became of the lines of a file of payouts. */

/** Two sessions of one user are one person. */
const OWN = `(f.released_by is null or f.released_by = f.brought_by or (f.brought_as = 'session' and f.released_as = 'session'))`;

const lines: Check = {
  promise: 'P4',
  name: 'payout-file-lines',
  what: 'an accepted line of a file is a payout of its user, reference and amount, of a file that somebody else released',
  over: 'payout_file_lines',
  offenders: `
    select format('line %s of payout file %s', l.line, f.id), case
      when ${OWN} then 'was not released by another'
      else format('says %s of %s paise; its %s %s of %s paise', l.reference, l.amount_paise, t.service, t.reference,
        t.amount_paise) end
    from payout_file_lines l join payout_files f on f.id = l.file_id join transactions t on t.id = l.transaction_id
    where t.service <> 'payout' or t.user_id <> f.user_id or t.reference <> l.reference
      or t.amount_paise <> l.amount_paise or ${OWN}`,
};

const counted: Check = {
  promise: 'P4',
  name: 'payout-file-counted',
  what: 'a file of payouts counts its lines as they are',
  over: 'payout_files',
  offenders: `
    select 'payout file ' || f.id, format(
      'counts %s ready of %s paise, %s accepted of %s, %s refused; there are %s of %s, %s of %s, %s', f.ready_lines,
      f.ready_paise, f.accepted_lines, f.accepted_paise, f.refused_lines, coalesce(l.ready, 0), coalesce(l.ready_paise, 0),
      coalesce(l.accepted, 0), coalesce(l.accepted_paise, 0), coalesce(l.refused, 0))
    from payout_files f left join (
      select file_id, count(*) filter (where state = 'ready') as ready, count(*) filter (where state = 'accepted') as accepted,
        count(*) filter (where state = 'refused') as refused,
        sum(amount_paise) filter (where state = 'ready') as ready_paise,
        sum(amount_paise) filter (where state = 'accepted') as accepted_paise
      from payout_file_lines group by 1) l on l.file_id = f.id
    where (f.ready_lines, f.accepted_lines, f.refused_lines, f.ready_paise, f.accepted_paise) is distinct from
      (coalesce(l.ready, 0), coalesce(l.accepted, 0), coalesce(l.refused, 0), coalesce(l.ready_paise, 0),
        coalesce(l.accepted_paise, 0))`,
};

export const PAYOUT_FILES: readonly CheckGroup[] = [{ checks: [lines] }, { checks: [counted] }];
