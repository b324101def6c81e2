import fs from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { to } from 'pg-copy-streams';

/** A day of recharges, and the provider's report of it: one row for each, in the provider's own form. */
export const DAY = '2026-11-28';
const BEGINS = `timestamptz '2026-11-28 00:00:00+05:30'`;

/** Made by SQL; triggers are bypassed, so the books of this database do not balance. */
export async function makeDay(db: Client, count: number): Promise<void> {
  const n = `generate_series(1, ${count}) n`;
  const at = `${BEGINS} + n * interval '25 ms'`;
  const ms = `(extract(epoch from ${at}) * 1000)::int8`;
  const hex = `lpad(to_hex(${ms}), 12, '0')`;
  const id = `(${hex} || '7000' || '8' || lpad(to_hex(n), 15, '0'))::uuid`;
  await db.query('set session_replication_role = replica');
  await db.query('truncate transactions, dispatch_attempts cascade');
  await db.query(`
    insert into transactions (id, request_id, user_id, wallet_id, account_id, service, state, provider, amount_paise,
      fee_paise, tax_paise, reference, limit_key, limit_cap_paise, attempt_no, outcome, outcome_at, outcome_count,
      effect_count, posted_count, move_count, drive_no, provider_reference, agreed_commission_paise, agreed_tds_paise,
      expected_by, expires_at, created_at, updated_at, finished_at)
    select ${id}, ${id}, gen_random_uuid(), gen_random_uuid(), 1, 'recharge', 'succeeded', 'setu', 10000 + n % 50000, 0, 0,
      'r' || n, 'recharge:bench', 1, 1, 'succeeded', ${at}, 1, 1, 1, 3, 4, 'TXN' || md5(n::text), 100, 2,
      ${at}, ${at}, ${at}, ${at}, ${at} from ${n}`);
  await db.query(`
    insert into dispatch_attempts (transaction_id, attempt_no, provider, our_reference, idempotency_key, refs, body_hash,
      send_before, created_at)
    select ${id}, 1, 'setu', 'm' || md5('o' || n), 'k' || n, '{}', decode(repeat('00', 32), 'hex'), ${at}, ${at} from ${n}`);
  await db.query('set session_replication_role = origin');
  await db.query('vacuum analyze transactions');
  await db.query('vacuum analyze dispatch_attempts');
}

export const REPORT_COLUMNS = [
  ...[
    'transactionRefId',
    'operatorRefId',
    'paymentRefId',
    'operator',
    'amountPaise',
    'status',
    'commission',
    'tds',
  ],
  ...['timestamp', 'settlementDate', 'settlementUtr'],
];

export async function writeReport(db: Client, file: string): Promise<void> {
  const quoted = REPORT_COLUMNS.map((name) => `"${name}"`);
  const values = [
    ...[
      't.provider_reference',
      `'OP' || left(md5(t.reference), 10)`,
      'a.our_reference',
      `'airtel'`,
      't.amount_paise',
    ],
    ...[`'Successful'`, 't.agreed_commission_paise', 't.agreed_tds_paise'],
    `to_char(t.created_at at time zone 'Asia/Kolkata', 'YYYY-MM-DD"T"HH24:MI:SS') || '+05:30'`,
    ...[`'2026-11-29'`, `'SETUR52026112900000001'`],
  ];
  const query = `select ${values.map((value, i) => `${value} as ${quoted[i]}`).join(', ')}
    from transactions t join dispatch_attempts a on a.transaction_id = t.id order by t.id`;
  await pipeline(db.query(to(`copy (${query}) to stdout (format csv, header)`)), fs.createWriteStream(file));
}
