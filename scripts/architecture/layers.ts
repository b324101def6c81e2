/**
 * Which folder may import which. This table is the only place that says so: the lint rules
 * (`.oxlint-layers.json`) and the picture in `docs/architecture.md` are made from it by `npm run docs`, and a
 * test compares them.
 */
export interface Layer {
  folder: string;
  /** Folders that it may import, beside itself. */
  imports: readonly string[];
  /** Libraries that it must not know. */
  withoutLibraries?: readonly string[];
  /** Shown by the linter when a rule is broken. */
  rule: string;
}

const HTTP = ['koa', '@koa/*'];
const QUEUE = ['bullmq', 'ioredis'];
/** Only `platform/model.ts` knows it. */
const MODELS = ['objection'];

/** From the roof down to the ground. `scripts`, `bench` and tests may import anything and are not listed. */
export const LAYERS: readonly Layer[] = [
  {
    folder: 'composition',
    imports: ['providers', 'domain', 'platform'],
    withoutLibraries: [...HTTP, ...QUEUE],
    rule: 'composition/ builds the domain from its parts; only process entry files, tests and scripts use it.',
  },
  {
    folder: 'api',
    imports: ['jobs', 'domain', 'platform'],
    withoutLibraries: [...QUEUE, ...MODELS],
    rule: 'api/ may import jobs, domain and platform.',
  },
  {
    folder: 'workers',
    imports: ['jobs', 'domain', 'platform'],
    withoutLibraries: [...HTTP, 'knex'],
    rule: 'workers/ may import jobs, domain and platform.',
  },
  {
    folder: 'console',
    imports: ['domain', 'platform'],
    withoutLibraries: MODELS,
    rule: 'console/ may import domain and platform.',
  },
  {
    folder: 'jobs',
    imports: ['platform'],
    withoutLibraries: ['koa', 'knex', ...QUEUE],
    rule: 'jobs/ is pure data: it may import platform and Joi.',
  },
  {
    folder: 'providers',
    imports: ['domain', 'platform'],
    withoutLibraries: [...HTTP, ...QUEUE, 'knex'],
    rule: 'providers/ may import the ports of domain, and platform.',
  },
  {
    folder: 'domain',
    imports: ['platform'],
    withoutLibraries: [...HTTP, 'joi', ...QUEUE, ...MODELS],
    rule: 'domain/ may import platform only; it returns wake-ups, and the edge enqueues them.',
  },
  {
    folder: 'sandbox',
    imports: ['platform'],
    withoutLibraries: QUEUE,
    rule: 'sandbox/ may import platform only: it must not share code with the connectors that it checks.',
  },
  { folder: 'platform', imports: [], rule: 'platform/ knows no business noun.' },
];

/**
 * The folders of the table and those that may import anything. Nobody imports `migrations/` and `policies/`:
 * they are loaded by name.
 */
export const FOLDERS: readonly string[] = [
  ...LAYERS.map((layer) => layer.folder),
  'scripts',
  'bench',
  'test',
];

/** Entry files of processes: they may use `composition/` and everything below it. */
export const ENTRY_FILES: readonly string[] = ['api/main.ts', 'workers/main.ts', 'console/main.ts'];

/** The floors of `domain/`, ground first: a folder imports only folders on floors below its own. */
export const DOMAIN_FLOORS: readonly (readonly string[])[] = [
  ['api-log', 'audit', 'beneficiaries', 'errors', 'india', 'network', 'promises'],
  ['access', 'night', 'standings'],
  [
    'approvals',
    'auth',
    'calendar',
    'captures',
    'cases',
    'consents',
    'limits',
    'policies',
    'provider',
    'seal',
    'snapshots',
  ],
  [
    'banks',
    'lifecycle',
    'notifications',
    'otp',
    'routing',
    'safeguarding',
    'screening',
    'suspicions',
    'tokens',
    'validations',
  ],
  ['driving', 'intake', 'kyc', 'ledger', 'step-up', 'transactions', 'wallets'],
  [
    'compensation',
    'funds',
    'payees',
    'posting',
    'privacy',
    'statements',
    'transfers',
    'users',
    'wallet-controls',
  ],
  [
    'commissions',
    'decisions',
    'dispatch',
    'disputes',
    'gst',
    'night-books',
    'remittances',
    'reports',
    'sign-in',
  ],
  ['callbacks', 'reconciliation', 'refunds', 'reminders', 'restore', 'risk', 'service-definition'],
  ['aeps', 'bbps', 'collection', 'dmt', 'payouts', 'recharge'],
  ['settlements'],
  ['services'],
  ['keys', 'verification'],
];
