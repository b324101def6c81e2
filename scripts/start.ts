/**
 * `npm start`: runs the platform on this machine until Ctrl-C. Options: --scale name=count,... --data DIR
 * --free-ports
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { restoreLine } from './restore/line';
import { clockLine } from './stack/clock-line';
import { urlFrom } from './stack/database-urls';
import { onNpmGone } from './stack/npm-parent';
import { parseScale, readProcfile } from './stack/process-list';
import { DATA_DIR, ROOT } from './stack/root';
import { findRunning, runningOwner, type DevFile } from './stack/run-lock';
import { screen } from './stack/screen';
import { startStack, StackRunningError, type Stack, type StackOptions } from './stack/stack';

const OTHER_MS = 90_000;
const NPM_GONE_GRACE_MS = 1_000;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { scale: { type: 'string' }, data: { type: 'string' }, 'free-ports': { type: 'boolean' } },
  });
  const dataDir = path.resolve(values.data ?? DATA_DIR);
  const names = [...readProcfile(path.join(ROOT, 'Procfile')).map(({ name }) => name), 'sandbox'];
  const processes = values.scale === undefined ? undefined : parseScale(values.scale, names);

  const abort = new AbortController();
  const stopped = stopRequest(abort);
  const startedAt = Date.now();
  if (!runningOwner(dataDir)) console.log('Munim is starting ...');
  const stack = await startOrFind({
    dataDir,
    processes,
    databaseUrl: process.env.DATABASE_URL || undefined,
    migrateDatabaseUrl: urlFrom(process.env, 'MUNIM_MIGRATE_DATABASE_URL'),
    redisUrl: process.env.REDIS_URL || undefined,
    ports: values['free-ports'] ? 'free' : undefined,
    say: (line) => {
      console.log(line);
    },
    signal: abort.signal,
  });
  if (!('stop' in stack)) {
    console.log(
      `Munim already runs here (process ${stack.pid}).\n` +
        screen({ dev: stack.dev, dataDir, postgresDir: undefined, processes: undefined }),
    );
    return 0;
  }
  console.log(`Munim runs (${((Date.now() - startedAt) / 1000).toFixed(1)} s).`);
  console.log(
    screen({
      dev: stack.dev,
      dataDir,
      postgresDir: stack.postgres?.dataDir,
      restore: await restoreLine(stack.dev.database_url),
      clock: await clockLine(stack.dev.database_url),
      processes:
        processes &&
        Object.fromEntries(Object.entries(stack.pids()).map(([name, pids]) => [name, pids.length])),
    }),
  );

  const graceMs = await stopped;
  console.log('Munim is stopping ...');
  await stack.stop(graceMs);
  console.log('Munim has stopped.');
  return 0;
}

/**
 * Resolves on Ctrl-C, SIGTERM or SIGHUP, or when the npm that started us is gone, with the time that
 * processes get to drain.
 */
async function stopRequest(abort: AbortController): Promise<number | undefined> {
  return new Promise((resolve) => {
    const ask = (graceMs?: number): void => {
      abort.abort();
      resolve(graceMs);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        ask();
      }); // npm passes Ctrl-C on, so it may come twice
    onNpmGone(() => {
      ask(NPM_GONE_GRACE_MS);
    });
  });
}

/**
 * Starts the stack, or finds the one that runs in this folder; waits for one that is just starting or
 * stopping.
 */
async function startOrFind(options: StackOptions): Promise<Stack | { pid: number; dev: DevFile }> {
  const until = Date.now() + OTHER_MS;
  for (;;) {
    try {
      return await startStack(options);
    } catch (error) {
      if (!(error instanceof StackRunningError)) throw error;
      const dev = await findRunning(options.dataDir);
      if (dev) return { pid: error.pid, dev };
      if (Date.now() > until)
        throw new Error(
          `process ${error.pid} runs here, but its API does not answer: see ${path.join(options.dataDir, 'logs')}`,
          { cause: error },
        );
    }
    await pause(200);
    options.signal?.throwIfAborted();
  }
}

process.stdout.on('error', () => undefined); // a closed pipe is no reason to stop
main().then(
  (code) => {
    process.exit(code);
  },
  (error: Error) => {
    if (error.name === 'AbortError') process.exit(130); // stopped while it was starting
    console.error(`\nMunim could not start: ${error.message}`);
    process.exit(1);
  },
);
