import fs from 'node:fs';
import Joi from 'joi';
import { parseEncryptionKeys } from '../platform/encryption';
import {
  keyedSecrets,
  readKeyed,
  redactedKeyed,
  withKeyed,
  type KeyedProviders,
} from '../providers/keyed-settings';

/**
 * Configuration comes from the environment and is checked before anything starts. DATABASE_URL, REDIS_URL and NODE_ENV go by their usual names,
 * everything else is MUNIM_…; an unknown MUNIM_ key is refused (a typing error must not become a default). Any secret may be given as a file: `<KEY>_FILE`.
 */
export interface Config {
  environment: 'production' | 'development' | 'test';
  databaseUrl: string;
  redisUrl: string | undefined;
  queuePrefix: string;
  policyProfile: 'production' | 'development';
  apiHost: string;
  apiPort: number;
  opsHost: string;
  opsPort: number;
  opsOrigin: string;
  adminPort: number;
  databaseConnections: number;
  concurrency: number;
  logLevel: string;
  trustedProxyHops: number;
  encryptionKeys: string;
  blindIndexKey: Buffer;
  cursorKey: Buffer;
  tls: { certFile: string; keyFile: string } | undefined;
  killPoints: string | undefined;
  razorpayx: {
    baseUrl: string;
    keyId: string;
    keySecret: string;
    webhookSecret: string;
    previousWebhookSecret?: string;
    accountNumber: string;
  };
  /** Undefined where none of its settings is there. */
  eko:
    | {
        baseUrl: string;
        developerKey: string;
        accessKey: string;
        initiatorId: string;
        userCode: string;
        aadhaarKey: string;
        callbackToken: string;
      }
    | undefined;
  setu:
    | {
        billpay: { baseUrl: string; clientId: string; secret: string; partnerId: string };
        recharge: {
          baseUrl: string;
          accountsBaseUrl: string;
          clientId: string;
          secret: string;
          productInstanceId: string;
        };
        callbackToken: string;
      }
    | undefined;
  /** Providers that are set by a URL, a key and a callback secret. */
  keyed: KeyedProviders;
}

const SECRETS = new Set([
  'DATABASE_URL',
  'REDIS_URL',
  'MUNIM_ENCRYPTION_KEYS',
  'MUNIM_BLIND_INDEX_KEY',
  'MUNIM_CURSOR_KEY',
  'MUNIM_RAZORPAYX_KEY_SECRET',
  'MUNIM_RAZORPAYX_WEBHOOK_SECRET',
  'MUNIM_RAZORPAYX_PREVIOUS_WEBHOOK_SECRET',
  'MUNIM_SETU_BILLPAY_SECRET',
  'MUNIM_SETU_RECHARGE_SECRET',
  'MUNIM_SETU_CALLBACK_TOKEN',
  'MUNIM_EKO_DEVELOPER_KEY',
  'MUNIM_EKO_ACCESS_KEY',
  'MUNIM_EKO_AADHAAR_KEY',
  'MUNIM_EKO_CALLBACK_TOKEN',
  ...keyedSecrets(),
]);
const WELL_KNOWN = new Set(['DATABASE_URL', 'REDIS_URL', 'NODE_ENV']);

const port = Joi.number().integer().min(0).max(65_535);
const key32 = Joi.string()
  .base64()
  .custom((value: string, helpers) => {
    const key = Buffer.from(value, 'base64');
    if (key.length !== 32 || key.every((b) => b === key[0]))
      return helpers.message({ custom: '{{#label}} must be 32 random bytes in base64' });
    return value;
  });

const httpUrl = Joi.string().uri({ scheme: ['http', 'https'] });
/** Callbacks that nobody signs come to an address that nobody can guess: /callbacks/{provider}/{token}. */
const callbackToken = Joi.string().pattern(/^[\w-]{24,200}$/);
/** All together, or none: Eko is not there without them. */
const ekoKeys = {
  MUNIM_EKO_BASE_URL: httpUrl,
  MUNIM_EKO_DEVELOPER_KEY: Joi.string().min(4),
  MUNIM_EKO_ACCESS_KEY: Joi.string().min(8),
  MUNIM_EKO_INITIATOR_ID: Joi.string().pattern(/^[6-9]\d{9}$/),
  MUNIM_EKO_USER_CODE: Joi.string().alphanum().max(20),
  MUNIM_EKO_AADHAAR_KEY: Joi.string().pattern(/-----BEGIN (?:PUBLIC KEY|RSA PUBLIC KEY|CERTIFICATE)-----/),
  MUNIM_EKO_CALLBACK_TOKEN: callbackToken,
};
/** All together, or none: Setu is not there without them. */
const setuKeys = {
  MUNIM_SETU_BILLPAY_BASE_URL: httpUrl,
  MUNIM_SETU_BILLPAY_CLIENT_ID: Joi.string(),
  MUNIM_SETU_BILLPAY_SECRET: Joi.string().min(4),
  MUNIM_SETU_PARTNER_ID: Joi.string().pattern(/^\d{1,15}$/),
  MUNIM_SETU_RECHARGE_BASE_URL: httpUrl,
  MUNIM_SETU_ACCOUNTS_BASE_URL: httpUrl,
  MUNIM_SETU_RECHARGE_CLIENT_ID: Joi.string(),
  MUNIM_SETU_RECHARGE_SECRET: Joi.string().min(4),
  MUNIM_SETU_PRODUCT_INSTANCE_ID: Joi.string().pattern(/^[\w-]{4,100}$/),
  MUNIM_SETU_CALLBACK_TOKEN: callbackToken,
};

const encryptionKeys = Joi.string().custom((value: string, helpers) => {
  try {
    parseEncryptionKeys(value);
    return value;
  } catch (error) {
    return helpers.message({ custom: `{{#label}}: ${(error as Error).message}` }); // it names the position and the rule, never the key
  }
});

const schema = withKeyed(
  Joi.object({
    NODE_ENV: Joi.string().valid('production', 'development', 'test').default('production'),
    DATABASE_URL: Joi.string()
      .uri({ scheme: ['postgres', 'postgresql'] })
      .required(),
    REDIS_URL: Joi.string()
      .pattern(/^rediss?:\/\//)
      .empty(''),
    MUNIM_QUEUE_PREFIX: Joi.string()
      .pattern(/^\{?[a-z0-9_-]{1,40}\}?$/)
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
    MUNIM_API_HOST: Joi.string().hostname().default('127.0.0.1'),
    MUNIM_API_PORT: port.default(3000),
    MUNIM_OPS_HOST: Joi.string().hostname().default('127.0.0.1'),
    MUNIM_OPS_PORT: port.default(3001),
    MUNIM_OPS_ORIGIN: Joi.string()
      .uri({ scheme: ['http', 'https'] })
      .default('http://localhost:3001'),
    MUNIM_ADMIN_PORT: port.default(0),
    MUNIM_DATABASE_CONNECTIONS: Joi.number().integer().min(2).max(200).default(10),
    MUNIM_CONCURRENCY: Joi.number().integer().min(1).max(500).default(16),
    MUNIM_LOG_LEVEL: Joi.string().valid('fatal', 'error', 'warn', 'info', 'debug', 'silent').default('info'),
    MUNIM_TRUSTED_PROXY_HOPS: Joi.number().integer().min(0).max(5).default(0),
    MUNIM_ENCRYPTION_KEYS: encryptionKeys.required(),
    MUNIM_BLIND_INDEX_KEY: key32.required(),
    MUNIM_CURSOR_KEY: key32.required(),
    MUNIM_TLS_CERT: Joi.string(),
    MUNIM_TLS_KEY: Joi.string(),
    MUNIM_KILL_POINTS: Joi.string().when('NODE_ENV', { is: 'production', then: Joi.forbidden() }),
    MUNIM_RAZORPAYX_BASE_URL: Joi.string()
      .uri({ scheme: ['http', 'https'] })
      .default('https://api.razorpay.com/v1'),
    MUNIM_RAZORPAYX_KEY_ID: Joi.string().required(),
    MUNIM_RAZORPAYX_KEY_SECRET: Joi.string().required(),
    MUNIM_RAZORPAYX_WEBHOOK_SECRET: Joi.string().min(8).required(),
    MUNIM_RAZORPAYX_PREVIOUS_WEBHOOK_SECRET: Joi.string().min(8),
    MUNIM_RAZORPAYX_ACCOUNT_NUMBER: Joi.string().alphanum().min(5).max(35).required(),
    ...ekoKeys,
    ...setuKeys,
  })
    .and('MUNIM_TLS_CERT', 'MUNIM_TLS_KEY')
    .and(...Object.keys(ekoKeys))
    .and(...Object.keys(setuKeys)),
);

/** Reads and checks the environment. Throws an Error that lists every problem at once and echoes no value. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Readonly<Config> {
  const { error, value } = schema.validate(withFiles(env), {
    abortEarly: false,
    errors: { escapeHtml: false },
  });
  if (error)
    throw new Error(
      `The configuration is wrong:\n${error.details.map((d) => `  - ${describe(d)}`).join('\n')}`,
    );
  const config = fromEnvironment(value as Record<string, never>);
  if (config.environment === 'production') refuseSandbox(config);
  return Object.freeze(config);
}

function describe(detail: Joi.ValidationErrorItem): string {
  if (detail.type === 'object.unknown')
    return `${detail.path.join('.')} is not a setting of Munim (is it misspelt?)`;
  // Joi's own text for a pattern holds the value, which may be a password.
  return detail.type === 'string.pattern.base'
    ? `${detail.path.join('.')} does not have the required form`
    : detail.message;
}

/** The keys that are ours, `*_FILE` replaced by the file's content without its trailing line break. */
function withFiles(env: NodeJS.ProcessEnv): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    const target = name.endsWith('_FILE') ? name.slice(0, -5) : undefined;
    if (target !== undefined && SECRETS.has(target)) {
      if (env[target] !== undefined)
        throw new Error(`The configuration is wrong:\n  - ${target} and ${name} are both set; keep one`);
      try {
        out[target] = fs.readFileSync(value, 'utf8').trimEnd();
      } catch {
        throw new Error(`The configuration is wrong:\n  - ${name} names a file that cannot be read`);
      }
    } else if (WELL_KNOWN.has(name) || (name.startsWith('MUNIM_') && name !== 'MUNIM_EXIT_WITH_PARENT')) {
      out[name] = value;
    }
  }
  return out;
}

function fromEnvironment(v: Record<string, never>): Config {
  return {
    environment: v.NODE_ENV!,
    databaseUrl: v.DATABASE_URL!,
    redisUrl: v.REDIS_URL,
    queuePrefix: v.MUNIM_QUEUE_PREFIX!,
    policyProfile: v.MUNIM_POLICY_PROFILE!,
    apiHost: v.MUNIM_API_HOST!,
    apiPort: v.MUNIM_API_PORT!,
    opsHost: v.MUNIM_OPS_HOST!,
    opsPort: v.MUNIM_OPS_PORT!,
    opsOrigin: new URL(v.MUNIM_OPS_ORIGIN!).origin,
    adminPort: v.MUNIM_ADMIN_PORT!,
    databaseConnections: v.MUNIM_DATABASE_CONNECTIONS!,
    concurrency: v.MUNIM_CONCURRENCY!,
    logLevel: v.MUNIM_LOG_LEVEL!,
    trustedProxyHops: v.MUNIM_TRUSTED_PROXY_HOPS!,
    encryptionKeys: v.MUNIM_ENCRYPTION_KEYS!,
    blindIndexKey: Buffer.from(v.MUNIM_BLIND_INDEX_KEY!, 'base64'),
    cursorKey: Buffer.from(v.MUNIM_CURSOR_KEY!, 'base64'),
    tls: v.MUNIM_TLS_CERT
      ? Object.freeze({ certFile: v.MUNIM_TLS_CERT, keyFile: v.MUNIM_TLS_KEY! })
      : undefined,
    killPoints: v.MUNIM_KILL_POINTS,
    razorpayx: Object.freeze({
      baseUrl: v.MUNIM_RAZORPAYX_BASE_URL!,
      keyId: v.MUNIM_RAZORPAYX_KEY_ID!,
      keySecret: v.MUNIM_RAZORPAYX_KEY_SECRET!,
      webhookSecret: v.MUNIM_RAZORPAYX_WEBHOOK_SECRET!,
      ...(v.MUNIM_RAZORPAYX_PREVIOUS_WEBHOOK_SECRET === undefined
        ? {}
        : { previousWebhookSecret: v.MUNIM_RAZORPAYX_PREVIOUS_WEBHOOK_SECRET }),
      accountNumber: v.MUNIM_RAZORPAYX_ACCOUNT_NUMBER!,
    }),
    eko:
      v.MUNIM_EKO_BASE_URL === undefined
        ? undefined
        : Object.freeze({
            baseUrl: v.MUNIM_EKO_BASE_URL,
            developerKey: v.MUNIM_EKO_DEVELOPER_KEY!,
            accessKey: v.MUNIM_EKO_ACCESS_KEY!,
            initiatorId: v.MUNIM_EKO_INITIATOR_ID!,
            userCode: v.MUNIM_EKO_USER_CODE!,
            aadhaarKey: v.MUNIM_EKO_AADHAAR_KEY!,
            callbackToken: v.MUNIM_EKO_CALLBACK_TOKEN!,
          }),
    setu:
      v.MUNIM_SETU_PARTNER_ID === undefined
        ? undefined
        : Object.freeze({
            billpay: Object.freeze({
              baseUrl: v.MUNIM_SETU_BILLPAY_BASE_URL!,
              clientId: v.MUNIM_SETU_BILLPAY_CLIENT_ID!,
              secret: v.MUNIM_SETU_BILLPAY_SECRET!,
              partnerId: v.MUNIM_SETU_PARTNER_ID,
            }),
            recharge: Object.freeze({
              baseUrl: v.MUNIM_SETU_RECHARGE_BASE_URL!,
              accountsBaseUrl: v.MUNIM_SETU_ACCOUNTS_BASE_URL!,
              clientId: v.MUNIM_SETU_RECHARGE_CLIENT_ID!,
              secret: v.MUNIM_SETU_RECHARGE_SECRET!,
              productInstanceId: v.MUNIM_SETU_PRODUCT_INSTANCE_ID!,
            }),
            callbackToken: v.MUNIM_SETU_CALLBACK_TOKEN!,
          }),
    keyed: readKeyed(v),
  };
}

/** A provider is reached by its name, over TLS: an address, or a name of this machine, is a sandbox or a stub. */
function refuseSandbox(config: Config): void {
  if (!isPublic(config.razorpayx.baseUrl) || config.razorpayx.keyId.startsWith('rzp_test_')) {
    throw new Error(
      'The configuration is wrong:\n  - production refuses the sandbox and test keys: MUNIM_RAZORPAYX_BASE_URL must be https on a public host and the key a live one',
    );
  }
  if (
    config.eko !== undefined &&
    (!isPublic(config.eko.baseUrl) || /(^|\.)staging\./.test(new URL(config.eko.baseUrl).hostname))
  ) {
    throw new Error(
      'The configuration is wrong:\n  - production refuses the sandbox and staging: MUNIM_EKO_BASE_URL must be https on a public host',
    );
  }
  const { billpay, recharge } = config.setu ?? {};
  for (const url of [billpay?.baseUrl, recharge?.baseUrl, recharge?.accountsBaseUrl]) {
    if (url !== undefined && (!isPublic(url) || /^https:\/\/(?:sandbox|qa|prepaid-uat)\b/i.test(url))) {
      throw new Error(
        'The configuration is wrong:\n  - production refuses the sandbox: the MUNIM_SETU_…_BASE_URL must be https on the production hosts',
      );
    }
  }
  for (const [name, { baseUrl }] of Object.entries(config.keyed)) {
    if (!isPublic(baseUrl))
      throw new Error(
        `The configuration is wrong:\n  - production refuses the sandbox: MUNIM_${name.toUpperCase()}_BASE_URL must be https on a public host`,
      );
  }
}

function isPublic(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return (
    protocol === 'https:' &&
    /[a-z]\.?$/i.test(hostname) &&
    hostname.includes('.') &&
    !/(^|\.)(localhost|localdomain|test|example|invalid)\.?$/i.test(hostname)
  );
}

/** The configuration for people: secrets, and what a URL may hide, are replaced. */
export function redactedConfig(config: Config): Record<string, unknown> {
  return {
    ...config,
    databaseUrl: redactedUrl(config.databaseUrl),
    redisUrl: config.redisUrl === undefined ? undefined : redactedUrl(config.redisUrl),
    encryptionKeys: '***',
    blindIndexKey: '***',
    cursorKey: '***',
    razorpayx: {
      ...config.razorpayx,
      keySecret: '***',
      webhookSecret: '***',
      ...(config.razorpayx.previousWebhookSecret === undefined ? {} : { previousWebhookSecret: '***' }),
      accountNumber: `…${config.razorpayx.accountNumber.slice(-4)}`,
    },
    setu:
      config.setu === undefined
        ? undefined
        : {
            billpay: { ...config.setu.billpay, secret: '***' },
            recharge: { ...config.setu.recharge, secret: '***' },
            callbackToken: '***',
          },
    eko:
      config.eko === undefined
        ? undefined
        : {
            ...config.eko,
            developerKey: '***',
            accessKey: '***',
            initiatorId: `…${config.eko.initiatorId.slice(-4)}`,
            aadhaarKey: '***',
            callbackToken: '***',
          },
    keyed: redactedKeyed(config.keyed),
  };
}

/** Scheme, host and path: user, password and parameters (`?password=`) are left out. */
function redactedUrl(text: string): string {
  try {
    const url = new URL(text);
    return `${url.protocol}//${url.username === '' && url.password === '' ? '' : '***@'}${url.host}${url.pathname}${url.search === '' ? '' : '?***'}`;
  } catch {
    return '***';
  }
}
