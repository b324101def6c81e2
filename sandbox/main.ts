/**
 * The sandbox as a process. It is configured by the environment, prints one line when it is ready and stops
 * on SIGTERM.
 */
import { createLog } from '../platform/logger';
import { makeKnex } from '../platform/database';
import { exitWithParent } from '../platform/parent-watch';
import { createTestClock, type TestClock } from '../platform/test-clock';
import { startSandbox, type Sandbox } from './app';
import { loadSandboxConfig } from './config';

async function main(): Promise<void> {
  const config = loadSandboxConfig();
  const log = createLog({ process: 'sandbox', level: process.env.MUNIM_LOG_LEVEL ?? 'info' });
  const clock = config.clockDatabaseUrl === undefined ? undefined : followClock(config.clockDatabaseUrl);
  const sandbox = await startSandbox({
    ...config,
    log,
    nowMs: clock && (() => clock.now().getTime()),
    onBookFailure: (error) => {
      log.error({ err: error }, 'the book could not be written');
      process.exit(1);
    },
  });
  stopOnSignals(sandbox, () => {
    log.info({}, 'sandbox stopped');
  });
  exitWithParent();
  log.info({ url: sandbox.url, port: sandbox.port }, 'sandbox ready');
}

/** Providers live in the same days as the platform that is tried out, whose clock can be moved. */
function followClock(databaseUrl: string): TestClock {
  const knex = makeKnex(databaseUrl, { max: 1, applicationName: 'munim-sandbox' });
  return createTestClock({ knex }); // a database that is away leaves it where it is
}

function stopOnSignals(sandbox: Sandbox, onStopped: () => void): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    void sandbox.close().then(
      () => {
        onStopped();
        process.exit(0);
      },
      () => {
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
