/** Starting, watching and stopping processes, with stand-ins that do no work (start.test.ts has the real ones). */
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { identify } from '../../../scripts/stack/process-identity';
import { parseScale, readProcfile } from '../../../scripts/stack/process-list';
import { findRunning } from '../../../scripts/stack/run-lock';
import { screen } from '../../../scripts/stack/screen';
import { startStack, StackRunningError, type Stack, type StackOptions } from '../../../scripts/stack/stack';
import { until } from '../../support/until';
import { freshDatabase, type TestDatabase } from '../../support/database';

const STUB = 'test/support/stub-process.mjs';
const stub = (name: string, behaviour = name) => ({ name, command: ['node', STUB, behaviour] });

let database: TestDatabase;
let dataDir: string;
let stack: Stack | undefined;
let said: string[];

beforeAll(async () => {
  database = await freshDatabase();
});

afterAll(async () => database.drop());

beforeEach(() => {
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-stack-'));
  said = [];
});

afterEach(async () => {
  await stack?.stop(1_000);
  stack = undefined;
  fs.rmSync(dataDir, { recursive: true, force: true });
});

async function start(options: Partial<StackOptions> = {}): Promise<Stack> {
  stack = await startStack({
    dataDir,
    databaseUrl: database.appUrl,
    migrateDatabaseUrl: database.migrateUrl,
    ports: 'free',
    commands: ['api', 'ops', 'ledger', 'sandbox'].map((name) => stub(name)),
    restart: { firstMs: 20 },
    seed: async () => ({
      apiKey: 'key',
      opsEmail: 'ops@example.com',
      network: [],
      staff: [],
      opsPassword: 'secret',
    }),
    say: (line) => {
      said.push(line);
    },
    ...options,
  });
  return stack;
}

test('all are ready, as many as asked for, and dev.json names them to its owner only', async () => {
  const s = await start({ processes: { ledger: 2, api: 2 } });
  expect(Object.fromEntries(Object.entries(s.pids()).map(([name, found]) => [name, found.length]))).toEqual({
    api: 2,
    ops: 1,
    ledger: 2,
    sandbox: 1,
  });
  expect(new Set(s.urls.apis).size).toBe(2);
  const file = path.join(dataDir, 'dev.json');
  expect(JSON.parse(fs.readFileSync(file, 'utf8'))).toEqual({
    api_url: s.urls.api,
    ops_url: s.urls.ops,
    sandbox_url: s.urls.sandbox,
    sandbox_token: expect.stringMatching(/^[\w-]{32}$/) as string,
    database_url: database.appUrl,
    redis_url: null,
    api_key: 'key',
    ops_email: 'ops@example.com',
    ops_password: 'secret',
    staff: [],
    network: [],
  });
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  expect(await findRunning(dataDir)).toMatchObject({ api_url: s.urls.api });
});

test('a port that is taken is replaced by a free one', async () => {
  const other = net.createServer();
  const taken = await new Promise<number>((resolve) => {
    other.listen(0, '127.0.0.1', () => {
      resolve((other.address() as net.AddressInfo).port);
    });
  });
  const s = await start({ ports: { api: taken, ops: taken, sandbox: 23_456, admin: 23_460 } });
  expect(s.urls.api).not.toContain(String(taken));
  expect(new Set([s.urls.api, s.urls.ops, s.urls.sandbox].map((url) => new URL(url).port)).size).toBe(3);
  expect((await fetch(s.urls.api)).status).toBe(200);
  const port = new URL(s.urls.api).port;
  expect(said[0]).toBe(
    `Port ${taken} is taken by another program: the API is at ${port} instead. Use the addresses below.`,
  );
  expect(screen({ dev: s.dev, dataDir, postgresDir: undefined, processes: undefined })).toMatch(
    new RegExp(`not on port 3000 here[^]*http://127.0.0.1:${port}/v1/payouts`),
  );
  other.close();
});

test('a process that dies comes back on its port, and one line says so', async () => {
  const s = await start();
  const before = s.pids().ledger;
  expect(s.kill('ledger', 'SIGKILL')).toEqual(before);
  await until(() => s.starts().ledger === 2);
  await s.ready();
  expect(s.pids().ledger).not.toEqual(before);
  expect((await fetch(`${s.urls.admin.ledger!}/readyz`)).status).toBe(200);
  expect(said).toEqual(['ledger ended (SIGKILL): starting it again in 0.02 s']);
});

test('with restarts off it stays down, and comes back when they are on again', async () => {
  const s = await start();
  s.setRestart(false);
  s.kill('ledger', 'SIGKILL');
  await until(() => s.pids().ledger!.length === 0 && said.length > 0);
  expect(said).toEqual(['ledger ended (SIGKILL)']);
  s.setRestart(true);
  await s.ready();
  expect(s.pids().ledger).toHaveLength(1);
});

test('a process that cannot start fails the start with the last lines of its log, and nothing is left', async () => {
  await expect(
    start({ commands: [stub('api'), stub('ledger', 'broken')], restart: { firstMs: 5, longestMs: 5 } }),
  ).rejects.toThrow(/ledger does not start[^]*the stub refuses to start/);
  expect(JSON.parse(fs.readFileSync(path.join(dataDir, 'children.json'), 'utf8'))).toEqual([]);
  await start(); // the folder is free again
});

test('stopping ends frozen processes too, and a folder has one stack at a time', async () => {
  const first = await start();
  const all = Object.values(first.pids()).flat();
  first.kill('ops', 'SIGSTOP');
  const second = startStack({
    dataDir,
    databaseUrl: database.appUrl,
    migrateDatabaseUrl: database.migrateUrl,
    commands: [],
  });
  await expect(second).rejects.toThrow(StackRunningError);
  await first.stop();
  expect(all.filter((pid) => identify(pid) !== undefined)).toEqual([]);
});

test('the start can be given up half-way', async () => {
  const abort = new AbortController();
  const starting = start({
    signal: abort.signal,
    commands: [stub('api'), { name: 'ledger', command: ['node', '-e', 'setInterval(() => {}, 1000)'] }],
  });
  const refused = starting.then(
    () => undefined,
    (error: Error) => error.message,
  );
  const file = path.join(dataDir, 'children.json');
  await until(
    () => fs.existsSync(file) && (JSON.parse(fs.readFileSync(file, 'utf8')) as unknown[]).length === 2,
  );
  abort.abort();
  expect(await refused).toMatch(/abort/i);
  expect(JSON.parse(fs.readFileSync(path.join(dataDir, 'children.json'), 'utf8'))).toEqual([]);
});

test('the Procfile and --scale are read strictly', () => {
  const names = readProcfile('Procfile').map(({ name }) => name);
  expect(names).toEqual([
    ...['api', 'ops', 'ledger', 'dispatch', 'callbacks', 'polling', 'maintenance', 'nightly'],
  ]);
  expect(parseScale('dispatch=2,ledger=0', names)).toEqual({ dispatch: 2, ledger: 0 });
  for (const wrong of ['dispatch', 'dispatch=', 'dispatch=-1', 'nobody=1', 'ledger=99', 'ledger=1.5'])
    expect(() => parseScale(wrong, names)).toThrow(/--scale takes/);
});
