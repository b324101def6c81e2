/**
 * `npm run demo`: on a stack that runs, on both queue backends; on one of its own; and that it says so when
 * something is not as it should be.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { startRedis, type RedisServer } from '../../scripts/stack/redis-server';
import { callSandbox } from '../../scripts/stack/sandbox-control';
import { startStack, type Stack } from '../../scripts/stack/stack';
import { freshDatabase, type TestDatabase } from './database';
import type { QueueBackend } from './redis';

export interface Ran {
  code: number | null;
  output: string;
}

/** Runs the built demo; DATABASE_URL and REDIS_URL of the caller's shell are not passed on. */
export function runDemo(dataDir: string, ...args: string[]): Promise<Ran> {
  const child = spawn(
    process.execPath,
    ['dist/scripts/demo.js', '--data', dataDir, '--free-ports', ...args],
    { env: { PATH: process.env.PATH, HOME: process.env.HOME }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  return new Promise((resolve) => {
    child.once('close', (code) => {
      resolve({ code, output });
    });
  });
}

const AS_PAYOUTS = {
  '0000': 'SUCCESS',
  1111: 'FAILED',
  2222: 'SUCCESS',
  3333: 'FAILED',
  4444: 'REVERSED',
  5555: 'SUCCESS',
  6666: 'FAILED',
  7777: 'SUCCESS',
  8888: 'SUCCESS',
  9999: 'SUCCESS',
};
/** How each service's scenarios end where they end otherwise than those of payouts. */
const COUNTER: Readonly<Record<string, Record<string, string>>> = {
  'money transfer': { 3333: 'REFUNDED', 4444: 'REFUNDED', 7777: 'FAILED' },
  bill: {},
  recharge: {},
  withdrawal: {
    2222: 'SUCCESS|IN REVIEW',
    4444: 'REFUNDED',
    5555: 'SUCCESS|IN REVIEW',
    7777: 'FAILED',
    9999: 'SUCCESS|IN REVIEW',
  },
};

/** So many of each service and ending, each as it must be; of money transfers that succeed there are more. */
function expectCounter(output: string, each: number): void {
  for (const [service, ends] of Object.entries(COUNTER)) {
    for (const [ending, end] of Object.entries({ ...AS_PAYOUTS, ...ends })) {
      const count = service === 'money transfer' && ending === '0000' ? each + 3 : each;
      expect(output).toMatch(
        new RegExp(
          `^${service} +…${ending} .* ${count}  (?:(?:${end})(?: \\d+)?(?:, )?)+ +as expected `,
          'm',
        ),
      ); // `SUCCESS 2, IN REVIEW 1` where the deadline decides
    }
  }
}

export const demoFolder = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'munim-demo-'));

export function describeDemo(backend: QueueBackend): void {
  describe(`the demo beside a stack that runs, queues on ${backend}`, () => {
    const dataDir = demoFolder();
    let database: TestDatabase;
    let redis: RedisServer | undefined;
    let stack: Stack;

    beforeAll(async () => {
      database = await freshDatabase();
      // its own: the queues of a stack have one prefix
      redis = backend === 'redis' ? await startRedis({ dir: path.join(dataDir, 'redis') }) : undefined;
      stack = await startStack({
        dataDir,
        databaseUrl: database.appUrl,
        migrateDatabaseUrl: database.migrateUrl,
        redisUrl: redis?.url,
        ports: 'free',
      });
    });
    afterAll(async () => {
      await stack.stop();
      await redis?.stop();
      await database.drop();
      fs.rmSync(dataDir, { recursive: true, force: true });
    });

    it('P1 to P7: every scenario ends as the table says, and every book agrees', async () => {
      const { code, output } = await runDemo(dataDir, '--count', '40', '--counter', '1');
      expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
      expect(output).toContain(`queues on ${backend === 'redis' ? 'Redis' : 'PostgreSQL'}`);
      for (const [ending, status] of Object.entries(AS_PAYOUTS)) {
        expect(output).toMatch(new RegExp(`^…${ending} .* 4  ${status} +as expected `, 'm'));
      }
      expectCounter(output, 1);
      expect(output).toMatch(/^money transfer +…0000 .* 4 {2}SUCCESS/m); // one, and the three parts of a split one
      expect(output).toMatch(/^Eko, money transfers +13 +12 /m);
      expect(output).toMatch(/^Setu, bills +10 +10 /m);
      expect(output).toMatch(/^Setu, recharges +10 +10 /m);
      expect(output).toMatch(/^Eko, withdrawals +10 +9 /m);
      for (const by of ['5555', '6666', '9999']) expect(output).toMatch(new RegExp(`^…${by} .*poll$`, 'm'));
      expect(output).toMatch(/^total .*₹0\.00$/m);
      expect(output).toMatch(/requests to pay that it saw +44/);
      expect(output).toMatch(/^Munim Maharashtra +master distributor +8 +8 +8 +as expected$/m);
      expect(output).toMatch(/^Munim Nagpur +distributor +Munim Maharashtra +1 +1 +1 +as expected$/m);
      expect(output).toMatch(/^Munim Hadapsar +retailer +Munim Pune East +1 +0 +0 +as expected$/m);
      expect(output).toMatch(/The promises hold \(\d+ checks, none left out/);
      expect(output).toMatch(/All agree: 40 payouts and 43 transactions at the counter/);
      expect(output).not.toContain('\u001B');
    });

    it('shows every scenario again when it runs again at once: no agent is too fast', async () => {
      const { code, output } = await runDemo(dataDir, '--count', '1', '--counter', '3');
      expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
      expectCounter(output, 3);
      expect(output).toMatch(/All agree: 1 payouts and 123 transactions at the counter/);
      const client = new Client({ connectionString: database.url });
      await client.connect();
      const { rows } = await client.query<{ agents: number }>(
        'select count(distinct user_id)::int as agents from aeps_withdrawals',
      );
      await client.end();
      expect(rows).toEqual([{ agents: 4 }]); // the rule was met by none, rather than loosened
    });

    it('says so, and exits 1, when a payout ends in another way than its table says', async () => {
      await callSandbox(stack.urls.sandbox, '/scenarios', {
        method: 'POST',
        body: { match: { account_ending: '0000' }, scenario: '1111' },
      });
      const { code, output } = await runDemo(dataDir, '--count', '2', '--counter', '0');
      expect(output).toMatch(/^…0000 .*1 not SUCCESS/m);
      expect(output).toMatch(
        /Not everyone agrees:\n {2}…0000 demo-\d{7}-0000: ended as FAILED, not as SUCCESS/,
      );
      expect(code).toBe(1);
    });

    it('says so, and exits 1, when the books were wrong before', async () => {
      const client = new Client({ connectionString: database.url });
      await client.connect();
      await client.query(
        `
          set session_replication_role = replica; update ledger_accounts set credits_paise = credits_paise + 100
          where code = 'float:razorpayx'`,
      );
      await client.end();
      const { code, output } = await runDemo(dataDir, '--count', '1', '--counter', '0');
      expect(output).toMatch(/^P1 is broken: "all accounts together sum to zero"/m);
      expect(output).toMatch(/our float account, adjusted, differs from the statement by -100 paise/);
      expect(code).toBe(1);
    });
  });
}
