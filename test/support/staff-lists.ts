/**
 * Rows of every list that staff read, as rows alone: only the superuser can plant them, and the books do not hold with
 * them. Of each list several stand at the same instant or day, so that a page which goes by that alone loses some.
 */
import type { Knex } from 'knex';
import type { UserId } from '../../domain/ids/ids';
import { execute } from '../../platform/database';
import { systemIds } from '../../platform/ids';
import { plantTransactions } from './commissions';

const DAY = '2026-11-01';
const AT = new Date(`${DAY}T12:00:00Z`);

/** Six of each, of these users in turn. */
export async function plantLists(
  knex: Knex,
  { users, staff, bank }: { users: readonly UserId[]; staff: string; bank: string },
): Promise<void> {
  const six = Array.from({ length: 6 }, (_, i) => ({
    i,
    id: systemIds.uuid(),
    user: users[i % users.length]!,
    day: i < 4 ? DAY : '2026-10-31',
  }));
  const other = six.map(() => systemIds.uuid());
  await plantTransactions(
    knex,
    six.map(({ id, user }) => ({
      id,
      userId: user,
      service: 'payout',
      amountPaise: 200_000n,
      createdAt: AT,
    })),
  );
  await execute(
    knex,
    `insert into gst_registrations values ('2026-04-01', '29AAGCB7383J1Z4', 'Munim of a test', 'Bengaluru 560001')`,
  );
  await knex.transaction(async (trx) => {
    await execute(trx, 'set local session_replication_role = replica');
    for (const one of six)
      for (const sql of [...EARNED, ...TAXED, ...SETTLED])
        await execute(trx, sql, named(sql, { ...one, staff, bank, at: AT, other: other[one.i] }));
  });
}

/** Those of the values that the statement names. */
const named = (sql: string, values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([name]) => new RegExp(`:${name}\\b`).test(sql)));

const EARNED = [
  `insert into commission_accruals (transaction_id, turn, user_id, level, gross_paise, mode, day, payable_from)
   values (:id, 1, :user, 'retailer', 800, 'daily', :day, '2026-11-02')`,
  `insert into commission_dues (user_id, payable_from, mode, level, gross_paise, paid_paise)
   values (:user, '2026-11-02', 'daily', 'retailer', 800, case when :i::int4 % 3 = 0 then 800 else 0 end)
   on conflict (user_id, payable_from, mode, level) do update set gross_paise = commission_dues.gross_paise + 800,
     paid_paise = commission_dues.paid_paise + excluded.paid_paise`,
  `insert into commission_payouts (id, user_id, level, mode, day, gross_paise, tds_paise, wallet_paise, receivable_paise,
     wallet_account, deductee_id, has_pan, year, section, payment_code, form, bps, base_paise, at)
   values (:id, :user, 'retailer', 'daily', :day, 800, 16, 784, 0, 1, :user, true, 2026, '393(1)-1(ii)', '1006', '140',
     200, 800, :at)`,
];

const TAXED = [
  `insert into gst_documents (id, kind, gstin, year, no, after_no, user_id, month, dated, buyer_state, taxable_paise,
     tax_paise, cgst_paise, sgst_paise, utgst_paise, igst_paise)
   values (:id, 'invoice', '29AAGCB7383J1Z4', 2026, :i::int4 + 1, nullif(:i::int4, 0), :user,
     date_trunc('month', :day::date), :day, '29', 1000, 180, 90, 90, 0, 0)`,
  `insert into gst_lines (document_id, service, sac, rate_bps, supplies, taxable_paise, tax_paise)
   values (:id, 'payout', '9971', 1800, 2, 1000, 180)`,
  `insert into tax_remittances (id, kind, month, section, payment_code, amount_paise, input_paise, challan_no, paid_on,
     bank, utr, journal_id, approval_id, posted_at)
   values (:id, 'tds', '2026-09-01', '393(1)-1(ii)', '1006', 20000, 0, 'CH-' || (10000 + :i::int4), '2026-10-05', :bank,
     'SBINR5202610050000' || :i::int4, :other, :id, :at)`,
  `insert into tat_delays (transaction_id, last_day) values (:id, '2026-10-30')`,
  `insert into tat_compensations (transaction_id, business_date, amount_paise, credited_account, payer, journal_id)
   values (:id, :day, 10000, 1, 'provider', :other)`,
];

const SETTLED = [
  `insert into settlement_batches (id, wallet_kind, business_date, cutoff_at, pays_by, bank, opened_at, made_at)
   values (:id, case when :i::int4 % 2 = 0 then 'aeps' else 'commission' end, :day,
     (:day::date + time '10:00') at time zone 'Asia/Kolkata' + (:i::int4 / 2) * interval '1 hour', 'bank_file', :bank,
     :at::timestamptz + interval '1 day', :at)`,
  `insert into settlement_items (id, batch_id, pays_by, wallet_id, user_id, account_id, beneficiary_id, amount_paise,
     fee_paise, tax_paise, journal_id, made_at)
   select gen_random_uuid(), :id, 'bank_file', gen_random_uuid(), :user, 1, :other, 10000 + n, 500, 90,
     gen_random_uuid(), :at from generate_series(1, 3) n`,
  `insert into beneficiaries (id, user_id, kind, hint, ifsc, name_sealed, account_sealed, fingerprint, created_at)
   select :other, :user, b.kind, b.hint, b.ifsc, b.name_sealed, b.account_sealed, sha256(:other::text::bytea), :at
   from (select 'bank' as kind, '••••1234' as hint, 'HDFC0000053' as ifsc, 'v1.x' as name_sealed,
     'v1.x' as account_sealed) b`,
  `insert into settlement_files (id, number, bank, layout, item_count, total_paise, content_sealed, made_by, made_at)
   values (:id, :i::int4 + 1, :bank, 'neft_h2h', 3, 30006, 'v1.x', :staff, :at)`,
];
