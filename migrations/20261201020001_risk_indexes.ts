import type { Knex } from 'knex';

// What the rules of risk look for beside transactions, and what the last migration left to be checked of old rows: none
// of it makes others wait.
export const config = { transaction: false };

const INDEXES: Readonly<Record<string, string>> = {
  beneficiaries_of_payee: 'beneficiaries (fingerprint)',
  dmt_recipients_of_payee: 'dmt_recipients (fingerprint)',
  audit_log_refused_sign_ins: "audit_log (at) where action = 'user.sign_in' and outcome = 'refused'",
};
const TO_VALIDATE: readonly (readonly [table: string, constraint: string, check: string])[] = [
  [
    ...(['transactions', 'transactions_sent_has_attempt'] as const),
    "state in ('accepted', 'held', 'failed', 'in_review') or attempt_no > 0",
  ],
  [
    ...(['screenings', 'screenings_subject_form'] as const),
    "subject ~ '^(kyc_record|beneficiary|dmt_recipient):[0-9a-f-]{36}$'",
  ],
];

export async function up(knex: Knex): Promise<void> {
  for (const [name, of] of Object.entries(INDEXES)) {
    await knex.raw(`drop index concurrently if exists ${name}`); // one that broke off is left behind, and not valid
    await knex.raw(`create index concurrently ${name} on ${of}`);
  }
  for (const [table, constraint] of TO_VALIDATE)
    await knex.raw(`alter table ${table} validate constraint ${constraint}`);
}

export async function down(knex: Knex): Promise<void> {
  for (const [table, constraint, check] of TO_VALIDATE)
    await knex.raw(
      `alter table ${table} drop constraint ${constraint}, add constraint ${constraint} check (${check}) not valid`,
    );
  for (const name of Object.keys(INDEXES)) await knex.raw(`drop index concurrently if exists ${name}`);
}
