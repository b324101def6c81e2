import pino from 'pino';

/**
 * One line for each request that was answered, beside the log of the process and in its form. Every value is
 * ours or counted: our own ids, the pattern of the route (never the path, which a caller writes), numbers. So
 * nothing has to be scrubbed, and a line costs a few microseconds. Lines are gathered and written by the
 * kilobyte, at least every quarter of a second; where they are not taken, they are dropped and counted.
 */
export interface AccessLine {
  /** `req_…`, as the caller got it. */
  request: string;
  /** `key_…`; null where none was shown that is valid. */
  key: string | null;
  method: string;
  /** `/v1/transactions/:id`; `none` where nothing is at the path. */
  route: string;
  status: number;
  /** From the first byte read to the end of the answer. */
  ms: number;
  /** Of the answer's body. */
  bytes: number;
  /** The caller hung up before the answer was out. */
  cut?: true;
}

export interface AccessLog {
  write(line: AccessLine): void;
  /** Writes what is gathered. */
  flush(): void;
}

const GATHERED_BYTES = 3_000;
/** A pipe takes this much as a whole, so that lines of other logs never end up inside one of these. */
const WHOLE_BYTES = 4_096;
const KEPT_BYTES = 1_048_576;
const FLUSH_MS = 250;

export function createAccessLog(options: {
  process: string;
  level: string;
  onDropped?: () => void;
  /** Standard output when missing. */
  destination?: pino.DestinationStream;
}): AccessLog {
  const buffered =
    options.destination === undefined
      ? pino.destination({
          fd: 1,
          sync: false,
          minLength: GATHERED_BYTES,
          maxWrite: WHOLE_BYTES,
          maxLength: KEPT_BYTES,
          periodicFlush: FLUSH_MS,
        })
      : undefined;
  buffered?.on('drop', () => options.onDropped?.());
  const logger = pino(
    {
      level: options.level,
      base: { process: options.process, process_id: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: {},
    },
    options.destination ?? buffered!,
  );
  return {
    write(line) {
      logger.info(line, 'answered');
    },
    flush() {
      buffered?.flushSync();
    },
  };
}

/** An access log that says nothing; for tests. */
export const silentAccessLog: AccessLog = { write() {}, flush() {} };
