import fs from 'node:fs';
import path from 'node:path';
import { loadConfig, type Config } from '../../composition/config';
import { developmentKeys } from '../stack/development-keys';
import { processEnvironment } from '../stack/environment';
import type { DevFile } from '../stack/run-lock';

/**
 * The configuration of the processes: from the environment, or that of the stack that `npm start` runs from
 * `dataDir`. Throws Error, in words for people.
 */
export function configOf(dataDir: string, databaseUrl: string): Readonly<Config> {
  if (process.env.MUNIM_ENCRYPTION_KEYS || process.env.MUNIM_ENCRYPTION_KEYS_FILE) return loadConfig();
  const file = path.join(dataDir, 'dev.json');
  if (!fs.existsSync(file))
    throw new Error(
      'the settings of the processes are not set here: compare calls the providers, and needs them',
    );
  const dev = JSON.parse(fs.readFileSync(file, 'utf8')) as DevFile;
  const port = (url: string): number => Number(new URL(url).port);
  return loadConfig(
    processEnvironment(
      {
        dataDir,
        databaseUrl,
        redisUrl: dev.redis_url ?? undefined,
        policyProfile: 'development',
        ports: { api: port(dev.api_url), ops: port(dev.ops_url), sandbox: port(dev.sandbox_url) },
        keys: developmentKeys(dataDir),
      },
      { name: 'restore', publicPort: 0, adminPort: 0 },
    ),
  );
}
