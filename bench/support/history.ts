import type { UserId } from '../../domain/ids/ids';
import type { Client } from 'pg';

/**
 * Finished payouts made by SQL, with everything that a real one leaves behind: details, events, outcomes, attempt,
 * callback and transfers. Triggers and account totals are bypassed, so the books of this database do not balance afterwards.
 */
export async function makeHistory(
  db: Client,
  user: { userId: UserId; walletId: string; accountId: bigint },
  from: number,
  to: number,
): Promise<void> {
  await db.query('set session_replication_role = replica');
  const n = `generate_series(${from}, ${to}) n`;
  const at = `timestamptz '2026-01-01' + n * interval '100 ms'`;
  const id = `('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`;
  await db.query(
    `insert into beneficiaries (id, user_id, kind, fingerprint, name_sealed, account_sealed, ifsc, hint)
     select '01900000-0000-7000-9000-000000000000', '${user.userId}', 'bank', 'history', 'v1.x', 'v1.x', 'HDFC0000053', '…0000'
     on conflict do nothing`,
  );
  await db.query(`
    insert into requests (id, user_id, service, idempotency_key, reference, request_hash, accepted_body, created_at)
    select ${id}, '${user.userId}', 'payout', 'history-key-' || n, 'history-' || n,
      decode(repeat('00', 32), 'hex'), repeat('x', 400), ${at} from ${n}`);
  await db.query(`
    insert into transactions (id, request_id, user_id, wallet_id, account_id, service, state, provider, amount_paise,
      fee_paise, tax_paise, reference, limit_key, limit_cap_paise, attempt_no, outcome, outcome_at, outcome_count,
      effect_count, posted_count, move_count, drive_no, utr, expected_by, expires_at, created_at, updated_at, finished_at)
    select ${id}, ${id}, '${user.userId}', '${user.walletId}', ${user.accountId}, 'payout', 'succeeded', 'razorpayx',
      10000, 300, 54, 'history-' || n,
      'payout:history', 1, 1, 'succeeded', ${at}, 2, 1, 1, 3, 4, '000000000000', ${at}, ${at}, ${at}, ${at}, ${at} from ${n}`);
  await db.query(
    `insert into payouts (transaction_id, beneficiary_id, mode, narration)
     select ${id}, '01900000-0000-7000-9000-000000000000', 'IMPS', 'History' from ${n}`,
  );
  await db.query(
    `insert into transaction_events (transaction_id, seq, from_state, to_state, actor, reason, at)
     select ${id}, s, (array['accepted','held','dispatched'])[s], (array['held','dispatched','succeeded'])[s],
       'history', 'history', ${at} from ${n}, generate_series(1, 3) s`,
  );
  await db.query(`insert into transaction_outcomes (transaction_id, seq, kind, source, decision, effect_seq, effect, attempt_no,
      asked_at, recorded_at, sent, raw_status)
    select ${id}, 1, 'succeeded', 'callback', 'apply', 1, 'success', 1, ${at}, ${at}, true, 'processed' from ${n}`);
  await db.query(`insert into dispatch_attempts (transaction_id, attempt_no, provider, our_reference, idempotency_key, refs,
      body_hash, send_before, created_at)
    select ${id}, 1, 'razorpayx', 'history-' || n, 'history-' || n, '{}', decode(repeat('00', 32), 'hex'), ${at}, ${at} from ${n}`);
  await db.query(`insert into callbacks (id, provider, event_key, verdict, state, headers, body_sealed, received_at,
      transaction_id, result, processed_at)
    select ${id}, 'razorpayx', 'history-' || n, 'signed', 'processed', '{}', 'v1.' || repeat('x', 900),
      ${at}, ${id}, 'apply', ${at} from ${n}`);
  await db.query(`insert into ledger_transfers (journal_id, line, transaction_id, debit_account_id, credit_account_id,
      amount_paise, code, debit_balance_after, credit_balance_after, created_at)
    select ${id}, s, ${id}, case when s = 0 then ${user.accountId} else 1 end, 2, 100, 'history', 0, 0, ${at}
    from ${n}, generate_series(0, 5) s`);
  await db.query('set session_replication_role = origin');
}
