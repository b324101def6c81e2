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

/**
 * Fields are redacted by name at any depth, then the pattern scrubber goes over every value and message
 * (scrub.ts); a child's fields too.
 */
export function createLog(options: {
  process: string;
  level: string;
  destination?: pino.DestinationStream;
}): Log {
  const settings: pino.LoggerOptions = {
    level: options.level,
    base: { process: options.process, process_id: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }), log: scrubFields },
    serializers: {}, // pino's own would show an error's message as it is
    hooks: {
      logMethod(args, method) {
        method.apply(this, args.map((a: unknown) => (typeof a === 'string' ? scrub(a) : a)) as typeof args);
      },
    },
  };
  return withScrubbedChildren(options.destination ? pino(settings, options.destination) : pino(settings));
}

// pino formats the lines of a child, and not the fields that it was made with.
function withScrubbedChildren(logger: pino.Logger): Log {
  return {
    debug: (fields, message) => {
      logger.debug(fields, message);
    },
    info: (fields, message) => {
      logger.info(fields, message);
    },
    warn: (fields, message) => {
      logger.warn(fields, message);
    },
    error: (fields, message) => {
      logger.error(fields, message);
    },
    child: (fields) => withScrubbedChildren(logger.child(scrubFields(fields))),
  };
}

function scrubFields(fields: object): Record<string, unknown> {
  return scrubValue(fields) as Record<string, unknown>;
}

/** A log that says nothing; for tests. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLog };
