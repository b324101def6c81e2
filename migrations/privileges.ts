/**
 * What the roles of the database may do with each table. Who adds a table says so here: until then the processes
 * cannot even read it, and a test fails. `npm run migrate` grants all of it at its end.
 *
 * Rows that are facts are inserted and never changed: the role of the processes has no right to, and a trigger
 * refuses it to everybody. Sealed columns may be updated, since they are sealed anew when a key is replaced. The
 * reading role (reports, dashboards) sees neither sealed nor personal values, no keyed hashes and nothing that
 * signs anybody in.
 */
export interface TablePrivileges {
  /**
   * What the role of the processes may do beside reading, in PostgreSQL's words; with columns where not all of them
   * are meant.
   */
  app: readonly string[];
  /** Columns that the reading role does not see; `all`: it does not see the table. A `bytea` is never shown. */
  hidden?: readonly string[] | 'all';
}

/** Rows that come from migrations and `policies/`: prices, limits, timings, routes. */
const RULES: TablePrivileges = { app: [] };
const FACTS: TablePrivileges = { app: ['insert'] };
const STATE: TablePrivileges = { app: ['insert', 'update'] };
/** Counts and marks that are deleted when they are over. */
const PASSING: TablePrivileges = { app: ['insert', 'update', 'delete'], hidden: 'all' };
/**
 * To lock a row one must be allowed to update some column of it. These columns can be updated and not changed: a
 * trigger refuses another value.
 */
const lockBy = (column: string): string => `update (${column})`;

export const TABLES: Readonly<Record<string, TablePrivileges>> = {
  // the ledger: totals are moved by the trigger of the transfers, with the rights of its owner
  ledger_transfers: FACTS,
  ledger_accounts: { app: ['insert (code, type, floor_paise)', lockBy('id')] },
  limit_counters: STATE,

  // transactions
  requests: { app: ['insert'], hidden: ['idempotency_key', 'accepted_body'] },
  transactions: STATE,
  transaction_events: FACTS,
  transaction_outcomes: { app: ['insert'], hidden: ['description'] },
  dispatch_attempts: { app: ['insert', 'update'], hidden: ['idempotency_key'] },
  callbacks: {
    app: [
      'insert',
      'update (state, event, transaction_id, result, processed_at, due_at, drive_no, drives)',
      'update (body_sealed, body_digest)',
    ],
    hidden: ['headers', 'body_sealed'],
  },
  provider_balances: STATE,
  routing_stops: { app: ['insert', 'update (lifted_by, lifted_at)'] },

  // people
  roles: RULES,
  permissions: RULES,
  role_permissions: { app: ['insert', 'update (reach)', 'delete'] },
  users: {
    app: ['insert', 'update'],
    hidden: [
      'name',
      'email',
      'password_hash',
      'mobile_sealed',
      'mobile_hint',
      'email_sealed',
      'email_hint',
      'address_sealed',
      'registration_key',
    ],
  },
  // kept by triggers of the users, with the rights of their owner
  user_ancestors: RULES,
  user_placements: RULES,
  uplines: RULES,
  user_stages: FACTS,
  user_moves: STATE,
  user_imports: { app: ['insert', 'update'], hidden: ['import_key'] },
  user_import_rows: { app: ['insert', 'update'], hidden: ['given_sealed'] },
  payout_files: { app: ['insert', 'update'], hidden: ['file_key'] },
  payout_file_lines: { app: ['insert', 'update'], hidden: ['given_sealed'] },
  user_services: STATE,
  user_passwords: { app: ['insert', 'update', 'delete'], hidden: 'all' },
  payout_rests: FACTS,
  api_keys: { app: ['insert', 'update'], hidden: ['allowed_from'] },
  ops_identities: { app: ['insert', 'update (untied_at, untied_by, told_at)'], hidden: ['subject'] },
  oidc_logouts: PASSING,
  transaction_pins: { app: ['insert', 'update', 'delete'], hidden: 'all' },
  confirmations: { app: ['insert', 'update', 'delete'], hidden: ['used_for'] },
  oauth_clients: { app: ['insert', 'update'], hidden: ['allowed_from'] },
  oauth_client_secrets: STATE,
  token_keys: { app: ['insert', 'delete', 'update (private_sealed)'], hidden: ['private_sealed'] },
  // deleted when nobody has used them for long
  user_devices: { app: ['insert', 'update', 'delete'], hidden: ['name'] },
  data_requests: {
    app: ['insert', 'update (state, decided_at, approval_id, parts, note)'],
    hidden: ['reason', 'note'],
  },
  data_request_notices: FACTS,
  retention_steps: FACTS,
  // deleted after its time alone, which a trigger holds
  user_sessions: { app: ['insert', 'update', 'delete'], hidden: ['ip'] },
  wallets: FACTS,
  // what they come to is written to the account by triggers, with the rights of their owner
  wallet_freezes: { app: ['insert', 'update (lifted_by, lifted_at)'] },
  wallet_liens: { app: ['insert', 'update (released_by, released_at)'] },
  wallet_credit_lines: { app: ['insert (wallet_id, limit_paise, reason, set_by, set_at)'] },
  fund_requests: {
    app: ['insert', 'update (state, decided_by, decided_at, note, journal_id)'],
    hidden: ['idempotency_key', 'note'],
  },
  wallet_transfers: { app: ['insert'], hidden: ['idempotency_key', 'reason'] },
  beneficiaries: { app: ['insert', 'update'], hidden: ['name_sealed', 'account_sealed'] },
  beneficiary_changes: { app: ['insert', 'update (told_at)'] },
  consents: STATE,
  kyc_records: {
    app: ['insert', 'update'],
    hidden: ['name_sealed', 'born_sealed', 'address_sealed', 'pan_sealed', 'gstin_sealed', 'aadhaar_last4'],
  },
  kyc_documents: { app: ['insert', 'update'], hidden: ['key_sealed'] },
  kyc_account_checks: FACTS,
  kyc_standings: STATE,
  kyc_notices: FACTS,
  // public, and replaced whole
  screening_names: { app: ['insert', 'delete'] },
  screening_lists: STATE,
  screenings: FACTS,
  screening_hits: STATE,
  risk_rules: FACTS,
  risk_looked: { app: ['update'] },
  risk_stops: STATE,
  risk_register: FACTS,
  provider_beneficiaries: { app: ['insert', 'update', 'delete'] },
  account_validations: { app: ['insert', 'update'], hidden: ['registered_name_sealed'] },

  // services
  payouts: { app: ['insert'], hidden: ['narration'] },
  dmt_senders: {
    app: ['insert', 'update'],
    hidden: ['mobile_sealed', 'ekyc_otp_ref', 'ekyc_request_ref', 'phone_otp_ref'],
  },
  dmt_recipients: { app: ['insert', 'update'], hidden: ['name_sealed', 'account_sealed'] },
  dmt_otp_requests: { app: ['insert'], hidden: ['provider_ref'] },
  dmt_transfers: { app: ['insert', 'update'], hidden: ['otp_sealed'] },
  dmt_refund_otps: { app: ['insert'], hidden: ['provider_ref'] },
  bbps_lists: STATE,
  bbps_billers: { app: ['insert', 'update', 'delete'] },
  bbps_fetches: { app: ['insert', 'update'], hidden: ['request_sealed', 'result_sealed'] },
  bbps_payments: {
    app: ['insert', 'update (instruction_sealed, subject_fingerprint, bill_fingerprint)'],
    hidden: ['instruction_sealed'],
  },
  bbps_complaints: { app: ['insert', 'update'], hidden: ['description_sealed', 'remarks_sealed'] },
  recharges: { app: ['insert', 'update (mobile_sealed, mobile_fingerprint)'], hidden: ['mobile_sealed'] },
  aeps_agents: { app: ['insert', 'update'], hidden: ['otp_ref', 'otp_reference_tid'] },
  aeps_terminals: STATE,
  aeps_daily_kyc: FACTS,
  aeps_withdrawals: { app: ['insert', 'update'], hidden: ['mobile_sealed'] },
  aeps_withdrawal_otps: { app: ['insert', 'update'], hidden: ['idempotency_key', 'provider_reference'] },
  aeps_enquiries: STATE,
  collection_orders: { app: ['insert'], hidden: ['return_url'] },

  // reconciliation
  recon_sources: { app: ['insert', 'update (account_digest, retired_from)'] },
  recon_files: FACTS,
  recon_rows: STATE,
  recon_settlement_sums: STATE,
  recon_restatements: FACTS,
  recon_fee_matches: { app: ['insert', 'delete'] },
  recon_file_matches: { app: ['insert', 'delete'] },
  recon_breaks: STATE,
  recon_runs: FACTS,

  // commissions
  commission_schemes: FACTS,
  commission_plan_members: FACTS,
  commission_rules: FACTS,
  commission_slabs: FACTS,
  commission_shares: FACTS,
  commission_cursors: STATE,
  commission_earnings: FACTS,
  commission_accruals: FACTS,
  commission_dues: STATE,
  commission_due_days: STATE,
  commission_returns: STATE,
  commission_tds_years: STATE,
  commission_tds_sums: STATE,
  commission_payouts: FACTS,
  commission_tds_months: RULES, // kept by a trigger of the payouts, with the rights of its owner

  // GST
  gst_registrations: RULES,
  gst_services: RULES,
  gst_states: RULES,
  gst_reading: STATE,
  gst_supplies: FACTS,
  gst_numbers: STATE,
  gst_documents: FACTS,
  gst_lines: FACTS,

  // settlements
  settlement_batches: { app: ['insert', 'update (made_at, without_account)'] },
  settlement_items: { app: ['insert', 'update (transaction_id)'] },
  settlement_files: {
    app: [
      'insert',
      'update (state, released_approval_id, released_at, written_by, written_at, cancelled_approval_id, cancelled_at)',
      'update (content_sealed)',
    ],
    hidden: ['content_sealed'],
  },
  settlement_file_items: { app: ['insert', 'update (counts)'] },
  settlement_answers: FACTS,
  settlement_answer_lines: { app: ['insert'], hidden: ['reason'] },
  settlement_responses: FACTS,
  settlement_endings: FACTS,
  tax_remittances: FACTS,

  // disputes
  disputes: {
    app: ['insert', 'update (answer, statement, answered_at, overdue_at, state)'],
    hidden: ['statement'],
  },
  dispute_endings: FACTS,
  dispute_notices: FACTS,

  // operations
  audit_log: FACTS,
  // its links are made by the trigger of the log, with the rights of its owner
  audit_links: { app: [], hidden: ['field_hashes'] },
  audit_heads: FACTS,
  verifier: { app: ['update'] },
  verifier_findings: { app: ['insert', 'update', 'delete'] },
  approvals: STATE,
  approval_rules: RULES,
  nights: { app: ['insert', 'update (horizon, closed_at)'] },
  nightly_runs: STATE,
  balance_snapshots: FACTS,
  tat_delays: { app: ['insert', 'update (stopped_on)'] },
  tat_compensations: FACTS,
  safeguarding_days: FACTS,
  safeguarding_lines: FACTS,
  ledger_seals: FACTS,
  ledger_seal_heads: FACTS,
  reports: { app: ['insert', 'update', 'delete'], hidden: ['parameters', 'key_sealed'] },
  ops_cases: STATE,
  // deleted after its time alone, which a trigger holds
  api_calls: { app: ['insert', 'delete', lockBy('id')], hidden: ['request', 'response'] },
  restores: STATE,
  restore_questions: STATE,

  // what is over is deleted
  notifications: { app: ['insert', 'update', 'delete'], hidden: ['message_sealed'] },
  ops_sessions: PASSING,
  login_attempts: PASSING,
  ops_authenticators: { app: ['insert', 'update', 'delete'], hidden: 'all' },
  ops_recovery_codes: { app: ['insert', 'update (used_at)', 'delete'], hidden: 'all' },
  sign_in_codes: PASSING,
  otp_sends: PASSING,
  otp_tries: PASSING,
  revoked_tokens: PASSING,
  used_captures: PASSING,
  rate_limits: PASSING,
  request_permits: PASSING,

  // of the platform itself
  database_identity: STATE,
  ifsc_marking: { app: ['update'] },
  key_fingerprints: { app: ['insert', 'delete'], hidden: 'all' },
  key_rotations: STATE,
  key_rotation_tables: STATE,
  key_rotation_ranges: { app: ['insert', 'update', 'delete'] },
  policy_files: RULES,
  queue_backend: FACTS,
  rehearsal_mark: FACTS,
  schema_floor: RULES,
  test_clock: STATE,
  schema_migrations: RULES,
  schema_migrations_lock: RULES,
  services: RULES,
  user_types: RULES,
  wallet_kinds: RULES,

  // rules in force from a day
  aeps_capture_rules: RULES,
  aeps_charges: RULES,
  collection_charges: RULES,
  collection_policies: RULES,
  aeps_otp_rules: RULES,
  aeps_timings: RULES,
  aeps_velocity_rules: RULES,
  amount_limits: RULES,
  api_log_policies: RULES,
  bank_holidays: RULES,
  bank_statuses: RULES,
  beneficiary_check_rules: RULES,
  beneficiary_rules: RULES,
  bbps_cool_offs: RULES,
  bbps_dispositions: RULES,
  bbps_policies: RULES,
  bbps_routes: RULES,
  charges: RULES,
  commission_tds_rules: RULES,
  commission_terms: RULES,
  consent_texts: RULES,
  holiday_years: RULES,
  kyc_account_rules: RULES,
  kyc_document_rules: RULES,
  kyc_requirements: RULES,
  kyc_terms: RULES,
  kyc_tier_limits: RULES,
  dispute_rules: RULES,
  dormancy_policies: RULES,
  night_rules: RULES,
  notification_kinds: RULES,
  notification_templates: RULES,
  fund_request_rules: RULES,
  otp_limits: RULES,
  sign_in_policies: RULES,
  period_limits: RULES,
  prices: RULES,
  provider_commissions: RULES,
  provider_policies: RULES,
  rail_days: RULES,
  rbi_offices: RULES,
  recharge_operators: RULES,
  recharge_policies: RULES,
  recon_rules: RULES,
  recon_terms: RULES,
  recharge_routes: RULES,
  routing_rules: RULES,
  request_limits: RULES,
  request_shares: RULES,
  repeat_rules: RULES,
  report_rules: RULES,
  retention_rules: RULES,
  data_request_rules: RULES,
  screening_rules: RULES,
  service_policies: RULES,
  settlement_rules: RULES,
  oidc_role_rules: RULES,
  step_up_rules: RULES,
  staff_proof_rules: RULES,
  tat_rules: RULES,
  tax_rates: RULES,
  tax_due_rules: RULES,
  token_policies: RULES,
  verifier_policies: RULES,
  wallet_lien_rules: RULES,
  weekly_closings: RULES,
  wallet_transfer_rules: RULES,
};
