import path from 'node:path';
import type { DevelopmentKeys } from './development-keys';
import { callbackAddresses, ownOfProviders, sharedWithProviders } from './provider-environment';

export interface StackPorts {
  api: number;
  ops: number;
  sandbox: number;
}

export interface EnvironmentInput {
  dataDir: string;
  databaseUrl: string;
  redisUrl: string | undefined;
  policyProfile: 'development' | 'production';
  ports: StackPorts;
  keys: DevelopmentKeys;
}

const HANDED_ON = ['PATH', 'HOME', 'NODE_OPTIONS', 'TMPDIR'];

/**
 * The environment of one process, and nothing else of ours: configuration refuses MUNIM_ keys that it does
 * not know.
 */
export function processEnvironment(
  input: EnvironmentInput,
  process_: { name: string; publicPort: number; adminPort: number },
): Record<string, string> {
  const own: Record<string, string> = { TZ: 'UTC', NODE_ENV: 'development' };
  for (const name of HANDED_ON) {
    const value = process.env[name];
    if (value !== undefined) own[name] = value;
  }
  const provider = sharedWithProviders(input.keys);
  if (process_.name === 'sandbox') {
    return {
      ...own,
      ...provider,
      MUNIM_SANDBOX_PORT: String(input.ports.sandbox),
      MUNIM_SANDBOX_DIR: path.join(input.dataDir, 'sandbox'),
      MUNIM_SANDBOX_CONTROL_TOKEN: input.keys.sandboxToken,
      MUNIM_SANDBOX_CLOCK_DATABASE_URL: input.databaseUrl,
      ...callbackAddresses(input.ports, input.keys),
    };
  }
  return {
    ...own,
    ...provider,
    DATABASE_URL: input.databaseUrl,
    ...(input.redisUrl === undefined ? {} : { REDIS_URL: input.redisUrl }),
    MUNIM_POLICY_PROFILE: input.policyProfile,
    MUNIM_API_HOST: '127.0.0.1',
    MUNIM_API_PORT: String(process_.name === 'api' ? process_.publicPort : input.ports.api),
    MUNIM_API_ORIGIN: `http://localhost:${input.ports.api}`,
    MUNIM_OPS_PORT: String(process_.name === 'ops' ? process_.publicPort : input.ports.ops),
    MUNIM_OPS_ORIGIN: `http://localhost:${process_.name === 'ops' ? process_.publicPort : input.ports.ops}`,
    MUNIM_ADMIN_PORT: String(process_.adminPort),
    MUNIM_ENCRYPTION_KEYS_FILE: input.keys.encryptionKeysFile,
    MUNIM_BLIND_INDEX_KEY_FILE: input.keys.blindIndexKeyFile,
    MUNIM_CURSOR_KEY_FILE: input.keys.cursorKeyFile,
    MUNIM_AUDIT_KEYS_FILE: input.keys.auditKeysFile,
    MUNIM_DOCUMENTS_DIR: path.join(input.dataDir, 'documents'),
    MUNIM_OUTBOX_DIR: path.join(input.dataDir, 'outbox'),
    ...ownOfProviders(input.ports, input.keys),
  };
}
