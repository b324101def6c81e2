import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { FieldCipher, SealedColumn } from '../../platform/encryption';
import { publicId } from '../../platform/ids';
import { inListTime } from '../errors/list-time';
import type { UserId } from '../ids/ids';

/** Everything that is kept of a person, as JSON: each table's rows with what is sealed in them opened. */
export interface PersonalExport {
  object: 'personal_export';
  user: string;
  made_at: string;
  /** By table. */
  kept: Readonly<Record<string, { rows: object[]; count: number }>>;
  /** What is kept and not shown, and why. */
  left_out: Readonly<Record<string, string>>;
  /** The last word: without it the file was cut off. */
  complete: true;
}

interface Exported {
  /** The rows of a person, by `:user`. */
  where: string;
  /** An index has them in the order of the primary key. The rows of other tables are few. */
  inOrder?: true;
}

/** The tables that have rows of a person. */
export const EXPORTED: Readonly<Record<string, Exported>> = {
  users: { where: 'id = :user' },
  user_stages: { where: 'user_id = :user' },
  user_services: { where: 'user_id = :user' },
  user_placements: { where: 'user_id = :user' },
  user_moves: { where: 'user_id = :user' },
  user_devices: { where: 'user_id = :user' },
  user_sessions: { where: 'user_id = :user' },
  payout_rests: { where: 'user_id = :user' },
  notifications: { where: 'user_id = :user' },
  consents: { where: 'user_id = :user' },
  kyc_records: { where: 'user_id = :user' },
  kyc_documents: { where: 'record_id in (select id from kyc_records where user_id = :user)' },
  kyc_account_checks: { where: 'user_id = :user' },
  kyc_standings: { where: 'user_id = :user' },
  beneficiaries: { where: 'user_id = :user' },
  beneficiary_changes: { where: 'user_id = :user' },
  account_validations: { where: 'beneficiary_id in (select id from beneficiaries where user_id = :user)' },
  bbps_complaints: { where: 'user_id = :user' },
  aeps_agents: { where: 'user_id = :user' },
  aeps_terminals: { where: 'user_id = :user' },
  api_keys: { where: 'user_id = :user' },
  oauth_clients: { where: 'user_id = :user' },
  wallets: { where: 'user_id = :user' },
  wallet_transfers: { where: '(from_user = :user or to_user = :user)' }, // who asked is one of the two
  fund_requests: { where: 'user_id = :user', inOrder: true },
  transactions: { where: 'user_id = :user', inOrder: true },
  commission_plan_members: { where: 'user_id = :user' },
  commission_accruals: { where: 'user_id = :user' },
  commission_payouts: { where: 'user_id = :user' },
  gst_supplies: { where: 'user_id = :user' },
  gst_documents: { where: 'user_id = :user' },
  disputes: { where: 'user_id = :user' },
  settlement_items: { where: 'user_id = :user', inOrder: true },
  reports: { where: 'asked_by = :user' },
  data_requests: { where: 'user_id = :user' },
  audit_log: { where: "subject = 'user:' || :user", inOrder: true },
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
  payout_files: 'of those who are paid in it; the payouts that came of it are shown',
  payout_file_lines: 'of those who are paid in it; the payouts that came of it are shown',
  user_imports: 'of the users in it, each of whom is shown their own',
  user_import_rows: 'of the users in it, each of whom is shown their own',
  ops_sessions: 'of staff',
  ops_cases: 'of the work of staff',
  recon_breaks: 'of the work of staff',
  approvals: 'of the work of staff',
  screening_lists: 'of the work of staff',
  risk_rules: 'of the work of staff',
  risk_register: 'of suspicions, which nobody may be told of',
  routing_stops: 'of the work of staff',
  wallet_freezes: 'of an inquiry, which the law keeps from whom it is about',
  wallet_liens: 'of an inquiry, which the law keeps from whom it is about',
  commission_schemes: 'of the work of staff; the statement shows what came of them',
  settlement_files: 'of the work of staff; each settlement is shown',
  settlement_answers: 'of the work of staff; each settlement is shown',
  settlement_responses: 'of the work of staff; each settlement is shown',
  wallet_credit_lines: 'of the work of staff; the wallet shows the limit',
};

const PAGE_ROWS = 500;
/** Nobody is shown what signs somebody in, or digests, which say nothing. */
const NEVER = /(_hash|_digest|_fingerprint|_hash_other|password|secret|_key|key_sealed|headers|allowed_from)/;

export interface ExportDependencies {
  /** Each page is a short statement of its own: nothing is held between them. */
  knex: Knex;
  clock: Clock;
  cipher: FieldCipher;
  sealed: readonly SealedColumn[];
}

/**
 * The text of a `PersonalExport` in pieces, however many rows there are: a page of a table is read when the one before
 * it was taken. Throws DomainError LIST_TOO_SLOW.
 */
export async function* exportOf(deps: ExportDependencies, user: UserId): AsyncGenerator<string> {
  const head = {
    object: 'personal_export',
    user: publicId('user', user),
    made_at: deps.clock.now().toISOString(),
  };
  yield `${JSON.stringify(head).slice(0, -1)},"kept":{`;
  let tables = 0;
  for (const table of Object.keys(EXPORTED)) {
    let count = 0;
    for await (const page of pagesOf(deps.knex, table, user)) {
      const shown = page.map((row) => JSON.stringify(shownRow(deps, table, row))).join(',\n');
      if (count > 0) yield `,\n${shown}`;
      else yield `${tables === 0 ? '' : ','}\n${JSON.stringify(table)}:{"rows":[\n${shown}`;
      count += page.length;
    }
    if (count === 0) continue;
    tables += 1;
    yield `],"count":${count}}`;
  }
  yield `},\n"left_out":${JSON.stringify(LEFT_OUT)},"complete":true}\n`;
}

type Row = Readonly<Record<string, unknown>>;

/** The rows of a person in one table, in the order of its primary key. */
async function* pagesOf(knex: Knex, table: string, user: UserId): AsyncGenerator<Row[]> {
  const { where, inOrder } = EXPORTED[table]!;
  const key = await primaryKeyOf(knex, table);
  const order = key.map(({ name }) => name).join(', ');
  const after = key.map(({ type }, i) => `:after${i}::${type}`).join(', ');
  // Without an index for both, the planner would walk the key of the whole table for the rows of one person.
  const from = (condition: string): string =>
    inOrder === true
      ? `${table} t where ${condition}`
      : `(select * from ${table} where ${condition} offset 0) t`;
  let last: Row | undefined;
  for (;;) {
    const condition = last === undefined ? where : `(${where}) and (${order}) > (${after})`;
    const found = await inListTime(
      rows<{ row: Row }>(
        knex,
        `select to_jsonb(t) as row from ${from(condition)} order by ${order} limit ${PAGE_ROWS}`,
        { user, ...placeOf(last, key) },
      ),
    );
    if (found.length > 0) yield found.map(({ row }) => row);
    if (found.length < PAGE_ROWS) return;
    last = found.at(-1)!.row;
  }
}

interface KeyColumn {
  name: string;
  type: string;
}

const primaryKeyOf = (knex: Knex, table: string): Promise<KeyColumn[]> =>
  rows<KeyColumn>(
    knex,
    `select a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type
     from pg_index i cross join lateral unnest(i.indkey::int2[]) with ordinality as k(attnum, place)
     join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
     where i.indrelid = :table::regclass and i.indisprimary order by k.place`,
    { table },
  );

/** The values of the key in a row, for the page that comes after it. */
function placeOf(last: Row | undefined, key: readonly KeyColumn[]): Record<string, string> {
  if (last === undefined) return {};
  return Object.fromEntries(key.map(({ name }, i) => [`after${i}`, String(last[name])]));
}

function shownRow(
  { cipher, sealed }: Pick<ExportDependencies, 'cipher' | 'sealed'>,
  table: string,
  row: Row,
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
