/**
 * `npm run reset`: removes everything that `npm start` keeps (database, keys, logs, the sandbox's book).
 * Option: --data DIR
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { reachableDataDir } from './stack/embedded-postgres';
import { freeFolder } from './stack/folder';
import { DATA_DIR } from './stack/root';
import { endLeftChildren, runningOwner } from './stack/run-lock';

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { data: { type: 'string' } } });
  const dataDir = path.resolve(values.data ?? DATA_DIR);
  if (!fs.existsSync(dataDir)) {
    console.log('Nothing to clear.');
    return 0;
  }
  if (dataDir !== DATA_DIR && !fs.existsSync(path.join(dataDir, 'keys', 'encryption-keys')))
    throw new Error(`${dataDir} is no data folder of Munim`);
  const owner = runningOwner(dataDir);
  if (owner) {
    console.error(`Munim runs here (process ${owner.pid}): stop it first.`);
    return 1;
  }
  const ended = await freeFolder(dataDir);
  if (ended > 0)
    console.log(`Stopped ${ended === 1 ? 'a store that was' : `${ended} stores that were`} left running.`);
  await endLeftChildren(dataDir);
  const preferred = path.join(dataDir, 'postgres');
  const postgresDir = await reachableDataDir(preferred);
  if (postgresDir !== preferred) fs.rmSync(path.dirname(postgresDir), { recursive: true, force: true });
  fs.rmSync(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  console.log(
    `Cleared ${path.relative(process.cwd(), dataDir) || dataDir}.` +
      (process.env.DATABASE_URL ? ' The database of DATABASE_URL is left as it is.' : ''),
  );
  return 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    console.error(`reset failed: ${error.message}`);
    process.exitCode = 1;
  },
);
