/** Stores end with the process that started them, and a folder in use is never emptied. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { clearFolder, FolderInUseError, freeFolder } from '../../../scripts/stack/folder';
import { identify, isRunning } from '../../../scripts/stack/process-identity';
import { hasRedisServer } from '../../../scripts/stack/redis-server';
import { ROOT } from '../../../scripts/stack/root';
import { takeLock } from '../../../scripts/stack/run-lock';
import { until } from '../../support/until';

let dir: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-left-'));
  fs.chmodSync(dir, 0o755); // PostgreSQL runs as another user when we are root
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await freeFolder(dir);
  fs.rmSync(dir, { recursive: true, force: true });
});

/** A process that starts a store and then waits; resolves with the id of the store. */
async function starter(program: string): Promise<{ child: ChildProcess; store: number }> {
  const child = spawn(
    process.execPath,
    ['-e', `${program}.then((s) => console.log(s.pid())); setInterval(() => {}, 1e6)`],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  children.push(child);
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += String(chunk);
  });
  return { child, store: Number(await until(() => said.trim())) };
}

const postgres = (endsWithUs: boolean): string =>
  "require('./dist/scripts/stack/embedded-postgres').startPostgres(" +
  `${JSON.stringify({ dataDir: path.join(dir, 'postgres'), profile: 'test', endsWithUs })})`;
const redis = (): string =>
  `require('./dist/scripts/stack/redis-server').startRedis(${JSON.stringify({ dir: path.join(dir, 'redis') })})`;

const stores: [string, () => string][] = [['PostgreSQL', () => postgres(true)]];
if (hasRedisServer()) stores.push(['Redis', redis]);

describe.each(stores)('%s', (_name, program) => {
  test.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)('ends when its starter gets %s', async (signal) => {
    const { child, store } = await starter(program());
    const identity = identify(store)!;
    expect(isRunning(identity)).toBe(true);
    child.kill(signal);
    await until(() => !isRunning(identity));
    expect(isRunning(identity)).toBe(false);
  });
});

test('what a killed run has left is ended before its folder is emptied', async () => {
  const { child, store } = await starter(postgres(false));
  const identity = identify(store)!;
  child.kill('SIGKILL');
  await until(() => child.signalCode === 'SIGKILL');
  expect(isRunning(identity)).toBe(true);
  await clearFolder(dir);
  expect(isRunning(identity)).toBe(false);
  expect(fs.existsSync(dir)).toBe(false);
});

test('a folder that a process works in is left as it is', async () => {
  const inner = path.join(dir, 'bench', 'pipeline');
  fs.mkdirSync(inner, { recursive: true });
  const lock = takeLock(inner);
  if (!('release' in lock)) throw new Error('the lock is taken');
  await expect(clearFolder(dir)).rejects.toThrow(FolderInUseError);
  expect(fs.existsSync(inner)).toBe(true);
  fs.mkdirSync(path.join(dir, 'keys'));
  fs.writeFileSync(path.join(dir, 'keys', 'encryption-keys'), '');
  const reset = spawnSync(process.execPath, ['dist/scripts/reset.js', '--data', dir], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect([reset.status, reset.stderr]).toEqual([1, expect.stringContaining('is in use by process')]);
  expect(fs.existsSync(inner)).toBe(true);
  lock.release();
  await clearFolder(dir);
  expect(fs.existsSync(dir)).toBe(false);
});
