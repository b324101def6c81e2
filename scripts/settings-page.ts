/** The table of settings for `docs/settings.md`, from the schema that checks them. */
import { CONFIG_SCHEMA, SECRETS, SIGNING_PROCESSES } from '../composition/config';

/** What each setting is for. A provider's address, key or secret says it by its name. */
const MEANINGS: Readonly<Record<string, string>> = {
  NODE_ENV: 'production refuses sandboxes, test keys and development timings',
  DATABASE_URL: 'PostgreSQL: postgres://user:password@host:port/database, with sslmode for TLS',
  REDIS_URL:
    'Redis for the queues, rediss:// for TLS; several hosts with a comma for Sentinels or a cluster. ' +
    'Without it the queues run on PostgreSQL',
  MUNIM_QUEUE_PREFIX: 'begins the keys of the queues in Redis; the same in every process',
  MUNIM_POLICY_PROFILE: 'which set of timings is in force',
  MUNIM_API_HOST: 'address on which the API listens',
  MUNIM_API_PORT: 'port of the API',
  MUNIM_API_ORIGIN:
    'where callers find the API: issuer and audience of access tokens, the same in every process',
  MUNIM_OPS_HOST: 'address on which the pages for staff listen',
  MUNIM_OPS_PORT: 'port of the pages for staff',
  MUNIM_OPS_ORIGIN: 'where browsers find the pages for staff; forms from elsewhere are refused',
  MUNIM_OIDC_ISSUER: 'the OpenID provider of your company, where staff may sign in; https in production',
  MUNIM_OIDC_CLIENT_ID: 'as what the pages for staff are known there',
  MUNIM_OIDC_CLIENT_SECRET: 'its secret there; a public client has none',
  MUNIM_ADMIN_HOST:
    'address of /healthz, /readyz and /metrics of a process. They ask for no password: ' +
    'beyond this machine, let only your own network reach them',
  MUNIM_ADMIN_PORT: 'port of the same; 0 takes any free one and logs it',
  MUNIM_DATABASE_CONNECTIONS: 'connections of one process to PostgreSQL, at most',
  MUNIM_CONCURRENCY: 'jobs of one queue side by side in one process',
  MUNIM_LOG_LEVEL: 'what is logged; the access log is written at info',
  MUNIM_TRUSTED_PROXIES:
    'addresses or networks of your proxies in front of API and pages, with commas; X-Forwarded-For is believed ' +
    'only from them',
  MUNIM_ENCRYPTION_KEYS:
    'keys that seal personal data, `id:base64` of 32 random bytes each, the newest first',
  MUNIM_OTHER_BLIND_INDEX_KEY: 'a second one, while the first is replaced: both are looked for',
  MUNIM_BLIND_INDEX_KEY:
    '32 random bytes in base64; finds sealed data again. Replaced as docs/runbooks/keys.md says',
  MUNIM_CURSOR_KEY: '32 random bytes in base64; signs the cursors of lists',
  MUNIM_AUDIT_KEYS:
    'keys that sign the heads of the audit log and of the seal of the ledger each day, `id:base64` of 32 random ' +
    `bytes each, the newest first. Only ${SIGNING_PROCESSES.map((name) => `\`${name}\``).join(' and ')} need them`,
  MUNIM_SMTP_URL:
    'mail server: smtps://user:password@host:465, or smtp://…:587 with STARTTLS. Only `maintenance` needs it',
  MUNIM_MAIL_FROM: 'who mails come from: an address, or a name and <an address>',
  MUNIM_PLIVO_AUTH_ID: 'sends SMS: id of the account',
  MUNIM_PLIVO_AUTH_TOKEN: 'token of the account; it also signs delivery reports, so `api` needs it too',
  MUNIM_PLIVO_HEADER: 'the header that is registered with the operators (DLT)',
  MUNIM_PLIVO_ENTITY_ID: 'the id of the entity there (DLT)',
  MUNIM_PLIVO_REPORT_URL:
    'where Plivo finds /delivery-reports/plivo of the API: https, and on a public host in production',
  MUNIM_OUTBOX_DIR:
    'for development: folder into which messages are written that nobody sends; /ops/inbox shows them. ' +
    'Refused in production',
  MUNIM_TLS_CERT: 'file with the certificate of API and pages; a renewed one is taken without a restart',
  MUNIM_TLS_KEY: 'file with its key',
  MUNIM_DOCUMENTS_DIR:
    'directory in which documents of KYC are kept, sealed: one that no web server knows, the same for every process. ' +
    'Without it and without a storage no document is taken',
  MUNIM_DOCUMENTS_S3_ENDPOINT: 'in its place an S3-compatible storage: its address',
  MUNIM_DOCUMENTS_S3_BUCKET: 'its bucket, which nobody else may read',
  MUNIM_DOCUMENTS_S3_REGION: 'its region, in India',
  MUNIM_DOCUMENTS_S3_KEY_ID: 'the id of the key that may put, get and delete objects there',
  MUNIM_DOCUMENTS_S3_SECRET: 'that key',
  MUNIM_REHEARSAL:
    'a rehearsal of production with the sandbox as provider; refused together with live keys (docs/runbooks/first-day.md)',
  MUNIM_KILL_POINTS: 'for tests: file in which stops at named points are noted. Refused in production',
  MUNIM_RAZORPAYX_KEY_ID: 'id of the API key',
  MUNIM_RAZORPAYX_PREVIOUS_WEBHOOK_SECRET: 'the secret of before, for a day after a change',
  MUNIM_RAZORPAYX_ACCOUNT_NUMBER: 'account that pays',
  MUNIM_RAZORPAYX_ACCOUNT_TYPE:
    'what that account is: `current_account` (also an escrow account; its fees are collected once a day) or `razorpayx_lite`',
  MUNIM_RAZORPAY_KEY_ID: 'id of the API key of the payment gateway; the checkout shows it',
  MUNIM_RAZORPAY_PREVIOUS_WEBHOOK_SECRET: 'the secret of before, for a day after a change',
  MUNIM_RAZORPAY_CHECKOUT_URL:
    'the page of yours that shows its checkout for an order; https, and on a public host in production',
  MUNIM_CASHFREE_WEBHOOK_SECRET:
    'the oldest active client secret, under which it signs its webhooks, where that is not the one of the calls',
  MUNIM_CASHFREE_API_VERSION: 'version of its API, a day; 2024-01-01 without it',
  MUNIM_CASHFREE_PUBLIC_KEY:
    'its public key, PEM, which seals the `X-Cf-Signature` of machines whose addresses are not on its list',
  MUNIM_CASHFREE_FUNDSOURCE_ID: 'the source that pays, where it is not the default of the account',
  MUNIM_EKO_INITIATOR_ID: 'mobile number under which the organisation is known',
  MUNIM_EKO_USER_CODE: 'the code of the organisation',
  MUNIM_EKO_AADHAAR_KEY: 'the public key that encrypts Aadhaar numbers, PEM',
  MUNIM_SETU_PARTNER_ID: 'the id as a partner',
  MUNIM_SETU_PRODUCT_INSTANCE_ID: 'the id of the product',
};

const BY_ENDING: readonly (readonly [RegExp, string])[] = [
  [/_BASE_URL$/, 'address of its API; https, and on a public host in production'],
  [/_(?:API|DEVELOPER|ACCESS)_KEY$/, 'key of its API'],
  [/_WEBHOOK_SECRET$|_CALLBACK_SECRET$/, 'secret under which it signs its callbacks'],
  [/_CALLBACK_TOKEN$/, 'unguessable end of the address of its callbacks: /callbacks/{provider}/{token}'],
  [
    /_CALLBACK_ADDRESSES$/,
    'addresses or networks from which it posts callbacks, with commas; without them from anywhere',
  ],
  [/_CLIENT_ID$/, 'name of the client'],
  [/_(?:KEY_)?SECRET$/, 'secret of the client'],
];

interface Described {
  type: string;
  flags?: { default?: string | number; presence?: string; only?: boolean; description?: string };
  allow?: unknown[];
  rules?: { name: string; args?: Record<string, unknown> }[];
  whens?: { then?: Described; otherwise?: Described }[];
}

export interface SettingRow {
  name: string;
  meaning: string;
  rule: string;
  default: string;
}

/** Every setting of the processes, in the order of the schema. */
export function settingRows(): SettingRow[] {
  const { keys } = CONFIG_SCHEMA.describe() as { keys: Record<string, Described> };
  const present = Object.entries(keys).filter(([, { flags }]) => flags?.presence !== 'forbidden');
  return present.map(([name, described]) => ({
    name,
    meaning:
      described.flags?.description ??
      MEANINGS[name] ??
      BY_ENDING.find(([ending]) => ending.test(name))?.[1] ??
      '',
    rule: ruleOf(name, described),
    default: defaultOf(described),
  }));
}

function ruleOf(name: string, described: Described): string {
  const parts = [
    ...(described.flags?.only === true ? [(described.allow ?? []).map(String).join(', ')] : []),
    ...(described.type === 'number' ? [rangeOf(described)] : []),
    ...(SECRETS.has(name) ? [`secret; also as ${name}_FILE`] : []),
  ];
  return parts.join('; ');
}

function rangeOf({ rules = [] }: Described): string {
  const limit = (name: string): unknown => rules.find((rule) => rule.name === name)?.args?.limit;
  return `${String(limit('min'))} to ${String(limit('max'))}`;
}

function defaultOf({ flags, whens }: Described): string {
  if (flags?.default !== undefined) return `\`${String(flags.default)}\``;
  if (flags?.presence === 'required') return 'required';
  const later = whens?.[0]?.otherwise?.flags?.default;
  return later === undefined ? '' : `\`${String(later)}\``;
}
