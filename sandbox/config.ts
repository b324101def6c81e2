import fs from 'node:fs';
import { readCashfreeConfig, type CashfreeConfig } from './cashfree/config';
import type { EkoConfig } from './eko/provider';
import { readPlivoConfig, type PlivoConfig } from './plivo/config';
import { readRazorpayConfig, type RazorpayConfig } from './razorpay/config';
import { ACCOUNT_TYPES, type AccountType } from './razorpayx/account';
import type { RazorpayxConfig } from './razorpayx/provider';
import { readSetuConfig, type SetuConfig } from './setu/config';

/** What a sandbox needs to run. Money is paise, times are milliseconds. */
export interface SandboxConfig extends RazorpayxConfig {
  host: string;
  port: number;
  /** Folder of the books; created when missing. */
  dir: string;
  delayMs: number;
  slowMs: number;
  /** Asked of whoever calls the control API. May be missing on a loopback address only; then nobody is asked. */
  controlToken?: string;
  /** The database whose clock is followed; without it the sandbox has the real time. */
  clockDatabaseUrl?: string;
  /** Eko is not served when this is missing. */
  eko?: EkoConfig;
  /** Setu is not served when this is missing. */
  setu?: SetuConfig;
  /** Cashfree is not served when this is missing. */
  cashfree?: CashfreeConfig;
  /** Razorpay's payment gateway is not served when this is missing. */
  razorpay?: RazorpayConfig;
  /** Plivo is not served when this is missing. */
  plivo?: PlivoConfig;
}

const LOCAL = '127.0.0.1';
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i;
const DEFAULT_OPENING_BALANCE_PAISE = '1000000000000'; // ₹1,000 crore: enough for any demo or benchmark

/**
 * Reads the environment. Throws one Error that lists every problem without repeating any value. Refuses to
 * run unless NODE_ENV is development or test.
 */
export function loadSandboxConfig(env: NodeJS.ProcessEnv = process.env): SandboxConfig {
  const problems: string[] = [];
  const reader = createReader(env, problems);
  if (env.NODE_ENV !== 'development' && env.NODE_ENV !== 'test')
    problems.push('NODE_ENV must be development or test: the sandbox never runs in production');
  if (!isTokenGiven(env) && !LOOPBACK.test(env.MUNIM_SANDBOX_HOST ?? LOCAL))
    problems.push(
      'MUNIM_SANDBOX_CONTROL_TOKEN is required: MUNIM_SANDBOX_HOST is no loopback address, so other machines reach the sandbox',
    );
  const config: SandboxConfig = {
    host: reader.text('MUNIM_SANDBOX_HOST', /^[A-Za-z0-9.:-]{1,255}$/, 'a host name or address', LOCAL),
    port: reader.integer('MUNIM_SANDBOX_PORT', 0, 65_535),
    dir: reader.text('MUNIM_SANDBOX_DIR', /^.{1,4096}$/, 'a folder'),
    keyId: reader.text('MUNIM_RAZORPAYX_KEY_ID', /^[\w-]{4,100}$/, '4 to 100 letters, digits, _ or -'),
    keySecret: reader.secret('MUNIM_RAZORPAYX_KEY_SECRET', 4),
    webhookSecret: reader.secret('MUNIM_RAZORPAYX_WEBHOOK_SECRET', 8),
    accountNumber: reader.text(
      'MUNIM_RAZORPAYX_ACCOUNT_NUMBER',
      /^[A-Za-z0-9]{5,35}$/,
      '5 to 35 letters or digits',
    ),
    accountType: reader.text(
      'MUNIM_RAZORPAYX_ACCOUNT_TYPE',
      new RegExp(`^(?:${ACCOUNT_TYPES.join('|')})$`),
      ACCOUNT_TYPES.join(' or '),
      ACCOUNT_TYPES[0],
    ) as AccountType,
    callbackUrl: reader.httpUrl('MUNIM_SANDBOX_CALLBACK_URL'),
    openingBalancePaise: BigInt(
      reader.text(
        'MUNIM_SANDBOX_OPENING_BALANCE_PAISE',
        /^(0|[1-9]\d{0,14})$/,
        'a whole number of paise',
        DEFAULT_OPENING_BALANCE_PAISE,
      ) || 0,
    ),
    delayMs: reader.integer('MUNIM_SANDBOX_DELAY_MS', 0, 86_400_000, 0),
    slowMs: reader.integer('MUNIM_SANDBOX_SLOW_MS', 0, 86_400_000, 2_500),
    ...(isTokenGiven(env) ? { controlToken: reader.secret('MUNIM_SANDBOX_CONTROL_TOKEN', 16) } : {}),
    ...(isEkoWanted(env) ? { eko: readEko(reader) } : {}),
    ...(env.MUNIM_SANDBOX_CLOCK_DATABASE_URL === undefined
      ? {}
      : { clockDatabaseUrl: env.MUNIM_SANDBOX_CLOCK_DATABASE_URL }),
    setu: readSetuConfig(env, reader),
    cashfree: readCashfreeConfig(env, reader),
    razorpay: readRazorpayConfig(env, reader),
    plivo: readPlivoConfig(env, reader),
  };
  if (problems.length > 0)
    throw new Error(`The sandbox's configuration is wrong:\n${problems.map((p) => `  - ${p}`).join('\n')}`);
  return config;
}

const isEkoWanted = (env: NodeJS.ProcessEnv): boolean =>
  Object.entries(env).some(([name, value]) => value !== undefined && /^MUNIM_(SANDBOX_)?EKO_/.test(name));

const isTokenGiven = (env: NodeJS.ProcessEnv): boolean =>
  env.MUNIM_SANDBOX_CONTROL_TOKEN !== undefined || env.MUNIM_SANDBOX_CONTROL_TOKEN_FILE !== undefined;

function readEko(reader: ReturnType<typeof createReader>): EkoConfig {
  return {
    developerKey: reader.text(
      'MUNIM_EKO_DEVELOPER_KEY',
      /^[\w-]{4,100}$/,
      '4 to 100 letters, digits, _ or -',
    ),
    accessKey: reader.secret('MUNIM_EKO_ACCESS_KEY', 8),
    initiatorId: reader.text('MUNIM_EKO_INITIATOR_ID', /^[6-9]\d{9}$/, 'a mobile number of 10 digits'),
    userCode: reader.text('MUNIM_EKO_USER_CODE', /^\d{4,15}$/, '4 to 15 digits'),
    callbackUrl: reader.httpUrl('MUNIM_SANDBOX_EKO_CALLBACK_URL'),
    openingBalancePaise: BigInt(
      reader.text(
        'MUNIM_SANDBOX_EKO_OPENING_BALANCE_PAISE',
        /^(0|[1-9]\d{0,14})$/,
        'a whole number of paise',
        DEFAULT_OPENING_BALANCE_PAISE,
      ) || 0,
    ),
  };
}

function createReader(env: NodeJS.ProcessEnv, problems: string[]) {
  const text = (name: string, form: RegExp, what: string, fallback?: string): string => {
    const value = env[name] ?? fallback;
    if (value !== undefined && form.test(value)) return value;
    problems.push(value === undefined ? `${name} is required` : `${name} must be ${what}`);
    return '';
  };
  return {
    text,
    integer(name: string, min: number, max: number, fallback?: number): number {
      const value = text(name, /^\d{1,15}$/, `a whole number from ${min} to ${max}`, fallback?.toString());
      const n = Number(value);
      if (value !== '' && (n < min || n > max))
        problems.push(`${name} must be a whole number from ${min} to ${max}`);
      return n;
    },
    /** Reads a secret, or the file that holds it (`<NAME>_FILE`), without its trailing line break. */
    secret(name: string, minLength: number): string {
      const file = env[`${name}_FILE`];
      let value = env[name];
      if (file !== undefined && value !== undefined) {
        problems.push(`${name} and ${name}_FILE are both set; keep one`);
        return '';
      }
      if (file !== undefined) {
        try {
          value = fs.readFileSync(file, 'utf8').trimEnd();
        } catch {
          problems.push(`${name}_FILE names a file that cannot be read`);
          return '';
        }
      }
      if (value === undefined) problems.push(`${name} is required`);
      else if (value.length < minLength) problems.push(`${name} must have at least ${minLength} characters`);
      return value ?? '';
    },
    httpUrl(name: string): string {
      const value = text(name, /^https?:\/\/\S{1,2000}$/, 'an http or https URL');
      if (value !== '' && !URL.canParse(value)) problems.push(`${name} must be an http or https URL`);
      return value;
    },
  };
}
