import Joi from 'joi';
import { namesSeveralHosts, ONE_HOST } from '../platform/database-url';
import {
  encryptionKeys,
  httpUrl,
  key32,
  networkList,
  networksIn,
  port,
  readSettings,
  redactedUrl,
  settingsError,
  type Environment,
} from '../platform/settings';
import type { ProvidersConfig } from '../providers/list';
import {
  documentStorageOf,
  DOCUMENT_SECRETS,
  redactedDocuments,
  withDocuments,
  type DocumentStorage,
  type DocumentValues,
} from './documents';
import { problemsOfSecretsAndHosts } from './production-checks';
import type { MessagingConfig } from './senders';
import { plivoSettings } from '../providers/plivo/settings';
import {
  problemsInProduction,
  problemsInRehearsal,
  providerSecrets,
  readCallbackAddresses,
  readProviders,
  redactedProviders,
  withProviders,
} from '../providers/settings';

/**
 * Configuration comes from the environment and is checked before anything starts. DATABASE_URL, REDIS_URL and
 * NODE_ENV go by their usual names, everything else is MUNIM_…; an unknown MUNIM_ key is refused (a typing
 * error must not become a default). Any secret may be given as a file: `<KEY>_FILE`.
 */
export interface Config {
  environment: 'production' | 'development' | 'test';
  databaseUrl: string;
  redisUrl: string | undefined;
  queuePrefix: string;
  policyProfile: 'production' | 'development';
  /** Production's settings and policies with sandboxes for providers. Refused together with live keys. */
  isRehearsal: boolean;
  apiHost: string;
  apiPort: number;
  /** Where callers find the API: who issues the access tokens, and for whom they are. */
  apiOrigin: string;
  opsHost: string;
  opsPort: number;
  opsOrigin: string;
  /** The OpenID provider of the company, where staff may sign in. */
  oidc: { issuer: string; clientId: string; clientSecret: string | undefined } | undefined;
  adminHost: string;
  adminPort: number;
  databaseConnections: number;
  concurrency: number;
  logLevel: string;
  /** The networks of our own proxies, from which X-Forwarded-For is believed. */
  trustedProxies: readonly string[];
  encryptionKeys: string;
  blindIndexKey: Buffer;
  /** A second one, while the first is replaced. */
  otherBlindIndexKey: Buffer | undefined;
  cursorKey: Buffer;
  /** Signs the heads of the audit chain; without it they are not signed. */
  auditKeys: string | undefined;
  tls: { certFile: string; keyFile: string } | undefined;
  killPoints: string | undefined;
  /** Where documents are kept; undefined: none is taken. */
  documents: DocumentStorage | undefined;
  /** The networks from which each provider posts its callbacks; none: from anywhere. */
  callbackAddresses: Readonly<Record<string, readonly string[]>>;
  /** By name; a provider without settings is not there. */
  providers: ProvidersConfig;
  /** How people are reached. */
  messaging: MessagingConfig;
}

export const SECRETS: ReadonlySet<string> = new Set([
  'DATABASE_URL',
  'REDIS_URL',
  'MUNIM_ENCRYPTION_KEYS',
  'MUNIM_BLIND_INDEX_KEY',
  'MUNIM_OTHER_BLIND_INDEX_KEY',
  'MUNIM_CURSOR_KEY',
  'MUNIM_AUDIT_KEYS',
  ...DOCUMENT_SECRETS,
  'MUNIM_SMTP_URL',
  ...plivoSettings.secrets,
  'MUNIM_OIDC_CLIENT_SECRET',
  ...providerSecrets(),
]);
/** Who signs heads, and so is given MUNIM_AUDIT_KEYS: those of the audit log, and of the seal of the ledger. */
export const SIGNING_PROCESSES: readonly string[] = ['maintenance', 'nightly'];
const WELL_KNOWN = new Set(['DATABASE_URL', 'REDIS_URL', 'NODE_ENV']);
/** URLs of the database for commands, whose roles may do what the processes must not. */
export const FOR_COMMANDS: readonly string[] = [
  'MUNIM_MIGRATE_DATABASE_URL',
  'MUNIM_ADMIN_DATABASE_URL',
  'MUNIM_READ_DATABASE_URL',
].flatMap((name) => [name, `${name}_FILE`]);
/** Set by whoever starts a process, for the process alone, or for commands: no setting. */
const NO_SETTINGS: ReadonlySet<string> = new Set(['MUNIM_EXIT_WITH_PARENT', ...FOR_COMMANDS]);

const MAIL_FROM = /^(?:[^<>"\r\n]{1,60} <[^\s@<>]{1,64}@[^\s@<>]{1,190}>|[^\s@<>]{1,64}@[^\s@<>]{1,190})$/;

export const CONFIG_SCHEMA = withProviders(
  withDocuments(
    Joi.object({
      NODE_ENV: Joi.string().valid('production', 'development', 'test').default('production'),
      DATABASE_URL: Joi.string()
        .custom(oneHost)
        .uri({ scheme: ['postgres', 'postgresql'] })
        .required(),
      REDIS_URL: Joi.string()
        .pattern(/^rediss?:\/\//, 'a URL that begins with redis:// or rediss://')
        .empty(''),
      MUNIM_QUEUE_PREFIX: Joi.string()
        .pattern(/^\{?[a-z0-9_-]{1,40}\}?$/, '1 to 40 small letters, digits, _ or -, in { } or without')
        .default('{munim}'),
      // Two whole schemas: a `then` would only add to the values of the base.
      MUNIM_POLICY_PROFILE: Joi.when('NODE_ENV', {
        is: 'production',
        then: Joi.string()
          .valid('production')
          .default('production')
          .messages({ 'any.only': 'the development timing profile is refused in production' }),
        otherwise: Joi.string().valid('production', 'development').default('production'),
      }),
      MUNIM_REHEARSAL: Joi.string()
        .valid('yes')
        .when('NODE_ENV', { not: 'production', then: Joi.forbidden() })
        .messages({ 'any.unknown': 'MUNIM_REHEARSAL is for NODE_ENV=production alone' }),
      MUNIM_API_HOST: Joi.string().hostname().default('127.0.0.1'),
      MUNIM_API_PORT: port.default(3000),
      MUNIM_API_ORIGIN: httpUrl.default('http://localhost:3000'),
      MUNIM_OPS_HOST: Joi.string().hostname().default('127.0.0.1'),
      MUNIM_OPS_PORT: port.default(3001),
      MUNIM_OPS_ORIGIN: httpUrl.default('http://localhost:3001'),
      MUNIM_OIDC_ISSUER: httpUrl.when('NODE_ENV', {
        is: 'production',
        then: Joi.string().pattern(/^https:/, 'a URL that begins with https://'),
      }),
      MUNIM_OIDC_CLIENT_ID: Joi.string().max(200),
      MUNIM_OIDC_CLIENT_SECRET: Joi.string(),
      MUNIM_ADMIN_HOST: Joi.string().hostname().default('127.0.0.1'),
      MUNIM_ADMIN_PORT: port.default(0),
      MUNIM_DATABASE_CONNECTIONS: Joi.number().integer().min(2).max(200).default(10),
      MUNIM_CONCURRENCY: Joi.number().integer().min(1).max(500).default(16),
      MUNIM_LOG_LEVEL: Joi.string()
        .valid('fatal', 'error', 'warn', 'info', 'debug', 'silent')
        .default('info'),
      MUNIM_TRUSTED_PROXIES: networkList,
      MUNIM_TRUSTED_PROXY_HOPS: Joi.forbidden().messages({
        'any.unknown':
          'MUNIM_TRUSTED_PROXY_HOPS is gone: put the addresses of your proxies into MUNIM_TRUSTED_PROXIES',
      }),
      MUNIM_ENCRYPTION_KEYS: encryptionKeys.required(),
      MUNIM_BLIND_INDEX_KEY: key32.required(),
      MUNIM_OTHER_BLIND_INDEX_KEY: key32.invalid(Joi.ref('MUNIM_BLIND_INDEX_KEY')).messages({
        'any.invalid': 'MUNIM_OTHER_BLIND_INDEX_KEY is the same as MUNIM_BLIND_INDEX_KEY',
      }),
      MUNIM_CURSOR_KEY: key32.required(),
      MUNIM_AUDIT_KEYS: encryptionKeys,
      MUNIM_SMTP_URL: Joi.string()
        .uri({ scheme: ['smtp', 'smtps'] })
        .empty(''),
      MUNIM_MAIL_FROM: Joi.string().pattern(
        MAIL_FROM,
        'an e-mail address, or a name and <an e-mail address>',
      ),
      ...plivoSettings.keys,
      MUNIM_OUTBOX_DIR: Joi.string().when('NODE_ENV', { is: 'production', then: Joi.forbidden() }),
      MUNIM_TLS_CERT: Joi.string(),
      MUNIM_TLS_KEY: Joi.string(),
      MUNIM_KILL_POINTS: Joi.string().when('NODE_ENV', { is: 'production', then: Joi.forbidden() }),
    })
      .and('MUNIM_TLS_CERT', 'MUNIM_TLS_KEY')
      .and('MUNIM_OIDC_ISSUER', 'MUNIM_OIDC_CLIENT_ID')
      .with('MUNIM_OIDC_CLIENT_SECRET', 'MUNIM_OIDC_CLIENT_ID')
      .and('MUNIM_SMTP_URL', 'MUNIM_MAIL_FROM')
      .and(...plivoSettings.required),
  ),
);

/** The driver knows one address: which of several is the primary, something before it must decide. */
function oneHost(value: string, helpers: Joi.CustomHelpers): unknown {
  return namesSeveralHosts(value) ? helpers.message({ custom: `{{#label}} ${ONE_HOST}` }) : value;
}

/** What the schema makes of the environment, beside the settings of providers. */
interface Values extends DocumentValues {
  NODE_ENV: Config['environment'];
  DATABASE_URL: string;
  REDIS_URL?: string;
  MUNIM_QUEUE_PREFIX: string;
  MUNIM_POLICY_PROFILE: Config['policyProfile'];
  MUNIM_REHEARSAL?: 'yes';
  MUNIM_API_HOST: string;
  MUNIM_API_PORT: number;
  MUNIM_API_ORIGIN: string;
  MUNIM_OPS_HOST: string;
  MUNIM_OPS_PORT: number;
  MUNIM_OPS_ORIGIN: string;
  MUNIM_OIDC_ISSUER?: string;
  MUNIM_OIDC_CLIENT_ID?: string;
  MUNIM_OIDC_CLIENT_SECRET?: string;
  MUNIM_ADMIN_HOST: string;
  MUNIM_ADMIN_PORT: number;
  MUNIM_DATABASE_CONNECTIONS: number;
  MUNIM_CONCURRENCY: number;
  MUNIM_LOG_LEVEL: string;
  MUNIM_TRUSTED_PROXIES?: string;
  MUNIM_ENCRYPTION_KEYS: string;
  MUNIM_BLIND_INDEX_KEY: string;
  MUNIM_OTHER_BLIND_INDEX_KEY?: string;
  MUNIM_CURSOR_KEY: string;
  MUNIM_AUDIT_KEYS?: string;
  MUNIM_SMTP_URL?: string;
  MUNIM_MAIL_FROM?: string;
  MUNIM_OUTBOX_DIR?: string;
  MUNIM_PLIVO_AUTH_ID?: string;
  MUNIM_TLS_CERT?: string;
  MUNIM_TLS_KEY?: string;
  MUNIM_KILL_POINTS?: string;
}

/** Reads and checks the environment. Throws an Error that lists every problem at once and echoes no value. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Readonly<Config> {
  const values = readSettings(env, {
    schema: CONFIG_SCHEMA,
    secrets: SECRETS,
    isSetting: (name) => WELL_KNOWN.has(name) || (name.startsWith('MUNIM_') && !NO_SETTINGS.has(name)),
  });
  const config: Config = {
    ...fromValues(values as Values),
    callbackAddresses: readCallbackAddresses(values as Environment),
    providers: readProviders(values as Environment),
    messaging: messagingOf(values as Values & Environment),
  };
  const problems =
    config.environment === 'production'
      ? [...problemsOf(config, values as Environment), ...problemsOfCommandUrls(env)]
      : [];
  if (problems.length > 0) throw settingsError(problems);
  return Object.freeze(config);
}

function messagingOf(values: Values & Environment): MessagingConfig {
  const { MUNIM_SMTP_URL: url, MUNIM_MAIL_FROM: from } = values;
  return Object.freeze({
    plivo: values.MUNIM_PLIVO_AUTH_ID === undefined ? undefined : plivoSettings.read(values),
    smtp: url === undefined || from === undefined ? undefined : Object.freeze({ url, from }),
    outboxDir: values.MUNIM_OUTBOX_DIR,
  });
}

/** A rehearsal must reach nobody: it has a sandbox for SMS, if anything. */
function problemsOfMessaging({ messaging: { plivo }, isRehearsal }: Config): string[] {
  return plivo === undefined || isRehearsal ? [] : plivoSettings.problemsInProduction(plivo);
}

function problemsOf(config: Config, values: Environment): string[] {
  const hosts = { MUNIM_API_HOST: config.apiHost, MUNIM_OPS_HOST: config.opsHost };
  const ofProviders = config.isRehearsal ? problemsInRehearsal : problemsInProduction;
  return [
    ...ofProviders(config.providers),
    ...problemsOfMessaging(config),
    ...problemsOfSecretsAndHosts({ values, secrets: SECRETS, hosts, hasTls: config.tls !== undefined }),
  ];
}

/** A process that is broken into must not hand out what guards the tables. */
function problemsOfCommandUrls(env: Environment): string[] {
  return FOR_COMMANDS.filter((name) => env[name] !== undefined && env[name] !== '').map(
    (name) =>
      `${name} is for commands alone: the processes must not know it (docs/runbooks/database-roles.md)`,
  );
}

function fromValues(values: Values): Omit<Config, 'providers' | 'callbackAddresses' | 'messaging'> {
  const { MUNIM_TLS_CERT: certFile, MUNIM_TLS_KEY: keyFile } = values;
  return {
    environment: values.NODE_ENV,
    databaseUrl: values.DATABASE_URL,
    redisUrl: values.REDIS_URL,
    queuePrefix: values.MUNIM_QUEUE_PREFIX,
    policyProfile: values.MUNIM_POLICY_PROFILE,
    isRehearsal: values.MUNIM_REHEARSAL === 'yes',
    apiHost: values.MUNIM_API_HOST,
    apiPort: values.MUNIM_API_PORT,
    apiOrigin: new URL(values.MUNIM_API_ORIGIN).origin,
    opsHost: values.MUNIM_OPS_HOST,
    opsPort: values.MUNIM_OPS_PORT,
    opsOrigin: new URL(values.MUNIM_OPS_ORIGIN).origin,
    oidc: oidcOf(values),
    adminHost: values.MUNIM_ADMIN_HOST,
    adminPort: values.MUNIM_ADMIN_PORT,
    databaseConnections: values.MUNIM_DATABASE_CONNECTIONS,
    concurrency: values.MUNIM_CONCURRENCY,
    logLevel: values.MUNIM_LOG_LEVEL,
    trustedProxies: Object.freeze(networksIn(values.MUNIM_TRUSTED_PROXIES)),
    encryptionKeys: values.MUNIM_ENCRYPTION_KEYS,
    blindIndexKey: Buffer.from(values.MUNIM_BLIND_INDEX_KEY, 'base64'),
    otherBlindIndexKey:
      values.MUNIM_OTHER_BLIND_INDEX_KEY === undefined
        ? undefined
        : Buffer.from(values.MUNIM_OTHER_BLIND_INDEX_KEY, 'base64'),
    cursorKey: Buffer.from(values.MUNIM_CURSOR_KEY, 'base64'),
    auditKeys: values.MUNIM_AUDIT_KEYS,
    tls: certFile === undefined || keyFile === undefined ? undefined : Object.freeze({ certFile, keyFile }),
    killPoints: values.MUNIM_KILL_POINTS,
    documents: documentStorageOf(values),
  };
}

function oidcOf({
  MUNIM_OIDC_ISSUER: issuer,
  MUNIM_OIDC_CLIENT_ID: clientId,
  MUNIM_OIDC_CLIENT_SECRET: clientSecret,
}: Values): Config['oidc'] {
  return issuer === undefined || clientId === undefined ? undefined : { issuer, clientId, clientSecret };
}

/** The configuration for people: secrets, and what a URL may hide, are replaced. */
export function redactedConfig(config: Config): Record<string, unknown> {
  return {
    ...config,
    databaseUrl: redactedUrl(config.databaseUrl),
    redisUrl: config.redisUrl === undefined ? undefined : redactedUrl(config.redisUrl),
    encryptionKeys: '***',
    blindIndexKey: '***',
    otherBlindIndexKey: config.otherBlindIndexKey === undefined ? undefined : '***',
    cursorKey: '***',
    auditKeys: config.auditKeys === undefined ? undefined : '***',
    documents: redactedDocuments(config.documents),
    oidc: config.oidc?.clientSecret === undefined ? config.oidc : { ...config.oidc, clientSecret: '***' },
    providers: redactedProviders(config.providers),
    messaging: redactedMessaging(config.messaging),
  };
}

function redactedMessaging({ plivo, smtp, outboxDir }: MessagingConfig): Record<string, unknown> {
  return {
    plivo: plivo === undefined ? undefined : plivoSettings.redact(plivo),
    smtp: smtp === undefined ? undefined : { ...smtp, url: redactedUrl(smtp.url) },
    outboxDir,
  };
}
