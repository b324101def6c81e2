import { isSettlementSql } from '../ids/ids';

/** SQL that several reports share. */

/** The code of an account: a colon and a letter in a text would be the name of a value. */
export const codeText = (...parts: readonly string[]): string =>
  parts.map((part) => `'${part}'`).join(` || ':' || `);

/** The service of a transaction `x`: a payout that pays what a user has earned is a settlement (`docs/settlement.md`). */
export const SERVICE_OF = `case when ${isSettlementSql('x.reference')} then 'settlement' else x.service end`;

/** An instant as people in India read it. */
export const indiaTime = (instant: string): string =>
  `to_char(${instant} at time zone 'Asia/Kolkata', 'YYYY-MM-DD HH24:MI:SS')`;

/**
 * The lines of accounts on closed days from `:from` to `:to`, as ranges: those after `after`, up to `upto`. Days have
 * the lines that balances and statements give them. `which` says which accounts, as a condition on `a`.
 */
export const rangesOf = (which: string, side = ''): string => `
  select s.account_id, a.code, a.type, s.business_date as day, s.last_line_id as upto,
    coalesce(p.last_line_id, (select f.line_id - 1 from ledger_first_line_from(s.account_id,
      s.business_date::timestamp at time zone 'Asia/Kolkata') f), s.last_line_id) as after
  from balance_snapshots s join ledger_accounts a on a.id = s.account_id
    left join lateral (select b.last_line_id from balance_snapshots b where b.account_id = s.account_id
      and b.business_date < s.business_date order by b.business_date desc limit 1) p on true
  where s.business_date between :from::date and :to::date and (${which}) ${side}`;

/** The lines of ranges `r`: what each adds to its account, in paise with a sign. */
export const LINES_OF_RANGES = `
  select r.account_id, r.code as account, r.type, r.day, t.*
  from ranges r cross join lateral (
    select id, journal_id, line, transaction_id, created_at, code as what, amount_paise as paise
    from ledger_transfers where credit_account_id = r.account_id and id > r.after and id <= r.upto
    union all
    select id, journal_id, line, transaction_id, created_at, code, -amount_paise
    from ledger_transfers where debit_account_id = r.account_id and id > r.after and id <= r.upto) t`;
