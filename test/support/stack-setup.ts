import { spawnSync } from 'node:child_process';
import { ROOT } from '../../scripts/stack/root';
import databaseSetup from './database-setup';

/** Stores as for the database tests, and a build of the present sources for tests that start processes. */
export default async function stackSetup(): Promise<void> {
  await databaseSetup();
  const built = spawnSync(process.execPath, ['scripts/launch.mjs', 'build'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(built.stderr);
}
