/** The first day: the commands of the page, in their order, from an empty database to a payout that succeeds. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { makeKnex, rows } from '../../../platform/database';
import { freePort } from '../../../scripts/stack/embedded-postgres';
import { ROOT } from '../../../scripts/stack/root';
import { freshDatabase, type TestDatabase } from '../../support/database';
import { queueBackends, redisUrl, type QueueBackend } from '../../support/redis';

const PAGE = path.join(ROOT, 'docs', 'runbooks', 'first-day.md');

let database: TestDatabase;
let dir: string;

beforeAll(async () => {
  database = await freshDatabase({ empty: true });
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-first-day-'));
});

afterAll(async () => {
  const pids = path.join(dir, 'pids');
  for (const pid of fs.existsSync(pids) ? fs.readFileSync(pids, 'utf8').split('\n').filter(Boolean) : [])
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      /* it has ended */
    }
  await database.drop();
  fs.rmSync(dir, { recursive: true, force: true });
});

/** The commands of the page as one script. The ports of the page may be taken here. */
async function scriptOfPage(): Promise<string> {
  const blocks = [...fs.readFileSync(PAGE, 'utf8').matchAll(/^```sh\n([^]*?)^```$/gm)].map((m) => m[1]!);
  const ports = { 3000: await freePort(), 3001: await freePort(), 4000: await freePort() };
  const moved = Object.entries(ports).reduce(
    (script, [port, free]) => script.replaceAll(new RegExp(`\\b${port}\\b`, 'g'), String(free)),
    blocks.join('\n'),
  );
  return `set -euo pipefail\n${moved}\nxargs kill < pids\nwait\n`;
}

async function runPage(
  backend: QueueBackend,
): Promise<{ code: number | null; said: string; complained: string }> {
  const child = spawn('bash', ['-c', await scriptOfPage()], {
    cwd: dir,
    env: {
      PATH: process.env.PATH,
      HOME: dir,
      RELEASE: ROOT,
      DATABASE_URL: database.appUrl,
      MIGRATE_URL: database.migrateUrl,
      ADMIN_URL: database.url,
      ...(backend === 'redis'
        ? { REDIS_URL: redisUrl(), MUNIM_QUEUE_PREFIX: `{first-day-${process.pid}}` }
        : {}),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let complained = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complained += text));
  const code = await new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  return { code, said, complained };
}

const backend = queueBackends().at(-1)!;

test(`by the commands of the page: two persons, money, a user, a payout that succeeds, a key that is refused, on ${backend}`, async () => {
  const { code, said, complained } = await runPage(backend);
  expect({ code, complained: code === 0 ? '' : complained }).toEqual({ code: 0, complained: '' });
  expect(said).toContain('SUCCESS');
  expect(said).toMatch(/^401$/m);
  expect(said).not.toContain(fs.readFileSync(path.join(dir, 'secrets', 'app-key'), 'utf8').trim());

  const knex = makeKnex(database.url, { max: 1 });
  try {
    const balances = await rows<{ code: string; balance: bigint }>(
      knex,
      `select regexp_replace(code, '[0-9a-f-]{36}', '…') as code, credits_paise - debits_paise as balance
      from ledger_accounts where code ~ '^(wallet|bank|float|capital)' order by code`,
      [],
    );
    expect(Object.fromEntries(balances.map((a) => [a.code, a.balance]))).toMatchObject({
      'bank:escrow': -(500_000_00n - 200_000_00n + 10_000_00n),
      'capital:owner': 500_000_00n,
      'wallet:…:main': 10_000_00n - 150_590n,
    });
    const actions = await rows<{ action: string }>(
      knex,
      "select distinct action from audit_log where outcome = 'succeeded' order by action",
      [],
    );
    expect(actions.map(({ action }) => action)).toEqual([
      'approval.approve',
      'approval.propose',
      'key.create',
      'key.revoke',
      'ops.authenticator_set',
      'ops.create',
      'ops.login',
      'user.create',
    ]);
  } finally {
    await knex.destroy();
  }
});
