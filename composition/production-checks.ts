import { parseEncryptionKeys } from '../platform/encryption';
import type { Environment } from '../platform/settings';

/**
 * What production must not run with: secrets that can be guessed, one secret for two purposes, and plain HTTP on
 * an address that others can reach. Every problem names the settings and says what to do; no value is repeated.
 */
export interface CheckedSettings {
  /** As they were given, and checked in form. */
  values: Environment;
  /** The settings that are secrets, by name. */
  secrets: ReadonlySet<string>;
  hosts: Readonly<Record<string, string>>;
  hasTls: boolean;
}

/** Made by us, unlike the credentials that a provider hands out: they are as long as we want. */
const OURS = /_WEBHOOK_SECRET$|_CALLBACK_TOKEN$/;
const SHORTEST_OF_OURS = 16;
const FEWEST_CHARACTERS = 8; // different ones
const FEWEST_BYTES = 16; // different ones, of the 32 of a key; 32 random bytes have some 30
/** An address of a service, not a secret by itself; and a public key. */
const NOT_SECRET: ReadonlySet<string> = new Set([
  'DATABASE_URL',
  'REDIS_URL',
  'MUNIM_SMTP_URL',
  'MUNIM_EKO_AADHAAR_KEY',
]);
const KEY_LISTS: ReadonlySet<string> = new Set(['MUNIM_ENCRYPTION_KEYS', 'MUNIM_AUDIT_KEYS']);
const KEYS: ReadonlySet<string> = new Set([
  'MUNIM_BLIND_INDEX_KEY',
  'MUNIM_OTHER_BLIND_INDEX_KEY',
  'MUNIM_CURSOR_KEY',
]);
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/i;

export function problemsOfSecretsAndHosts(settings: CheckedSettings): string[] {
  const secrets = secretsOf(settings);
  return [...weakOnes(secrets), ...sharedOnes(secrets), ...openHosts(settings)];
}

interface Secret {
  name: string;
  bytes: Buffer;
  isKey: boolean;
}

function secretsOf({ values, secrets }: CheckedSettings): Secret[] {
  return [...secrets].flatMap((name): Secret[] => {
    const value = values[name];
    if (value === undefined || NOT_SECRET.has(name)) return [];
    if (KEY_LISTS.has(name))
      return [...parseEncryptionKeys(value).keys].map(([kid, bytes]) => ({
        name: `${name} (${kid})`,
        bytes,
        isKey: true,
      }));
    const isKey = KEYS.has(name);
    return [{ name, bytes: Buffer.from(value, isKey ? 'base64' : 'utf8'), isKey }];
  });
}

function weakOnes(secrets: readonly Secret[]): string[] {
  return secrets
    .filter(({ name, bytes, isKey }) => {
      const different = new Set(bytes).size;
      if (isKey) return different < FEWEST_BYTES;
      return different < FEWEST_CHARACTERS || (OURS.test(name) && bytes.length < SHORTEST_OF_OURS);
    })
    .map(
      ({ name }) =>
        `${name} can be guessed: production needs a random one (openssl rand -base64 32 makes one)`,
    );
}

/**
 * A secret that two places know is as safe as the weaker of them, and cannot be changed in one alone. What a
 * provider hands out for two of its products is its own affair.
 */
function sharedOnes(secrets: readonly Secret[]): string[] {
  const byValue = new Map<string, Secret[]>();
  for (const secret of secrets) {
    const value = secret.bytes.toString('base64');
    byValue.set(value, [...(byValue.get(value) ?? []), secret]);
  }
  return [...byValue.values()]
    .filter((same) => same.length > 1 && same.some(({ name, isKey }) => isKey || OURS.test(name)))
    .map((same) => `${same.map(({ name }) => name).join(' and ')} are the same: each purpose needs its own`);
}

function openHosts({ hosts, hasTls }: CheckedSettings): string[] {
  if (hasTls) return [];
  return Object.entries(hosts)
    .filter(([, host]) => !LOOPBACK.test(host))
    .map(
      ([name]) =>
        `${name} can be reached from other machines without TLS: set MUNIM_TLS_CERT and MUNIM_TLS_KEY, ` +
        `or listen on 127.0.0.1 behind a proxy that has TLS`,
    );
}
