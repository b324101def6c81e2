/** AEPS over HTTP on a real database, with a clock that a test moves and a provider that a test scripts. Workers are run by hand. */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { createApi, type ApiDependencies } from '../../api/app';
import { createAeps, type AepsDependencies } from '../../domain/aeps/aeps';
import { createAepsDispatch } from '../../domain/aeps/dispatch';
import { createAepsRules } from '../../domain/aeps/rules';
import { createApiKey, createAuthenticator, SCOPES } from '../../domain/auth/api-keys';
import { createPoller } from '../../domain/dispatch/poll';
import { createSender } from '../../domain/dispatch/send';
import { createAccountDirectory } from '../../domain/ledger/accounts';
import { createLedger } from '../../domain/ledger/post';
import { createPolicies, type PolicyProfile } from '../../domain/policies/policies';
import { createHolds } from '../../domain/transactions/hold';
import { createTransactionReader } from '../../domain/transactions/read';
import { createOutcomeRecorder } from '../../domain/transactions/record-outcome';
import { createSettler } from '../../domain/transactions/settle';
import { createWaiting } from '../../domain/transactions/waiting';
import { createAppUser, type AppUser } from '../../domain/users/users';
import { createWalletReader } from '../../domain/wallets/read';
import { businessDate, FakeClock } from '../../platform/clock';
import { createCursors } from '../../platform/cursor';
import { execute, makeKnex, rows } from '../../platform/database';
import { createFieldCipher, createKeyedDigest } from '../../platform/encryption';
import { systemIds } from '../../platform/ids';
import { createLog } from '../../platform/logger';
import { createMetrics } from '../../platform/metrics';
import { hasVerhoeffCheck } from '../../platform/verhoeff';
import { registryOf } from '../../providers/registry';
import { freshDatabase } from './database';
import type { Reply } from './platform';
import { AEPS_PROVIDER, createScriptedAeps } from './scripted-aeps';

/** The other services are mounted, and nobody calls them. */
const nobody: object = new Proxy({}, { get: () => nobody });
const ABSENT = Object.fromEntries(['moneyTransfer', 'bbps', 'rechargeDesk', 'acceptRecharges', 'recharges', 'acceptPayouts', 'callbackReceiver'].map((name) => [name, nobody]));

export type AepsWorld = Awaited<ReturnType<typeof createAepsWorld>>;
export type Agent = AppUser & { apiKey: string; userCode: string; aepsAccountId: bigint };

/** In the middle of Nagpur, by day. */
export const SHOP = '21.145800,79.088200';

export async function createAepsWorld(options: { profile?: PolicyProfile; aadhaarPay?: boolean; connections?: number } = {}) {
  const database = await freshDatabase();
  const clock = new FakeClock();
  const connector = createScriptedAeps(options);
  const points: { aeps?: AepsDependencies['onPoint'] } = {};
  const ids = systemIds;
  const knex = makeKnex(database.url, { max: options.connections ?? 10, applicationName: 'munim-test' });
  const profile = options.profile ?? 'production';
  const policies = await createPolicies({ knex, clock, profile });
  const providers = registryOf([connector]);
  const cipher = createFieldCipher({ keys: new Map([['test1', randomBytes(32)]]), activeKid: 'test1' });
  const digest = createKeyedDigest(randomBytes(32));
  const services = { aeps: createAepsRules({ accounts: createAccountDirectory({ knex }) }) };
  const dispatches = { aeps: createAepsDispatch() };
  const ledger = createLedger({ knex, clock });
  const recorder = createOutcomeRecorder({ knex, clock, ids });
  const holds = createHolds({ knex, ledger, clock, services });
  const settler = createSettler({ knex, ledger, clock, services, policies });
  const cursors = createCursors(randomBytes(32));
  const transactions = createTransactionReader({ knex, cursors, clock });
  const aeps = createAeps({ knex, clock, ids, cipher, digest, policies, providers, recorder, holds, settler, transactions, profile, provider: AEPS_PROVIDER, onPoint: (point) => points.aeps?.(point) });
  const poller = createPoller({ knex, clock, ids, policies, providers, dispatches, recorder });
  const sender = createSender({ knex, clock, ids, policies, providers, dispatches, recorder, holds });
  const waiting = createWaiting({ databaseUrl: database.url });
  const logged: string[] = [];
  const log = createLog({ process: 'test', level: 'debug', destination: new Writable({ write(chunk: Buffer, _encoding, done) { logged.push(chunk.toString('utf8')); done(); } }) });
  const woken: unknown[] = [];
  const api = createApi({
    ...ABSENT, ids, log, metrics: createMetrics('test'), authenticator: createAuthenticator({ knex, clock }), transactions, wallets: createWalletReader({ knex, cursors }), waiting, aeps, trustedProxyHops: 0,
    wake: async (jobs: readonly unknown[]) => { woken.push(...jobs); }, announce: () => undefined, health: { check: async () => ({ ready: true }) },
  } as unknown as ApiDependencies);
  const respond = api.callback();
  const server = http.createServer((req, res) => { void respond(req, res); });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let agents = 0;

  const world = {
    database, knex, clock, connector, points, aeps, policies, poller, sender, settler, holds, ledger, recorder, logged, woken, digest, cipher,
    async call(method: string, path: string, o: { key?: string; body?: unknown; headers?: Record<string, string> } = {}): Promise<Reply> {
      const response = await fetch(url + path, {
        method, headers: { ...(o.key === undefined ? {} : { authorization: `Bearer ${o.key}` }), ...(o.body === undefined ? {} : { 'content-type': 'application/json' }), ...o.headers },
        body: o.body === undefined ? undefined : typeof o.body === 'string' || Buffer.isBuffer(o.body) ? o.body : JSON.stringify(o.body),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, text, body: text.startsWith('{') ? JSON.parse(text) as Record<string, unknown> : {} };
    },
    async user(): Promise<AppUser & { apiKey: string }> {
      const user = await knex.transaction((trx) => createAppUser(trx, ids, { name: 'Test Trader' }));
      const { secret } = await createApiKey(knex, ids, { userId: user.userId, mode: 'test', scopes: SCOPES });
      return { ...user, apiKey: secret };
    },
    /** An agent who may serve customers today, made by the calls that make one. */
    async agent(): Promise<Agent> {
      const user = await world.user();
      const userCode = `10${(agents += 1).toString().padStart(6, '0')}`;
      const at = { mobile: '9000000001', latlong: SHOP, aadhaar: AADHAAR };
      await aeps.agents.activate(user.userId, { userCode, deviceModel: 'L1', deviceNumber: '1', accountNumber: '000111220000', ifsc: 'HDFC0000053', shopType: '4215', pan: 'ABCPE1234F', aadhaar: AADHAAR, officeAddress: 'Shop 1', proofAddress: 'Shop 1', latlong: SHOP, aadhaarFront: Buffer.from('x'), aadhaarBack: Buffer.from('x'), panCard: Buffer.from('x') });
      await aeps.agents.sendOtp(user.userId, at);
      await aeps.agents.verifyOtp(user.userId, at, '123456');
      await aeps.agents.verifyBiometrics(user.userId, at, '607152', PID);
      await aeps.agents.verifyToday(user.userId, at, '607152', PID);
      const [wallet] = await rows<{ accountId: bigint }>(knex, 'select account_id as "accountId" from wallets where user_id = ? and kind = \'aeps\'', [user.userId]);
      return { ...user, userCode, aepsAccountId: wallet!.accountId };
    },
    /** Verified for the present day, without the provider. */
    async today(agent: AppUser): Promise<void> { await execute(knex, 'insert into aeps_daily_kyc (user_id, business_date, verified_at) values (?, ?::date, ?) on conflict do nothing', [agent.userId, businessDate(clock.now()), clock.now()]); },
    withdraw: (agent: { apiKey: string }, fields: Record<string, unknown> = {}, key: string = randomUUID(), path = 'withdrawals'): Promise<Reply> => world.call('POST', `/v1/aeps/${path}`, { key: agent.apiKey, body: { ...orderBody(), ...fields }, headers: { 'idempotency-key': key } }),
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
      policies.close();
      await waiting.close();
      await ledger.drain();
      await knex.destroy();
      await database.drop();
    },
  };
  return world;
}

/** A number with the right check digit that was given to nobody. */
export const AADHAAR = '999941057058';
export const PID = `<?xml version="1.0"?><PidData><Resp errCode="0"/><Skey ci="20280813">c2tleQ==</Skey><Data type="X">${'QUJD'.repeat(30)}</Data></PidData>`;

/** A fresh Aadhaar number in form. */
export function freshAadhaar(): string {
  const head = `${randomInt(2, 10)}${Array.from({ length: 10 }, () => randomInt(10)).join('')}`;
  return Array.from({ length: 10 }, (_, d) => `${head}${d}`).find(hasVerhoeffCheck)!;
}

export function orderBody(): Record<string, unknown> {
  return { amount: 300_000, currency: 'INR', reference: `ref-${randomUUID().slice(0, 18)}`, customer: { mobile: '9000000002', bank: '607152' }, terminal: { id: 'term-1', latlong: SHOP }, aadhaar: AADHAAR, pid: PID };
}
