import fs from 'node:fs';
import type { Config } from '@jest/types';
import { backendRuns } from './redis';
import { callsNotRun, isWholeRun } from './rows-coverage';
import { setTestRun, testRun } from './run-state';

export default async function globalTeardown(config: Config.GlobalConfig): Promise<void> {
  const run = testRun();
  if (!run) return;
  const files = backendRuns(run.dir);
  if (files.postgres > 0) {
    const half =
      files.redis > 0
        ? `, ${files.redis} on Redis`
        : '; none on Redis: no redis-server found and no REDIS_URL';
    process.stdout.write(`queue suites: ${files.postgres} on PostgreSQL${half}\n`);
  }
  const notRun = isWholeRun(config) ? callsNotRun(run.dir) : [];
  await run.redis?.stop('SIGKILL');
  await run.postgres.stop('immediate');
  fs.rmSync(run.dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  setTestRun(undefined);
  if (notRun.length === 0) return;
  process.stdout.write(
    `FAILED: no test runs these statements, so nothing holds the types of their rows:\n${notRun.join('\n')}\n`,
  );
  // An error thrown here would end jest before it writes its report.
  process.exitCode = 1;
}
