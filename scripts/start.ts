/** `npm start`: runs the platform on this machine until Ctrl-C. Options: --scale name=count,... --data DIR --free-ports */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readProcfile, parseScale } from './stack/process-list';
import { DATA_DIR, ROOT } from './stack/root';
import { findRunning, runningOwner } from './stack/run-lock';
import { screen } from './stack/screen';
import { startStack, StackRunningError, type Stack } from './stack/stack';

const STARTING_MS = 90_000;
const PARENT_POLL_MS = 250;
const LOST_PARENT_GRACE_MS = 1_000;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { scale: { type: 'string' }, data: { type: 'string' }, 'free-ports': { type: 'boolean' } } });
  const dataDir = path.resolve(values.data ?? DATA_DIR);
  const names = [...readProcfile(path.join(ROOT, 'Procfile')).map(({ name }) => name), 'sandbox'];
  const processes = values.scale === undefined ? undefined : parseScale(values.scale, names);

  const abort = new AbortController();
  const stopped = stopRequest(abort);
  if (runningOwner(dataDir)) return showRunning(dataDir);
  const startedAt = Date.now();
  console.log('Munim is starting ...');
  let stack: Stack;
  try {
    stack = await startStack({
      dataDir, processes, databaseUrl: process.env.DATABASE_URL || undefined, redisUrl: process.env.REDIS_URL || undefined,
      ports: values['free-ports'] ? 'free' : undefined, say: (line) => { console.log(line); }, signal: abort.signal,
    });
  } catch (error) {
    if (error instanceof StackRunningError) return showRunning(dataDir);
    if (abort.signal.aborted) return 130;
    throw error;
  }
  console.log(`Munim runs (${((Date.now() - startedAt) / 1000).toFixed(1)} s).`);
  console.log(screen({
    dev: stack.dev, dataDir, postgresDir: stack.postgres?.dataDir, profile: 'development',
    processes: processes && Object.fromEntries(Object.entries(stack.pids()).map(([name, pids]) => [name, pids.length])),
  }));

  const graceMs = await stopped;
  console.log('Munim is stopping ...');
  await stack.stop(graceMs);
  console.log('Munim has stopped.');
  return 0;
}

/** Resolves on Ctrl-C, SIGTERM or SIGHUP, or when the npm that started us is gone, with the time that processes get to drain. */
async function stopRequest(abort: AbortController): Promise<number | undefined> {
  return new Promise((resolve) => {
    const ask = (graceMs?: number): void => { abort.abort(); resolve(graceMs); };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => { ask(); }); // npm passes Ctrl-C on, so it comes twice
    const parent = process.ppid;
    if (process.env.npm_lifecycle_event === undefined) return;
    setInterval(() => { if (process.ppid !== parent) ask(LOST_PARENT_GRACE_MS); }, PARENT_POLL_MS).unref();
  });
}

/** Another process owns the folder: says what runs there, once it answers. */
async function showRunning(dataDir: string): Promise<number> {
  const until = Date.now() + STARTING_MS;
  for (;;) {
    const owner = runningOwner(dataDir);
    const dev = await findRunning(dataDir);
    if (owner && dev) {
      console.log(`Munim already runs here (process ${owner.pid}).`);
      console.log(screen({ dev, dataDir, postgresDir: undefined, profile: 'development', processes: undefined }));
      return 0;
    }
    if (!owner) throw new Error('the Munim that ran here has just ended: start again');
    if (Date.now() > until) throw new Error(`process ${owner.pid} runs here, but its API does not answer: see ${path.join(dataDir, 'logs')}`);
    await new Promise((resolve) => { setTimeout(resolve, 200); });
  }
}

process.stdout.on('error', () => undefined); // a closed pipe is no reason to stop
main().then(
  (code) => { process.exit(code); },
  (error: Error) => { console.error(`\nMunim could not start: ${error.message}`); process.exit(1); },
);
