/** `npm start` as a newcomer meets it: the real processes, on the embedded PostgreSQL, in a folder of their own. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { identify, isRunning, type ProcessIdentity } from '../../../scripts/stack/process-identity';
import { until } from '../../support/until';
import type { DevFile } from '../../../scripts/stack/run-lock';

const LAUNCH = 'scripts/launch.mjs';

interface Started {
  process: ChildProcess;
  output: () => string;
  exit: Promise<number | NodeJS.Signals | null>;
}

let dataDir: string;
let current: Started | undefined;

beforeAll(() => {
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-start-'));
});

afterAll(async () => {
  current?.process.kill('SIGTERM');
  await current?.exit;
  spawnSync(process.execPath, [LAUNCH, 'reset', '--data', dataDir]);
  fs.rmSync(dataDir, { recursive: true, force: true });
});

function run(...args: string[]): Started {
  const { DATABASE_URL: _database, REDIS_URL: _redis, ...env } = process.env;
  const child = spawn(process.execPath, [LAUNCH, ...args, '--data', dataDir], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  const exit = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => {
      resolve(signal ?? code);
    });
  });
  return { process: child, output: () => text, exit };
}

async function started(): Promise<Started> {
  const begun = run('start', '--free-ports');
  current = begun;
  await until(() => /Ctrl-C stops everything/.test(begun.output()) || begun.process.exitCode !== null);
  if (begun.process.exitCode !== null) throw new Error(begun.output());
  return begun;
}

const dev = (): DevFile => JSON.parse(fs.readFileSync(path.join(dataDir, 'dev.json'), 'utf8')) as DevFile;
const children = (): ProcessIdentity[] =>
  JSON.parse(fs.readFileSync(path.join(dataDir, 'children.json'), 'utf8')) as ProcessIdentity[];

/** The snippet of the screen, as a shell gets it. */
function snippet(screen: string): string {
  const [, lines] = /as often as you like:\n\n([^]*?)\n\nNext:/.exec(screen) ?? [];
  if (!lines) throw new Error(`no snippet in: ${screen}`);
  return lines;
}

test('the screen names everything, and its curl works twice', async () => {
  const { output } = await started();
  const {
    api_url: api,
    ops_url: ops,
    sandbox_url: sandbox,
    sandbox_token: token,
    api_key: key,
    ops_email: email,
    ops_password: password,
    network = [],
    staff = [],
  } = dev();
  expect(new Set(network.map(({ type }) => type)).size).toBe(5);
  expect(staff.map(({ role }) => role)).toEqual(['admin', 'support', 'ops', 'finance']);
  for (const shown of [
    api,
    ops,
    sandbox,
    token,
    key,
    email,
    password,
    ...network.flatMap((user) => [user.api_key, user.mobile, user.password, user.pin]),
    ...staff.map((one) => one.password),
    'on PostgreSQL. To run them on Redis: REDIS_URL=',
    'time-out 2 s',
  ])
    expect(output()).toContain(shown);
  for (let i = 0; i < 2; i += 1) {
    const shell = spawnSync('sh', ['-c', snippet(output())], { encoding: 'utf8', timeout: 20_000 });
    expect(JSON.parse(shell.stdout)).toMatchObject({
      object: 'transaction',
      service: 'payout',
      status: 'SUCCESS',
      amount: 150_000,
      utr: expect.stringMatching(/./),
    });
  }
});

test('a second start says what runs and ends well; reset refuses', async () => {
  const second = run('start', '--free-ports');
  expect(await second.exit).toBe(0);
  expect(second.output()).toContain(`already runs here (process ${current!.process.pid})`);
  expect(second.output()).toContain(dev().api_url);
  const reset = run('reset');
  expect(await reset.exit).toBe(1);
  expect(reset.output()).toMatch(/stop it first/);
});

test('after kill -9 the children end within 2 s, and the next start recovers, data and keys included', async () => {
  const before = dev();
  const left = children();
  expect(left.length).toBeGreaterThanOrEqual(8);
  current!.process.kill('SIGKILL');
  await current!.exit;
  await until(() => !left.some(isRunning));

  const { output } = await started();
  const list = await fetch(`${dev().api_url}/v1/transactions`, {
    headers: { authorization: `Bearer ${before.api_key}` },
  });
  expect(((await list.json()) as { data: unknown[] }).data).toHaveLength(2);
  expect(output()).not.toMatch(/ended \(/);
});

test('SIGTERM ends everything, PostgreSQL last, with exit code 0', async () => {
  const all = children();
  current!.process.kill('SIGTERM');
  expect(await current!.exit).toBe(0);
  expect(all.filter(isRunning)).toEqual([]);
  const postmaster = path.join(dataDir, 'postgres', 'postmaster.pid');
  expect(
    fs.existsSync(postmaster) &&
      identify(Number(fs.readFileSync(postmaster, 'utf8').split('\n')[0])) !== undefined,
  ).toBe(false);
  expect(current!.output()).toContain('Munim has stopped.');
});

test('reset clears the folder', async () => {
  const reset = run('reset');
  expect(await reset.exit).toBe(0);
  expect(fs.existsSync(dataDir)).toBe(false);
});
