import type { Knex } from 'knex';
import type { UserId } from '../../domain/ids/ids';
import { execute } from '../../platform/database';
import { systemIds } from '../../platform/ids';

/** As if staff had recorded a claim on a withdrawal of the user; no wallet holds anything for it. */
export async function plantDispute(knex: Knex, userId: UserId): Promise<void> {
  await execute(
    knex,
    `insert into disputes (id, kind, transaction_id, service, provider, case_reference, reason_code, user_id, wallet_id,
       account_id, amount_paise, received_on, answer_by, recorded_by, recorded_at)
     select :id, 'chargeback', t.id, t.service, t.provider, 'CASE-1', '1061', w.user_id, w.id, w.account_id, 100,
       (now() at time zone 'Asia/Kolkata')::date, (now() at time zone 'Asia/Kolkata')::date + 5, w.user_id, now()
     from transactions t join wallets w on w.user_id = t.user_id and w.kind = 'aeps'
     where t.user_id = :userId and t.service = 'aeps' and t.state = 'succeeded' limit 1`,
    { id: systemIds.uuid(), userId },
  );
}
