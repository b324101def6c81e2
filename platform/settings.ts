import fs from 'node:fs';
import Joi from 'joi';
import { plainNetwork } from './addresses';
import { defined } from './defined';
import { parseEncryptionKeys } from './encryption';

/**
 * Reads settings from the environment. All problems are reported at once, and no value is repeated in an
 * error. A secret may be given as a file: `<KEY>_FILE`.
 */

export const port = Joi.number().integer().min(0).max(65_535);

export const httpUrl = Joi.string().uri({ scheme: ['http', 'https'] });

export const key32 = Joi.string()
  .base64()
  .custom((value: string, helpers) => {
    const key = Buffer.from(value, 'base64');
    if (key.length !== 32 || key.every((byte) => byte === key[0]))
      return helpers.message({ custom: '{{#label}} must be 32 random bytes in base64' });
    return value;
  });

export const encryptionKeys = Joi.string().custom((value: string, helpers) => {
  try {
    parseEncryptionKeys(value);
    return value;
  } catch (error) {
    // It names the position and the rule, never the key.
    return helpers.message({ custom: `{{#label}}: ${(error as Error).message}` });
  }
});

/** Networks with commas between them: `10.0.0.0/8, 2001:db8::7`. */
export const networkList = Joi.string()
  .empty('')
  .custom((value: string, helpers) => {
    try {
      networksIn(value);
      return value;
    } catch (error) {
      return helpers.message({ custom: `{{#label}}: ${(error as Error).message}` });
    }
  });

/** The networks of a `networkList`, each in its one form. Throws RangeError, in words for people. */
export function networksIn(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(',').map(plainNetwork);
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** One setting that is a text. */
export interface TextSetting {
  /** Its name in the environment. */
  key: string;
  rule: Joi.StringSchema;
  /** It may be given as a file, and is never shown. */
  isSecret?: true;
  /** Only its last four characters are shown. */
  showsLastFour?: true;
  isOptional?: true;
}

type ValuesOf<F> = { [N in keyof F as F[N] extends { isOptional: true } ? never : N]: string } & {
  [N in keyof F as F[N] extends { isOptional: true } ? N : never]?: string;
};

/** Settings that belong together. */
export interface SettingGroup<S> {
  keys: Readonly<Record<string, Joi.Schema>>;
  /** The keys that may be given as files. */
  secrets: readonly string[];
  /** The keys that may be left out where the others are set. */
  optional?: readonly string[];
  /** The settings, out of values that were checked. */
  read(values: Environment): S;
  /** The settings for people: secrets are replaced. */
  redact(settings: S): Record<string, unknown>;
}

export function settingGroup<const F extends Readonly<Record<string, TextSetting>>>(
  fields: F,
): SettingGroup<ValuesOf<F>> {
  const settings = Object.values(fields);
  return {
    keys: Object.fromEntries(settings.map(({ key, rule }) => [key, rule])),
    secrets: settings.filter((setting) => setting.isSecret).map((setting) => setting.key),
    optional: settings.filter((setting) => setting.isOptional).map((setting) => setting.key),
    read(values) {
      const texts = Object.entries(fields).map(([name, { key }]) => [name, values[key]] as const);
      return Object.freeze(defined(Object.fromEntries(texts))) as ValuesOf<F>;
    },
    redact: (group) =>
      Object.fromEntries(
        Object.entries<string>(group).map(([name, value]) => [name, shown(fields[name]!, value)]),
      ),
  };
}

function shown({ isSecret, showsLastFour }: TextSetting, value: string): string {
  if (isSecret === true) return '***';
  return showsLastFour === true ? `…${value.slice(-4)}` : value;
}

export interface SettingRules {
  schema: Joi.ObjectSchema;
  /** The keys that may be given as files. */
  secrets: ReadonlySet<string>;
  /** Says whether a variable of the environment is a setting; all others are ignored. */
  isSetting: (name: string) => boolean;
}

/** The checked values. Throws an Error that lists every problem at once and repeats no value. */
export function readSettings(env: Environment, { schema, secrets, isSetting }: SettingRules): unknown {
  const { error, value } = schema.validate(withFiles(env, secrets, isSetting), {
    abortEarly: false,
    errors: { escapeHtml: false },
  });
  if (error) throw settingsError(error.details.map(describe));
  return value as unknown;
}

export function settingsError(problems: readonly string[]): Error {
  return new Error(`The configuration is wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
}

function describe(detail: Joi.ValidationErrorItem): string {
  if (detail.type === 'object.unknown')
    return `${detail.path.join('.')} is not a setting of Munim (is it misspelt?)`;
  // Joi's own text for a pattern holds the value, which may be a password.
  return detail.type === 'string.pattern.name'
    ? `${detail.path.join('.')} must be ${String(detail.context?.name)}`
    : detail.message;
}

/**
 * The settings of the environment; a `*_FILE` is replaced by the file's content without its trailing line
 * break.
 */
function withFiles(
  env: Environment,
  secrets: ReadonlySet<string>,
  isSetting: (name: string) => boolean,
): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    const secret = name.endsWith('_FILE') ? name.slice(0, -'_FILE'.length) : undefined;
    if (secret !== undefined && secrets.has(secret)) {
      if (env[secret] !== undefined) throw settingsError([`${secret} and ${name} are both set; keep one`]);
      settings[secret] = secretFrom(name, value);
    } else if (isSetting(name)) {
      settings[name] = value;
    }
  }
  return settings;
}

function secretFrom(name: string, file: string): string {
  try {
    return fs.readFileSync(file, 'utf8').trimEnd();
  } catch {
    throw settingsError([`${name} names a file that cannot be read`]);
  }
}

/**
 * An https address on a public host: a numeric address, or a name of this machine or of a test network, is
 * none.
 */
export function isPublic(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return (
    protocol === 'https:' &&
    /[a-z]\.?$/i.test(hostname) &&
    hostname.includes('.') &&
    !/(^|\.)(localhost|localdomain|test|example|invalid)\.?$/i.test(hostname)
  );
}

/** Scheme, host and path: user, password and parameters (`?password=`) are left out. */
export function redactedUrl(text: string): string {
  try {
    const { protocol, username, password, host, pathname, search } = new URL(text);
    const credentials = username === '' && password === '' ? '' : '***@';
    return `${protocol}//${credentials}${host}${pathname}${search === '' ? '' : '?***'}`;
  } catch {
    return '***';
  }
}
