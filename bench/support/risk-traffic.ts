import { createHash } from 'node:crypto';

/**
 * Traffic of a week, made by SQL from a seed: agents who pay, customers who send money, sign-ins, look-ups of accounts.
 * Six patterns are planted in it, and beside each an honest one that looks the same to its rule: these are the false alarms.
 * Constraints hold but for foreign keys; triggers are bypassed.
 */
export interface Traffic {
  /** What the rules should find, by rule. */
  planted: Readonly<Record<PlantedRule, string>>;
  from: Date;
  to: Date;
}
export const PLANTED_RULES = [
  'spraying',
  'under_50000',
  'penny_drops',
  'customer_tour',
  'night_burst',
  'mule',
] as const;
export type PlantedRule = (typeof PLANTED_RULES)[number];

export interface TrafficOptions {
  transactions: number;
  days: number;
  seed: number;
  /** The last day, which begins at midnight in India. */
  until: Date;
}

type Query = (sql: string) => Promise<unknown>;

const DAY_MS = 86_400_000;
/** So many transactions an agent makes in a day, more or less. */
const EACH_DAY = 36;
const SPRAYED_FROM = '203.0.113.77';

/** `query` needs the rights of a superuser, and is one connection. */
export async function makeTraffic(query: Query, options: TrafficOptions): Promise<Traffic> {
  const from = new Date(options.until.getTime() - options.days * DAY_MS);
  const users = Math.max(42, Math.round(options.transactions / options.days / EACH_DAY));
  const values = { ...options, users, from: from.toISOString(), until: options.until.toISOString() };
  await query('set session_replication_role = replica');
  for (const statement of [...PEOPLE, ...BACKGROUND, ...PATTERNS, ...LOOK_ALIKES, ...WRITTEN])
    await query(filled(statement, values));
  await query('set session_replication_role = origin');
  for (const table of [
    'transactions',
    'dmt_transfers',
    'payouts',
    'beneficiaries',
    'dmt_senders',
    'audit_log',
  ])
    await query(`analyze ${table}`);
  return { planted: subjects(options.seed), from, to: options.until };
}

type Values = Readonly<Record<string, string | number>>;

function filled(statement: string, values: Values): string {
  return statement.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
}

/** As the statements name them: agents by number, payees and customers by the digest of their fingerprint. */
function subjects(seed: number): Traffic['planted'] {
  const user = (no: number): string => `user:${uuidOf(`${seed} user ${no}`)}`;
  const digested = (what: string): string =>
    asUuid(
      createHash('md5')
        .update(createHash('sha256').update(`${seed} ${what}`).digest())
        .digest('hex'),
    );
  return {
    spraying: `address:${SPRAYED_FROM}`,
    under_50000: user(1),
    penny_drops: user(2),
    customer_tour: `customer:${digested('customer tour')}`,
    night_burst: user(3),
    mule: `payee:${digested('payee mule')}`,
  };
}

const uuidOf = (text: string): string => asUuid(createHash('md5').update(text).digest('hex'));
const asUuid = (hex: string): string =>
  [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');

const PEOPLE: readonly string[] = [
  `create function pg_temp.luck(n bigint, k text) returns float8 immutable language sql as $$
     select ('x' || substr(md5('{seed}' || k || n), 1, 8))::bit(32)::int8 / 4294967296.0 $$`,
  `create function pg_temp.sha(k text) returns bytea immutable language sql as $$
     select sha256(convert_to('{seed} ' || k, 'UTF8')) $$`,
  `create function pg_temp.name(k text) returns uuid immutable language sql as $$ select md5('{seed} ' || k)::uuid $$`,
  `create function pg_temp.at(t timestamptz, k text) returns uuid immutable language sql as $$
     select (substr(ms, 1, 8) || '-' || substr(ms, 9, 4) || '-7' || substr(h, 1, 3) || '-8' || substr(h, 4, 3) || '-'
       || substr(h, 7, 12))::uuid
     from (select lpad(to_hex(floor(extract(epoch from t) * 1000)::bigint), 12, '0') as ms,
       md5('{seed} ' || k) as h) as parts $$`,
  `create temp table agents as select no, pg_temp.name('user ' || no) as user_id, pg_temp.name('wallet ' || no) as wallet_id,
     (700000 + no)::bigint as account_id from generate_series(1, {users}) no`,
  `insert into ledger_accounts (id, code, type) overriding system value
     select account_id, 'wallet:' || user_id, 'liability' from agents`,
  `insert into users (id, kind, name, type, stage) select user_id, 'app', 'Agent ' || no, 'retailer', 'active' from agents`,
  `insert into wallets (id, user_id, kind, account_id) select wallet_id, user_id, 'main', account_id from agents`,
  // Of the payees of an agent the first is shared by three agents: a wholesaler.
  `create temp table payees as select no, p, user_id, pg_temp.name('payee ' || no || ' ' || p) as id,
     pg_temp.sha('payee ' || case p when 1 then 'shared ' || no / 3 else no || ' ' || p end) as fingerprint,
     timestamptz '{from}' + pg_temp.luck(no * 100 + p, 'added') * interval '{days} days' as at
     from agents, generate_series(1, 12) p`,
  `create temp table customers as select c, pg_temp.sha('customer ' || c) as fingerprint
     from generate_series(1, {users} * 20) c`,
  `insert into user_devices (id, user_id, token_hash, name, first_seen_at, last_seen_at)
     select pg_temp.name('device ' || no), user_id, pg_temp.sha('device ' || no), 'Counter',
       timestamptz '{from}' - interval '90 days', timestamptz '{until}' from agents`,
  `insert into user_devices (id, user_id, token_hash, name, first_seen_at, last_seen_at)
     select pg_temp.name('next device ' || no), user_id, pg_temp.sha('next device ' || no), 'New counter',
       timestamptz '{from}' + pg_temp.luck(no, 'device') * interval '{days} days', timestamptz '{until}'
     from agents where no > 20 and no % 40 = 0`,
];

/** Between eight and ten in the evening, in India; one in a hundred at night. */
const WHEN = `timestamptz '{from}' + floor(pg_temp.luck(n, 'day') * {days}) * interval '1 day'
  + case when pg_temp.luck(n, 'night') < 0.01 then pg_temp.luck(n, 'hour') * interval '5 hours'
    else interval '8 hours' + pg_temp.luck(n, 'hour') * interval '14 hours' end`;
/** In paise. One in two hundred is near 50,000 rupees, and one in fifty above 25,000. */
const AMOUNT = `case when pg_temp.luck(n, 'kind') < 0.005 then 4800000 + floor(pg_temp.luck(n, 'a') * 199999)
  when pg_temp.luck(n, 'kind') < 0.02 then 2500000 + floor(pg_temp.luck(n, 'a') * 7500000)
  else 10000 + floor(pg_temp.luck(n, 'a') * pg_temp.luck(n, 'b') * 2000000) end::bigint`;

const BACKGROUND: readonly string[] = [
  `create temp table made as select n, at, no, amount, is_failed, is_dmt, 1 + floor(pg_temp.luck(n, 'payee') * 12)::int as p,
     null::text as special,
     -- a customer goes to the counters of the quarter
     1 + ((no / 4) * 80 + floor(pg_temp.luck(n, 'customer') * 80)::int) % ({users} * 20) as c
   from (select n, 1 + floor(pg_temp.luck(n, 'agent') * {users})::int as no, ${WHEN} as at, ${AMOUNT} as amount,
     pg_temp.luck(n, 'end') < 0.05 as is_failed, pg_temp.luck(n, 'service') < 0.3 as is_dmt
     from generate_series(1, {transactions}) n) as drawn`,
  `update made set amount = least(amount, 500000) where is_dmt`,
  // People forget their password.
  `insert into audit_log (at, actor, actor_ip, action, subject, outcome, detail)
   select timestamptz '{from}' + pg_temp.luck(n, 'forgot') * interval '{days} days', 'anonymous',
     '198.51.100.' || n % 250, 'user.sign_in', 'user:' || a.user_id, 'refused', '{}'
   from generate_series(1, {users} * 2) n join agents a on a.no = 1 + n % {users}`,
  // And look an account up before they pay it first.
  `create temp table looked as select pg_temp.name('payee ' || no || ' ' || p) as id, at from payees where p % 3 = 0`,
];

const DAY_2 = `(timestamptz '{from}' + interval '1 day')`;
const PATTERNS: readonly string[] = [
  // One password for sixty people within forty minutes, half of whom do not exist.
  `insert into audit_log (at, actor, actor_ip, action, subject, outcome, detail)
   select ${DAY_2} + interval '15 hours' + n * interval '40 seconds', 'anonymous', '${SPRAYED_FROM}', 'user.sign_in',
     case when n % 2 = 0 then 'user:unknown' else 'user:' || a.user_id end, 'refused', '{}'
   from generate_series(1, 60) n join agents a on a.no = 1 + n % {users}`,
  // Nine sums just under 50,000 rupees in three hours.
  `insert into made select 900000 + n, ${DAY_2} + interval '11 hours' + n * interval '20 minutes', 1,
     4900000 + n * 9000, false, false, 2, 'splitting', 1 from generate_series(1, 9) n`,
  // Sixty accounts looked up in five hours, none of them paid.
  `insert into payees select 2, 1000 + n, (select user_id from agents where no = 2), pg_temp.name('farmed ' || n),
     pg_temp.sha('farmed ' || n), ${DAY_2} from generate_series(1, 60) n`,
  `insert into looked select pg_temp.name('farmed ' || n), ${DAY_2} + interval '12 hours' + n * interval '5 minutes'
   from generate_series(1, 60) n`,
  // One customer at nine counters on one day.
  `insert into customers values (0, pg_temp.sha('customer tour'))`,
  `insert into made select 910000 + n, ${DAY_2} + interval '10 hours' + n * interval '1 hour', 10 + n, 490000, false, true,
     1, 'tour', 0 from generate_series(1, 9) n`,
  // Forty payouts between one and two in the night.
  `insert into made select 920000 + n, ${DAY_2} + interval '1 hour' + n * interval '80 seconds', 3, 900000 + n * 100, false,
     false, 3, 'burst', 1 from generate_series(1, 40) n`,
  // One account that fourteen agents begin to pay.
  `insert into payees select no, 99, user_id, pg_temp.name('mule ' || no), pg_temp.sha('payee mule'),
     ${DAY_2} + no * interval '20 minutes' from agents where no between 21 and 34`,
  `insert into made select 930000 + no, ${DAY_2} + interval '1 minute' + no * interval '20 minutes', no, 900000, false, false,
     99, 'mule', 1 from agents where no between 21 and 34`,
];

const LATER = `(timestamptz '{from}' + interval '1 day' + interval '6 hours')`;
/** Honest, and over a threshold all the same; agents 14 to 20 have nothing else to do with the patterns. */
const LOOK_ALIKES: readonly string[] = [
  // A call centre behind one address, on the morning after a holiday.
  `insert into audit_log (at, actor, actor_ip, action, subject, outcome, detail)
   select ${LATER} + interval '4 hours' + n * interval '3 minutes', 'anonymous', '198.51.100.251', 'user.sign_in',
     'user:' || a.user_id, 'refused', '{}' from generate_series(1, 13) n join agents a on a.no = 20 + n`,
  // A jeweller's quarter: four sums near 50,000 rupees.
  `insert into made select 940000 + n, ${LATER} + interval '6 hours' + n * interval '30 minutes', 20, 4850000 + n * 20000,
     false, false, 2, 'jeweller', 1 from generate_series(1, 4) n`,
  // An agent enters the suppliers of a new shop, and pays them later.
  `insert into payees select 15, 2000 + n, (select user_id from agents where no = 15), pg_temp.name('supplier ' || n),
     pg_temp.sha('supplier ' || n), ${LATER} from generate_series(1, 28) n`,
  `insert into looked select pg_temp.name('supplier ' || n), ${LATER} + n * interval '9 minutes' from generate_series(1, 28) n`,
  // A courier sends money home from where the day leads.
  `insert into customers values (-1, pg_temp.sha('customer courier'))`,
  `insert into made select 950000 + n, ${LATER} + interval '3 hours' + n * interval '1 hour', 13 + n, 200000, false, true, 1,
     'courier', -1 from generate_series(1, 5) n`,
  // A filling station, before the lorries leave.
  `insert into made select 960000 + n, ${LATER} - interval '3 hours' + n * interval '3 minutes', 19, 150000 + n, false, false, 3,
     'station', 1 from generate_series(1, 18) n`,
  // A wholesaler opens, and seven shops buy there.
  `insert into payees select no, 98, user_id, pg_temp.name('wholesaler ' || no), pg_temp.sha('payee wholesaler'),
     ${LATER} + no * interval '10 minutes' from agents where no between 35 and 41`,
  `insert into made select 970000 + no, ${LATER} + interval '1 minute' + no * interval '10 minutes', no, 700000, false, false,
     98, 'wholesaler', 1 from agents where no between 35 and 41`,
];

const ID = "pg_temp.at(m.at, 'tx ' || m.n)";
const WRITTEN: readonly string[] = [
  `insert into beneficiaries (id, user_id, kind, fingerprint, name_sealed, account_sealed, ifsc, hint, created_at)
   select id, user_id, 'bank', fingerprint, 'v1.x', 'v1.x', 'HDFC0000053', '…0000', at from payees on conflict do nothing`,
  `insert into account_validations (id, beneficiary_id, provider, method, our_reference, state, begun_at, send_before, sent_at,
     sends, asks, ended_at)
   select pg_temp.at(at, 'look ' || id), id, 'razorpayx', 'penny_drop', 'made ' || id, 'valid', at, at + interval '1 minute', at,
     1, 0, at from looked`,
  `insert into requests (id, user_id, service, idempotency_key, reference, request_hash, accepted_body, created_at)
   select ${ID}, a.user_id, case when is_dmt then 'dmt' else 'payout' end, 'key ' || n, 'made ' || n, pg_temp.sha('h'), '{}', at
   from made m join agents a using (no)`,
  `insert into transactions (id, request_id, user_id, wallet_id, account_id, service, flow, state, provider, amount_paise,
     fee_paise, tax_paise, reference, attempt_no, move_count, outcome, outcome_at, outcome_count, effect_count, posted_count,
     expected_by, expires_at, created_at, updated_at, finished_at)
   select ${ID}, ${ID}, a.user_id, a.wallet_id, a.account_id, case when is_dmt then 'dmt' else 'payout' end, 'debit',
     case when is_failed then 'failed' else 'succeeded' end, 'razorpayx', amount, 500, 90, 'made ' || n, 1, 3,
     case when is_failed then 'failed' else 'succeeded' end, at, 1, 1, 1, at + interval '1 day', at + interval '1 hour', at, at,
     at from made m join agents a using (no)`,
  `insert into payouts (transaction_id, beneficiary_id, mode, narration)
   select ${ID}, p.id, 'IMPS', 'Made' from made m join payees p using (no, p) where not is_dmt`,
  `insert into dmt_senders (id, user_id, provider, mobile_sealed, mobile_fingerprint, hint, state, kyc_level, checked_at,
     created_at)
   select distinct on (a.user_id, m.c) pg_temp.name('sender ' || m.no || ' ' || m.c), a.user_id, 'eko', 'v1.x', c.fingerprint,
     '98…10', 'unknown', 'none', m.at, m.at from made m join agents a using (no) join customers c on c.c = m.c
   where is_dmt order by a.user_id, m.c, m.at`,
  `insert into dmt_recipients (id, sender_id, provider_ref, name_sealed, account_sealed, fingerprint, ifsc, bank, hint,
     is_verified, created_at)
   select distinct on (m.no, m.c) pg_temp.name('recipient ' || m.no || ' ' || m.c), pg_temp.name('sender ' || m.no || ' ' || m.c),
     'made', 'v1.x', 'v1.x', pg_temp.sha('family ' || m.c), 'HDFC0000053', 'HDFC', '0000', false, m.at
   from made m where is_dmt order by m.no, m.c, m.at`,
  `insert into dmt_transfers (transaction_id, part_no, otp_request_id, sender_id, recipient_id, amount_paise, max_paise,
     charge_tax_paise, otp_expires_at)
   select ${ID}, 1, ${ID}, pg_temp.name('sender ' || m.no || ' ' || m.c), pg_temp.name('recipient ' || m.no || ' ' || m.c),
     amount, 500000, 0, at from made m where is_dmt`,
];
