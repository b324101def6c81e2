import pino from 'pino';
import { scrub, scrubValue } from './scrub';

/** The log of a process: one JSON line each, for machines. What people should see has a page or a table. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Log;
}

const REDACTED_PATHS = ['authorization', 'password', 'secret', 'token', 'otp', 'aadhaar', 'pid', 'account_number', 'accountNumber', 'vpa', 'beneficiary', 'body', 'api_key', 'cookie']
  .flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);

/** Path redaction first, then the pattern scrubber over every value and message. */
export function createLog(options: { process: string; level: string; destination?: pino.DestinationStream }): Log {
  const settings: pino.LoggerOptions = {
    level: options.level,
    base: { process: options.process, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
    formatters: { level: (label) => ({ level: label }), log: (fields) => scrubValue(fields) as Record<string, unknown> },
    hooks: {
      logMethod(args, method) {
        method.apply(this, args.map((a: unknown) => (typeof a === 'string' ? scrub(a) : a)) as typeof args);
      },
    },
  };
  return options.destination ? pino(settings, options.destination) : pino(settings);
}

/** A log that says nothing; for tests. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLog };
