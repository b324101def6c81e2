import type { AccountId, UserId } from '../../domain/ids/ids';
/** AEPS over HTTP on a real database, with a clock that a test moves and a provider that a test scripts. Workers are run by hand. */
import { createAccess } from '../../domain/access/access';
import { createKeptGrants } from '../../domain/access/grants';
import { createNetwork } from '../../domain/access/network';
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { createApi, type ApiDependencies } from '../../api/app';
import type { Aeps } from '../../domain/aeps/aeps';
import { createApiKey, createAuthenticator } from '../../domain/auth/api-keys';
import { SCOPES } from '../../domain/services/services';
import type { PolicyProfile } from '../../domain/policies/policies';
import { createWaiting } from '../../domain/transactions/waiting';
import { createAppUser, type AppUser } from '../../domain/users/users';
import { createWalletReader } from '../../domain/wallets/read';
import { businessDate, FakeClock } from '../../platform/clock';
import { createCursors } from '../../domain/errors/cursor';
import { execute, makeKnex, rows } from '../../platform/database';
import { systemIds } from '../../platform/ids';
import { createLog } from '../../platform/logger';
import { createMetrics } from '../../platform/metrics';
import { hasVerhoeffCheck } from '../../domain/india/aadhaar';
import { notAsDescribed, watched } from './described-answers';
import { freshDatabase } from './database';
import { NO_LIMITS } from './no-limits';
import { createPatientServer, PATIENT_TIMES } from './patient-times';
import type { Reply } from './platform';
import { createScriptedAeps } from './scripted-aeps';
import { startProcess, type Points } from './world';

/** The other services are mounted, and nobody calls them. */
const nobody: object = new Proxy({}, { get: () => nobody });
const ABSENT = Object.fromEntries(
  [
    'moneyTransfer',
    'bbps',
    'rechargeDesk',
    'acceptRecharges',
    'recharges',
    'acceptPayouts',
    'callbackReceiver',
  ].map((name) => [name, nobody]),
);

export type AepsWorld = Awaited<ReturnType<typeof createAepsWorld>>;
export type Agent = AppUser & { apiKey: string; userCode: string; aepsAccountId: AccountId };

/** In the middle of Nagpur, by day. */
export const SHOP = '21.145800,79.088200';

export interface AepsWorldOptions {
  profile?: PolicyProfile;
  aadhaarPay?: boolean;
  connections?: number;
  /** Where amounts are not the point: no withdrawal needs a one-time password. */
  withoutOtps?: boolean;
}

export async function createAepsWorld(options: AepsWorldOptions = {}) {
  const database = await freshDatabase();
  const clock = new FakeClock();
  const connector = createScriptedAeps(options);
  const points: Pick<Points, 'aeps'> = {};
  const ids = systemIds;
  const process = await startProcess({
    databaseUrl: database.appUrl,
    clock,
    connector,
    ids,
    keys: { encryption: randomBytes(32), digest: randomBytes(32) },
    profile: options.profile ?? 'production',
    connections: options.connections ?? 10,
    points,
    ledger: {},
  });
  const {
    knex: processKnex,
    aeps,
    policies,
    poller,
    sender,
    settler,
    holds,
    ledger,
    recorder,
    transactions,
    digest,
    cipher,
  } = process;
  // of the superuser, who may do to the tables what no process may
  const knex = makeKnex(database.url, { max: 4, applicationName: 'munim-test' });
  if (options.withoutOtps === true) {
    await execute(knex, 'update aeps_otp_rules set above_paise = 1000000');
    await aeps.policies.refresh();
  }
  const waiting = createWaiting({ databaseUrl: database.appUrl });
  const logged: string[] = [];
  const log = createLog({
    process: 'test',
    level: 'debug',
    destination: new Writable({
      write(chunk: Buffer, _encoding, done) {
        logged.push(chunk.toString('utf8'));
        done();
      },
    }),
  });
  const woken: unknown[] = [];
  const api = createApi({
    ...ABSENT,
    ids,
    log,
    metrics: createMetrics('test'),
    authenticator: createAuthenticator({ knex: processKnex, clock }),
    access: createAccess({
      grants: createKeptGrants({ knex: processKnex }),
      network: createNetwork({ knex: processKnex }),
    }),
    transactions,
    disputes: process.disputes,
    wallets: createWalletReader({
      knex: processKnex,
      lists: processKnex,
      cursors: createCursors(randomBytes(32)),
    }),
    waiting,
    aeps,
    limits: NO_LIMITS,
    wake: async (jobs: readonly unknown[]) => {
      woken.push(...jobs);
    },
    announce: () => undefined,
    health: { check: async () => ({ ready: true }) },
    timeLimits: PATIENT_TIMES,
  } as unknown as ApiDependencies);
  const respond = api.callback();
  const mistakes: string[] = [];
  const server = createPatientServer(
    watched(
      (req, res) => void respond(req, res),
      (mistake) => mistakes.push(mistake),
    ),
  );
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let agents = 0;
  async function userWithoutTerminals(): Promise<AppUser & { apiKey: string }> {
    const user = await knex.transaction((trx) => createAppUser(trx, ids, { name: 'Test Trader' }));
    const { secret } = await createApiKey(knex, ids, { userId: user.userId, mode: 'test', scopes: SCOPES });
    return { ...user, apiKey: secret };
  }

  const world = {
    database,
    knex,
    clock,
    connector,
    points,
    /** The domain as a whole. */
    first: process,
    aeps,
    captures: process.captures,
    policies,
    poller,
    sender,
    settler,
    holds,
    ledger,
    recorder,
    logged,
    woken,
    digest,
    cipher,
    async call(
      method: string,
      path: string,
      o: { key?: string; body?: unknown; headers?: Record<string, string> } = {},
    ): Promise<Reply> {
      const response = await fetch(url + path, {
        method,
        headers: {
          ...(o.key === undefined ? {} : { authorization: `Bearer ${o.key}` }),
          ...(o.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...o.headers,
        },
        body:
          o.body === undefined
            ? undefined
            : typeof o.body === 'string' || Buffer.isBuffer(o.body)
              ? o.body
              : JSON.stringify(o.body),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        text,
        body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {},
      };
    },
    async user(): Promise<AppUser & { apiKey: string }> {
      const user = await userWithoutTerminals();
      for (const id of TERMINALS) await aeps.terminals.register(user.userId, id, 'test');
      return user;
    },
    /** An agent who may serve customers today, made by the calls that make one. */
    async agent(): Promise<Agent> {
      const user = await userWithoutTerminals();
      const userCode = `10${(agents += 1).toString().padStart(6, '0')}`;
      await activateAgent(aeps, user.userId, userCode);
      const [wallet] = await rows<{ accountId: AccountId }>(
        knex,
        'select account_id as "accountId" from wallets where user_id = ? and kind = \'aeps\'',
        [user.userId],
      );
      return { ...user, userCode, aepsAccountId: wallet!.accountId };
    },
    /** Verified for the present day, without the provider. */
    async today(agent: AppUser): Promise<void> {
      await execute(
        knex,
        'insert into aeps_daily_kyc (user_id, business_date, verified_at) values (?, ?::date, ?) on conflict do nothing',
        [agent.userId, businessDate(clock.now()), clock.now()],
      );
    },
    withdraw: (
      agent: { apiKey: string },
      fields: Record<string, unknown> = {},
      key: string = randomUUID(),
      path = 'withdrawals',
    ): Promise<Reply> =>
      world.call('POST', `/v1/aeps/${path}`, {
        key: agent.apiKey,
        body: { ...orderBody(), ...fields },
        headers: { 'idempotency-key': key },
      }),
    /** Asks for the one-time password of a withdrawal of 6,000 rupees. */
    askOtp: (
      agent: { apiKey: string },
      fields: Record<string, unknown> = {},
      key: string = randomUUID(),
    ): Promise<Reply> => {
      const { reference: _reference, pid: _pid, ...rest } = orderBody();
      return world.call('POST', '/v1/aeps/withdrawal-otps', {
        key: agent.apiKey,
        body: { ...rest, amount: 600_000, ...fields },
        headers: { 'idempotency-key': key },
      });
    },
    /** Asks the provider, as a polling worker would, and settles. */
    async poll(id: string): Promise<void> {
      clock.advance(10);
      const report = await poller.poll([id]);
      if (report.errors.length > 0) throw report.errors[0]!;
      await settler.settle([id]);
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await waiting.close();
      await Promise.all([process.close(), knex.destroy()]);
      await database.dropBeside();
      if (mistakes.length > 0) throw new Error(notAsDescribed(mistakes));
    },
  };
  return world;
}

/** Makes a user an agent by the calls that make one: activation, one-time and daily verification. */
export async function activateAgent(
  { agents, terminals }: Pick<Aeps, 'agents' | 'terminals'>,
  userId: UserId,
  userCode: string,
): Promise<void> {
  // A phone of its own: one-time passwords are counted by phone.
  const at = { mobile: `90${userCode}`, latlong: SHOP, aadhaar: AADHAAR };
  for (const id of TERMINALS) await terminals.register(userId, id, 'test');
  await agents.activate(userId, {
    userCode,
    deviceModel: 'L1',
    deviceNumber: '1',
    accountNumber: '000111220000',
    ifsc: 'HDFC0000053',
    shopType: '4215',
    pan: 'ABCPE1234F',
    aadhaar: AADHAAR,
    officeAddress: 'Shop 1',
    proofAddress: 'Shop 1',
    latlong: SHOP,
    aadhaarFront: Buffer.from('x'),
    aadhaarBack: Buffer.from('x'),
    panCard: Buffer.from('x'),
  });
  await agents.sendOtp(userId, at);
  await agents.verifyOtp(userId, at, '123456');
  await agents.verifyBiometrics(userId, at, { bank: '607152', pid: freshPid() });
  await agents.verifyToday(userId, at, { bank: '607152', pid: freshPid() });
}

/** A number with the right check digit that was given to nobody. */
export const AADHAAR = '999941057058';
const PID =
  `<?xml version="1.0"?><PidData><Resp errCode="0"/><Skey ci="20280813">c2tleQ==</Skey><Data ` +
  `type="X">CAPTURE</Data></PidData>`;
let captures = 0;

/** A capture in form, a new one each time: a capture is used once. */
export function freshPid(): string {
  captures += 1;
  return PID.replace('CAPTURE', Buffer.from(`capture ${captures} `.padEnd(90, 'ABC')).toString('base64'));
}

/** The terminals of every user here. */
export const TERMINALS = Array.from({ length: 10 }, (_, i) => `term-${i}`);

/** A fresh Aadhaar number in form. */
export function freshAadhaar(): string {
  const head = `${randomInt(2, 10)}${Array.from({ length: 10 }, () => randomInt(10)).join('')}`;
  return Array.from({ length: 10 }, (_, d) => `${head}${d}`).find(hasVerhoeffCheck)!;
}

export function orderBody(): Record<string, unknown> {
  return {
    amount: 300_000,
    currency: 'INR',
    reference: `ref-${randomUUID().slice(0, 18)}`,
    customer: { mobile: '9000000002', bank: '607152' },
    terminal: { id: 'term-1', latlong: SHOP },
    aadhaar: AADHAAR,
    pid: freshPid(),
  };
}
