import fs from 'node:fs';
import path from 'node:path';
import { createFieldCipher, parseEncryptionKeys, type FieldCipher } from '../../platform/encryption';
import type { PolicyProfile } from '../../domain/policies/policies';
import type { DevFile } from '../stack/run-lock';

/** What the command line reads of a process's settings: it needs the database and no secret besides. */
export interface Environment {
  databaseUrl: string;
  profile: PolicyProfile;
  /** Keys of the API are live ones in production alone, and not in its rehearsal. */
  keyMode: 'live' | 'test';
  /** Opens the secrets of authenticators, where the keys are set; nothing else needs it. */
  cipher?: FieldCipher | undefined;
}

/** Without a setting it is what `npm start` runs from `dataDir`. Throws Error, in words for people. */
export function readEnvironment(env: NodeJS.ProcessEnv, dataDir: string): Environment {
  const file = env.DATABASE_URL_FILE;
  const databaseUrl = file === undefined || file === '' ? env.DATABASE_URL : readFirstLine(file);
  if (databaseUrl === undefined || databaseUrl === '') return ownStack(env, dataDir);
  const isProduction = (env.NODE_ENV ?? 'production') === 'production';
  return {
    databaseUrl,
    profile: !isProduction && env.MUNIM_POLICY_PROFILE === 'development' ? 'development' : 'production',
    keyMode: isProduction && env.MUNIM_REHEARSAL !== 'yes' ? 'live' : 'test',
    cipher: cipherOf(env),
  };
}

function ownStack(env: NodeJS.ProcessEnv, dataDir: string): Environment {
  const file = path.join(dataDir, 'dev.json');
  if ((env.NODE_ENV ?? 'development') !== 'development' || !fs.existsSync(file))
    throw new Error(
      'no database: set DATABASE_URL, or DATABASE_URL_FILE to a file that holds it, or start one with npm start',
    );
  const { database_url: databaseUrl } = JSON.parse(fs.readFileSync(file, 'utf8')) as DevFile;
  return { databaseUrl, profile: 'development', keyMode: 'test' };
}

function cipherOf(env: NodeJS.ProcessEnv): FieldCipher | undefined {
  const file = env.MUNIM_ENCRYPTION_KEYS_FILE;
  const keys = file === undefined || file === '' ? env.MUNIM_ENCRYPTION_KEYS : readFirstLine(file);
  return keys === undefined || keys === '' ? undefined : createFieldCipher(parseEncryptionKeys(keys));
}

/** A secret from a file: its first line. Throws Error when it cannot be read. */
export function readFirstLine(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8').split('\n')[0]!.trimEnd();
  } catch {
    throw new Error(`${file} cannot be read`);
  }
}
