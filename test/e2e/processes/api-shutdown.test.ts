/**
 * A rolling deploy, as the terminal sees it: the API is told to stop while Eko takes its time, longer than
 * other processes have to drain.
 */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { makeKnex } from '../../../platform/database';
import { startStack, type Stack } from '../../../scripts/stack/stack';
import { becomeStackAgent, freshFinger, PLACE } from '../../support/aeps-stack';
import { freshAadhaar } from '../../support/aeps-world';
import { freshDatabase, type TestDatabase } from '../../support/database';
import { until } from '../../support/until';
import { startSlowProxy, type SlowProxy } from '../../support/slow-proxy';

const EKO_TAKES_MS = 21_000;

let database: TestDatabase;
let dataDir: string;
let proxy: SlowProxy;
let stack: Stack;

beforeAll(async () => {
  database = await freshDatabase();
  const knex = makeKnex(database.url, { max: 1, applicationName: 'munim-test' });
  // The deadline of production, under the timings of development.
  await knex.raw(`insert into aeps_timings select 'development', '2026-01-02', 60000, 2000,
    acknowledge_within_ms, dormant_after_days, kyc_otp_life_ms, kyc_otp_gap_ms, shop_radius_m, customer_day_count,
    night_from_hour, night_to_hour
    from aeps_timings where profile = 'development'`);
  await knex.destroy();
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-api-shutdown-'));
  proxy = await startSlowProxy();
  stack = await startStack({
    dataDir,
    databaseUrl: database.appUrl,
    migrateDatabaseUrl: database.migrateUrl,
    ports: 'free',
    restart: { firstMs: 50 },
    processes: { ledger: 0, dispatch: 0, polling: 0, callbacks: 0, ops: 0, maintenance: 0 },
    processEnv: { api: { MUNIM_EKO_BASE_URL: `${proxy.url}/ekoapi/v3` } },
  });
  proxy.target = stack.urls.sandbox;
  await becomeStackAgent(stack);
});
afterAll(async () => {
  await stack?.stop(5_000);
  await proxy?.close();
  await database?.drop();
  fs.rmSync(dataDir, { recursive: true, force: true });
});

const call = (
  method: string,
  url: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<Response> =>
  fetch(stack.urls.api + url, {
    method,
    headers: { authorization: `Bearer ${stack.apiKey}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

test(
  'SIGTERM while a withdrawal is under way: the process is not ready and takes nothing new, ' +
    'and the terminal gets its answer after 21 s',
  async () => {
    proxy.slow('/cash-withdrawl/', EKO_TAKES_MS);
    const payout = await call(
      'POST',
      '/v1/payouts',
      {
        amount: 150_000,
        currency: 'INR',
        beneficiary: { name: 'Test Beneficiary', account_number: '001111220000', ifsc: 'HDFC0000053' },
        mode: 'IMPS',
        reference: 'shutdown-1',
        narration: 'Munim test',
      },
      { 'idempotency-key': randomUUID() },
    );
    const { id } = (await payout.json()) as { id: string };
    const [pid] = stack.pids().api!;
    const terminal = call(
      'POST',
      '/v1/aeps/withdrawals',
      {
        amount: 300_000,
        currency: 'INR',
        reference: 'till-shutdown',
        customer: { mobile: '9123450000', bank: 'SBIN' },
        terminal: { id: 'till-7', latlong: PLACE },
        aadhaar: freshAadhaar(),
        pid: freshFinger(),
      },
      { 'idempotency-key': randomUUID() },
    );
    const waits = call('GET', `/v1/transactions/${id}`, undefined, { prefer: 'wait=10' }); // no worker runs: it waits for all of its time
    await until(
      () => proxy.held(),
      (held) => held === 1,
    );
    const asked = performance.now();
    expect(stack.kill('api', 'SIGTERM')).toEqual([pid]);
    await until(
      async () => (await fetch(`${stack.urls.admin.api!}/readyz`)).status,
      (status) => status === 503,
    );
    await expect(fetch(`${stack.urls.api}/healthz`, { headers: { connection: 'close' } })).rejects.toThrow(
      'fetch failed',
    );

    const waited = await waits;
    expect([waited.status, waited.headers.get('connection'), await waited.json()]).toEqual([
      200,
      'close',
      expect.objectContaining({ id, status: 'PENDING' }),
    ]);
    const answer = await terminal;
    expect([answer.status, answer.headers.get('connection'), await answer.json()]).toEqual([
      200,
      'close',
      expect.objectContaining({ status: 'SUCCESS', instruction: 'hand_out_cash' }),
    ]);
    expect(performance.now() - asked).toBeGreaterThan(EKO_TAKES_MS - 3_000);
    await until(
      () => stack.pids().api,
      (pids) => pids?.[0] !== pid,
    ); // it goes as soon as nothing is owed
  },
);

test('with nothing under way it stops at once, whatever is still connected', async () => {
  await stack.ready(30_000);
  await (await call('GET', '/v1/wallets', undefined, {})).text(); // leaves a connection that is kept
  const started = performance.now();
  await stack.stopProcesses('api', 90_000);
  expect(performance.now() - started).toBeLessThan(30_000); // held up, it would take all of its 85 s
});
