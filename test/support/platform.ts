/** The whole platform in one process, on real stores: API, workers, sandbox. For tests of a path from end to end. */
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import type http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { Knex } from 'knex';
import { createApi } from '../../api/app';
import { timeLimitsOf, type TimeLimits } from '../../api/middleware/time-limit';
import { createApiServer } from '../../api/server';
import { createApiKey } from '../../domain/auth/api-keys';
import { SESSION_SCOPES } from '../../domain/services/services';
import type { Connector } from '../../domain/connectors';
import { accountCode, openAccounts } from '../../domain/ledger/accounts';
import { createWaiting, endedOf } from '../../domain/transactions/waiting';
import { createAppUser, type AppUser } from '../../domain/users/users';
import { compose, type Composition } from '../../composition/compose';
import { createLimits, type Limits } from '../../composition/limits';
import { loadConfig } from '../../composition/config';
import type { Networks } from '../../platform/addresses';
import { makeKnex } from '../../platform/database';
import { systemIds } from '../../platform/ids';
import type { AccessLog } from '../../platform/access-log';
import { silentLog, type Log } from '../../platform/logger';
import { createOutbox, type Outbox } from '../../platform/outbox';
import type { BreakerSettings } from '../../providers/call-guard';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/app';
import { startWorkers, WORKER_TYPES } from '../../workers/types';
import { CASHFREE, CASHFREE_PREFIX, cashfreeConfig } from './cashfree';
import { CHECKOUT_PATH, RAZORPAY, RAZORPAY_PREFIX, razorpayConfig } from './razorpay';
import { freshDatabase, type TestDatabase } from './database';
import { notAsDescribed, watched } from './described-answers';
import { ACCESS_KEY, DEVELOPER_KEY, ekoOptions, INITIATOR, USER_CODE } from './eko-sandbox';
import { SETU_KEYS } from './setu-scripted';
import { PATIENT_DATABASE, PATIENT_TIMES } from './patient-times';
import { until } from './until';
import { ACCOUNT, KEY_ID, KEY_SECRET, sandboxOptions, WEBHOOK_SECRET } from './sandbox';
import type { Clock } from '../../platform/clock';

export interface Reply {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
  text: string;
}

export interface Platform {
  c: Composition;
  /** Of the superuser, who may do to the tables what no process may; its processes have `c.knex`. */
  db: Knex;
  limits: Limits;
  sandbox: Sandbox;
  apiUrl: string;
  databaseUrl: string;
  /** What people were told, once a maintenance worker runs. */
  outbox: Outbox;
  /** Where the sandbox keeps its books. */
  sandboxDir: string;
  /** Makes a user with a funded wallet and a key. */
  user(fundsPaise: bigint): Promise<AppUser & { apiKey: string }>;
  call(
    method: string,
    url: string,
    options?: { key?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<Reply>;
  /** A payout to an account of this ending; fields may be overridden. */
  payout(
    apiKey: string,
    ending: string,
    fields?: Record<string, unknown>,
    idempotencyKey?: string,
  ): Promise<Reply>;
  /** Waits until the transaction has a final public status. */
  final(apiKey: string, id: string): Promise<Record<string, unknown>>;
  startWorker(type: string): { stop(): Promise<void> };
  /** The settings of its processes, as a command reads them. */
  environment: Record<string, string | undefined>;
  /** Ends every process and begins again in another database; the sandbox and the addresses stay. */
  moveTo(database: Pick<TestDatabase, 'url' | 'appUrl'>): Promise<void>;
  /** Where answers were not as the API describes them; closing throws for the first. */
  readonly mistakes: readonly string[];
  close(): Promise<void>;
}

export interface PlatformOptions {
  redisUrl?: string;
  workers?: readonly string[];
  sandbox?: Partial<SandboxOptions>;
  clock?: Clock;
  log?: Log;
  accessLog?: AccessLog;
  connectors?: readonly Connector[];
  /** When the breakers of providers open; as in production when it is missing. */
  breaker?: Partial<BreakerSettings>;
  /** Another way to the same database. */ through?: (
    databaseUrl: string,
    superuserUrl: string,
  ) => Promise<string>;
  /** Proxies that are believed. */ trustedProxies?: Networks;
  /** Production's, but for these; without them nothing is refused for being slow. */
  timeLimits?: Partial<TimeLimits>;
  /** From where providers may post, by name. */ callbackAddresses?: Readonly<Record<string, string>>;
  profile?: 'development' | 'production';
  /** With Setu in sandbox and configuration. */ setu?: boolean;
  /** With Eko. */ eko?: boolean;
  /** With Cashfree, to which payouts are sent. */ cashfree?: boolean;
  /** With Razorpay's payment gateway, by which collections go. */ razorpay?: boolean;
  /** A migrated database that is used instead of a new one; not dropped at the end. */ database?: Pick<
    TestDatabase,
    'url' | 'appUrl'
  >;
  /** Where messages to people are written; without it nobody is sent any. */ outboxDir?: string;
  /** Another way to the sandbox, for the connectors. */ between?: (sandboxUrl: string) => Promise<string>;
}

export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const database =
    options.database === undefined
      ? await freshDatabase()
      : { ...options.database, dropBeside: () => Promise.resolve() };
  const databaseUrl = (await options.through?.(database.appUrl, database.url)) ?? database.appUrl;
  const mistakes: string[] = [];
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-platform-'));
  let handler: http.RequestListener = (_req, res) => {
    res.writeHead(503).end();
  };
  const server = createApiServer({
    handler: (req, res) => {
      handler(req, res);
    },
    ids: systemIds,
    ...(options.accessLog === undefined ? {} : { accessLog: options.accessLog }),
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sandbox = await startSandbox({
    ...sandboxOptions(dir, `${apiUrl}/callbacks/razorpayx`),
    ...(options.setu === true ? { setu: setuSandbox(apiUrl) } : {}),
    ...(options.eko === true ? { eko: ekoOptions(`${apiUrl}/callbacks/eko/${EKO_TOKEN}`) } : {}),
    ...(options.cashfree === true ? { cashfree: cashfreeConfig(`${apiUrl}/callbacks/cashfree`) } : {}),
    ...(options.razorpay === true ? { razorpay: razorpayConfig(`${apiUrl}/callbacks/razorpay`) } : {}),
    ...options.sandbox,
  });
  const providers = (await options.between?.(sandbox.url)) ?? sandbox.url;
  const environment = {
    NODE_ENV: 'test',
    DATABASE_URL: databaseUrl,
    REDIS_URL: options.redisUrl,
    MUNIM_QUEUE_PREFIX: `{t${randomBytes(6).toString('hex')}}`,
    MUNIM_POLICY_PROFILE: options.profile ?? 'development',
    MUNIM_ENCRYPTION_KEYS: `test1:${randomBytes(32).toString('base64')}`,
    MUNIM_BLIND_INDEX_KEY: randomBytes(32).toString('base64'),
    MUNIM_CURSOR_KEY: randomBytes(32).toString('base64'),
    MUNIM_DOCUMENTS_DIR: path.join(dir, 'documents'),
    MUNIM_OUTBOX_DIR: options.outboxDir ?? path.join(dir, 'outbox'),
    MUNIM_RAZORPAYX_BASE_URL: `${providers}/v1`,
    MUNIM_RAZORPAYX_KEY_ID: KEY_ID,
    MUNIM_RAZORPAYX_KEY_SECRET: KEY_SECRET,
    MUNIM_RAZORPAYX_WEBHOOK_SECRET: WEBHOOK_SECRET,
    MUNIM_RAZORPAYX_ACCOUNT_NUMBER: ACCOUNT,
    MUNIM_RAZORPAYX_ACCOUNT_TYPE: options.sandbox?.accountType ?? 'razorpayx_lite',
    ...options.callbackAddresses,
    ...(options.setu === true ? setuEnvironment(providers) : {}),
    ...(options.eko === true ? ekoEnvironment(providers) : {}),
    ...(options.razorpay === true ? gatewayEnvironment(providers) : {}),
    ...(options.cashfree === true ? cashfreeEnvironment(providers) : {}),
  };
  const serve = async (at: string) => {
    const composed = await compose('test', loadConfig({ ...environment, DATABASE_URL: at }), {
      log: options.log ?? silentLog,
      ...(options.accessLog === undefined ? {} : { accessLog: options.accessLog }),
      clock: options.clock,
      connectors: options.connectors ?? [],
      ...(options.cashfree === true
        ? { routes: { payout: 'cashfree', dmt: 'eko', aeps: 'eko', collection: 'razorpay' } }
        : {}),
      ...(options.breaker === undefined ? {} : { breaker: options.breaker }),
      ...(options.timeLimits === undefined ? { database: PATIENT_DATABASE } : {}),
    });
    const limits = await createLimits(composed);
    const listening = createWaiting({
      databaseUrl: at,
      places: () => limits.rules.share('waits'),
      ended: (ids) => endedOf(composed.knex, ids),
    });
    const respond = createApi({
      ...composed,
      limits,
      waiting: listening,
      trustedProxies: options.trustedProxies,
      timeLimits:
        options.timeLimits === undefined
          ? PATIENT_TIMES
          : { ...timeLimitsOf(composed), ...options.timeLimits },
      showsDocs: true,
    }).callback();
    handler = watched(
      (req, res) => void respond(req, res),
      (mistake) => mistakes.push(mistake),
    );
    return { composed, listening, limits };
  };
  let { composed: c, listening: waiting, limits } = await serve(databaseUrl);
  let db = makeKnex(database.url, { max: 3, applicationName: 'munim-test' });
  let started = (options.workers ?? WORKER_TYPES).map((type) => startWorkers(type, c));
  const endProcesses = async (): Promise<void> => {
    await Promise.all(started.map((w) => w.stop()));
    started = [];
    await waiting.close();
    await limits.close();
    await Promise.all([c.close(), db.destroy()]);
  };

  const platform: Platform = {
    c,
    db,
    limits,
    sandbox,
    outbox: createOutbox(path.join(dir, 'outbox')),
    apiUrl,
    databaseUrl: database.url,
    sandboxDir: dir,
    environment,
    mistakes,
    async moveTo(at) {
      handler = (_req, res) => {
        res.writeHead(503).end();
      };
      await endProcesses();
      environment.DATABASE_URL = at.appUrl;
      ({ composed: c, listening: waiting, limits } = await serve(at.appUrl));
      db = makeKnex(at.url, { max: 3, applicationName: 'munim-test' });
      Object.assign(platform, { c, db, limits, databaseUrl: at.url });
    },
    startWorker: (type) => {
      const w = startWorkers(type, c);
      started.push(w);
      return w;
    },
    async user(fundsPaise) {
      const user = await c.knex.transaction((trx) => createAppUser(trx, c.ids, { name: 'Test Trader' }));
      await fund(c, user, fundsPaise);
      const { secret } = await createApiKey(c.knex, c.ids, {
        userId: user.userId,
        mode: 'test',
        scopes: SESSION_SCOPES,
      });
      return { ...user, apiKey: secret };
    },
    async call(method, url, { key, body, headers = {} } = {}) {
      const response = await fetch(apiUrl + url, {
        method,
        headers: {
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body:
          body === undefined
            ? undefined
            : typeof body === 'string' || Buffer.isBuffer(body)
              ? body
              : JSON.stringify(body),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        text,
        body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {},
      };
    },
    payout: (apiKey, ending, fields = {}, idempotencyKey = randomUUID()) =>
      platform.call('POST', '/v1/payouts', {
        key: apiKey,
        body: { ...payoutBody(ending), ...fields },
        headers: { 'idempotency-key': idempotencyKey },
      }),
    final: (apiKey, id) =>
      until(
        async () => {
          const headers = { prefer: 'wait=25' };
          return (await platform.call('GET', `/v1/transactions/${id}`, { key: apiKey, headers })).body;
        },
        (body) => body.status !== 'PENDING',
      ),
    async close() {
      await Promise.all(started.map((w) => w.stop()));
      started = [];
      server.close();
      server.closeAllConnections();
      await sandbox.close();
      await endProcesses();
      await database.dropBeside();
      fs.rmSync(dir, { recursive: true, force: true });
      if (mistakes.length > 0) throw new Error(notAsDescribed(mistakes));
    },
  };
  return platform;
}

function cashfreeEnvironment(url: string): Record<string, string> {
  return {
    MUNIM_CASHFREE_BASE_URL: `${url}${CASHFREE_PREFIX}`,
    MUNIM_CASHFREE_CLIENT_ID: CASHFREE.clientId,
    MUNIM_CASHFREE_CLIENT_SECRET: CASHFREE.clientSecret,
  };
}

function gatewayEnvironment(url: string): Record<string, string> {
  return {
    MUNIM_RAZORPAY_BASE_URL: `${url}${RAZORPAY_PREFIX}`,
    MUNIM_RAZORPAY_CHECKOUT_URL: `${url}${CHECKOUT_PATH}`,
    MUNIM_RAZORPAY_KEY_ID: RAZORPAY.keyId,
    MUNIM_RAZORPAY_KEY_SECRET: RAZORPAY.keySecret,
    MUNIM_RAZORPAY_WEBHOOK_SECRET: RAZORPAY.webhookSecret,
  };
}

export const SETU_TOKEN = randomBytes(18).toString('base64url');
function setuSandbox(apiUrl: string): NonNullable<SandboxOptions['setu']> {
  const callbackUrl = `${apiUrl}/callbacks/setu/${SETU_TOKEN}`;
  return {
    billpay: { ...SETU_KEYS.billpay, callbackUrl },
    recharge: { ...SETU_KEYS.recharge, callbackUrl },
    openingBalancePaise: 1_000_000_000_000n,
  };
}
function setuEnvironment(url: string): Record<string, string> {
  const { billpay, recharge } = SETU_KEYS;
  return {
    MUNIM_SETU_BILLPAY_BASE_URL: `${url}/setu-billpay`,
    MUNIM_SETU_BILLPAY_CLIENT_ID: billpay.clientId,
    MUNIM_SETU_BILLPAY_SECRET: billpay.secret,
    MUNIM_SETU_PARTNER_ID: billpay.partnerId,
    MUNIM_SETU_RECHARGE_BASE_URL: `${url}/setu-recharge`,
    MUNIM_SETU_ACCOUNTS_BASE_URL: `${url}/setu-accounts`,
    MUNIM_SETU_RECHARGE_CLIENT_ID: recharge.clientId,
    MUNIM_SETU_RECHARGE_SECRET: recharge.secret,
    MUNIM_SETU_PRODUCT_INSTANCE_ID: recharge.productInstanceId,
    MUNIM_SETU_CALLBACK_TOKEN: SETU_TOKEN,
  };
}

/** The unguessable part of Eko's callback address. */
export const EKO_TOKEN = randomBytes(18).toString('base64url');
function ekoEnvironment(url: string): Record<string, string> {
  return {
    MUNIM_EKO_BASE_URL: `${url}/ekoapi/v3`,
    MUNIM_EKO_DEVELOPER_KEY: DEVELOPER_KEY,
    MUNIM_EKO_ACCESS_KEY: ACCESS_KEY,
    MUNIM_EKO_INITIATOR_ID: INITIATOR,
    MUNIM_EKO_USER_CODE: USER_CODE,
    MUNIM_EKO_CALLBACK_TOKEN: EKO_TOKEN,
    MUNIM_EKO_AADHAAR_KEY: generateKeyPairSync('rsa', { modulusLength: 2_048 })
      .publicKey.export({ type: 'spki', format: 'pem' })
      .toString()
      .trim(),
  };
}

export function payoutBody(ending: string): Record<string, unknown> {
  return {
    amount: 150_000,
    currency: 'INR',
    beneficiary: { name: 'Test Beneficiary', account_number: `00111122${ending}`, ifsc: 'HDFC0000053' },
    mode: 'IMPS',
    reference: `ref-${randomUUID().slice(0, 18)}`,
    narration: 'Munim test',
  };
}

/** Money comes into a wallet by posting, from the bank. */
export async function fund(
  c: Pick<Composition, 'knex' | 'ledger' | 'ids'>,
  user: AppUser,
  amountPaise: bigint,
): Promise<void> {
  if (amountPaise === 0n) return;
  const bank = (await openAccounts(c.knex, [accountCode.bank('escrow')])).get(accountCode.bank('escrow'))!;
  await c.ledger.post({
    journal: {
      id: c.ids.uuid(),
      transactionId: null,
      transfers: [{ debitAccountId: bank, creditAccountId: user.accountId, amountPaise, code: 'funding' }],
    },
  });
}
