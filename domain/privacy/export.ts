import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { FieldCipher, SealedColumn } from '../../platform/encryption';
import { publicId } from '../../platform/ids';
import type { UserId } from '../ids/ids';

/** Everything that is kept of a person, as JSON: each table's rows with what is sealed in them opened. */
export interface PersonalExport {
  object: 'personal_export';
  user: string;
  made_at: string;
  /** By table. Not `whole`: there are older rows besides, which statements and lists show. */
  kept: Readonly<Record<string, { whole: boolean; rows: object[] }>>;
  /** What is kept and not shown, and why. */
  left_out: Readonly<Record<string, string>>;
}

/** The rows of a person, by `:user`, in each table that has some. */
export const EXPORTED: Readonly<Record<string, string>> = {
  users: 'id = :user',
  user_stages: 'user_id = :user',
  user_services: 'user_id = :user',
  user_placements: 'user_id = :user',
  user_moves: 'user_id = :user',
  user_devices: 'user_id = :user',
  user_sessions: 'user_id = :user',
  payout_rests: 'user_id = :user',
  notifications: 'user_id = :user',
  consents: 'user_id = :user',
  kyc_records: 'user_id = :user',
  kyc_documents: 'record_id in (select id from kyc_records where user_id = :user)',
  kyc_account_checks: 'user_id = :user',
  kyc_standings: 'user_id = :user',
  beneficiaries: 'user_id = :user',
  bbps_complaints: 'user_id = :user',
  aeps_agents: 'user_id = :user',
  aeps_terminals: 'user_id = :user',
  api_keys: 'user_id = :user',
  oauth_clients: 'user_id = :user',
  wallets: 'user_id = :user',
  wallet_transfers: 'user_id = :user',
  fund_requests: 'user_id = :user',
  transactions: 'user_id = :user',
  data_requests: 'user_id = :user',
  audit_log: "subject = 'user:' || :user",
};

/** Tables that name a user and are not of that person, or hold nothing but a secret. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  user_passwords: 'a secret',
  transaction_pins: 'a secret',
  ops_authenticators: 'a secret',
  ops_recovery_codes: 'a secret',
  ops_identities: 'of staff',
  sign_in_codes: 'a secret, for a day',
  confirmations: 'keyed digests alone, for a day',
  requests: 'of each transaction, which is shown; its body is that of a customer',
  dmt_senders: 'of customers, not of the person',
  dmt_recipients: 'of customers, not of the person',
  dmt_otp_requests: 'of customers, not of the person',
  bbps_fetches: 'of customers, not of the person',
  bbps_lists: 'of billers',
  user_ancestors: 'follows from user_placements',
  user_imports: 'of the users in it, each of whom is shown their own',
  user_import_rows: 'of the users in it, each of whom is shown their own',
  ops_sessions: 'of staff',
  ops_cases: 'of the work of staff',
  approvals: 'of the work of staff',
  screening_lists: 'of the work of staff',
  risk_rules: 'of the work of staff',
  risk_register: 'of suspicions, which nobody may be told of',
  wallet_freezes: 'of an inquiry, which the law keeps from whom it is about',
  wallet_liens: 'of an inquiry, which the law keeps from whom it is about',
  wallet_credit_lines: 'of the work of staff; the wallet shows the limit',
};

const MOST_ROWS = 10_000;
/** Nobody is shown what signs somebody in, or digests, which say nothing. */
const NEVER = /(_hash|_digest|_fingerprint|_hash_other|password|secret|_key|key_sealed|headers|allowed_from)/;

export async function exportOf(
  deps: { knex: Knex; clock: Clock; cipher: FieldCipher; sealed: readonly SealedColumn[] },
  user: UserId,
): Promise<PersonalExport> {
  const kept: Record<string, { whole: boolean; rows: object[] }> = {};
  for (const [table, condition] of Object.entries(EXPORTED)) {
    const found = await rows<{ row: Record<string, unknown> }>(
      deps.knex,
      `select to_jsonb(t) as row from ${table} t where ${condition} limit ${MOST_ROWS + 1}`,
      { user },
    );
    if (found.length === 0) continue;
    const shown = found.slice(0, MOST_ROWS).map(({ row }) => shownRow(deps, table, row));
    kept[table] = { whole: found.length <= MOST_ROWS, rows: shown };
  }
  return {
    object: 'personal_export',
    user: publicId('user', user),
    made_at: deps.clock.now().toISOString(),
    kept,
    left_out: LEFT_OUT,
  };
}

function shownRow(
  { cipher, sealed }: { cipher: FieldCipher; sealed: readonly SealedColumn[] },
  table: string,
  row: Readonly<Record<string, unknown>>,
): object {
  const shown: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row)) {
    if (value === null || NEVER.test(name) || isBytes(value)) continue;
    const column = sealed.find((one) => one.table === table && one.column === name);
    if (column === undefined) shown[name] = value;
    else if (typeof value === 'string')
      shown[name.replace(/_sealed$/, '')] = cipher.open(value, column.place(String(row[column.key])));
  }
  return shown;
}

/** So a `bytea` reads in JSON. */
const isBytes = (value: unknown): boolean => typeof value === 'string' && value.startsWith('\\x');
