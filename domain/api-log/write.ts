import type { Knex } from 'knex';
import { isConnectionError } from '../../platform/database';
import { uuidAt } from '../../platform/ids';
import { insertAll, int4, jsonbText, table, text, timestamptz, uuid } from '../../platform/sql';
import type { CallEntry, CallLog } from './port';
import { atMost } from '../../platform/time-limit';

/**
 * Writes the API log beside the work, never in it: notes stay in memory for a moment and are inserted
 * together, one statement at a time. When the database is away, or slower than the calls, notes are dropped
 * and counted. No call waits for its note, and none fails because of it.
 */
export interface BackgroundCallLog extends CallLog {
  /** The number of notes that wait or are being written. */
  size(): number;
  /** Resolves when every note so far is written or dropped, or after `withinMs`. */
  drain(withinMs?: number): Promise<void>;
}

export interface CallLogDependencies {
  knex: Knex;
  /** For metrics. */
  onDropped?(count: number, why: 'full' | 'failed'): void;
  onError?(error: unknown): void;
  maxWaiting?: number;
  lingerMs?: number;
}

const MAX_WAITING = 5_000;
const MAX_BATCH = 500;
/** The first note waits this long for others. */
const LINGER_MS = 100;
/** At its end, a process waits at most this long for a database that is away. */
const DRAIN_MS = 5_000;
const MAX_JSON_CHARS = 16_384;

interface Row {
  entry: CallEntry;
  request: string | null;
  response: string | null;
}

export function createCallLog(deps: CallLogDependencies): BackgroundCallLog {
  const maxWaiting = deps.maxWaiting ?? MAX_WAITING;
  let waiting: Row[] = [];
  let writing = 0;
  let timer: NodeJS.Timeout | undefined;
  let drained: (() => void)[] = [];

  async function write(): Promise<void> {
    timer = undefined;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MAX_BATCH);
      waiting = waiting.slice(batch.length);
      writing = batch.length;
      await insertOrDrop(batch);
      writing = 0;
    }
    for (const done of drained.splice(0)) done();
  }

  /** A note that the database refuses must not take the others with it. */
  async function insertOrDrop(batch: readonly Row[]): Promise<void> {
    try {
      await insertAll(deps.knex, CALLS, batch);
    } catch (error) {
      if (batch.length > 1 && !isConnectionError(error)) {
        for (const row of batch) await insertOrDrop([row]);
        return;
      }
      deps.onDropped?.(batch.length, 'failed');
      deps.onError?.(error);
    }
  }

  return {
    note(entry) {
      if (waiting.length + writing >= maxWaiting) return deps.onDropped?.(1, 'full');
      try {
        waiting.push(rowOf(entry));
      } catch (error) {
        // a value without a JSON form
        deps.onDropped?.(1, 'failed');
        return deps.onError?.(error);
      }
      if (timer === undefined && writing === 0) {
        timer = setTimeout(() => {
          void write();
        }, deps.lingerMs ?? LINGER_MS);
        timer.unref();
      }
    },
    size: () => waiting.length + writing,
    async drain(withinMs = DRAIN_MS) {
      if (waiting.length + writing === 0) return;
      const done = new Promise<void>((resolve) => {
        drained.push(resolve);
      });
      if (writing === 0) {
        clearTimeout(timer);
        void write();
      }
      await atMost(withinMs, done);
    },
  };
}

function rowOf(entry: CallEntry): Row {
  return { entry, request: jsonOf(entry.request), response: jsonOf(entry.response) };
}

/** `jsonb` takes neither NUL nor half a surrogate pair; a value that is too long loses its content. */
function jsonOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  let text = JSON.stringify(value);
  if (ESCAPED_ODDITY.test(text))
    text = JSON.stringify(value, (_name, item: unknown) =>
      typeof item === 'string' ? storable(item) : item,
    );
  if (text.length > MAX_JSON_CHARS) return JSON.stringify({ '<too long>': text.length });
  return ESCAPED_ODDITY.test(text) ? JSON.stringify('<not storable>') : text; // in a name
}

const ESCAPED_ODDITY = /\\u(?:0000|d[89a-f])/i;

/** Half a surrogate pair becomes U+FFFD. */
const storable = (text: string): string => text.replaceAll('\0', '').toWellFormed();

const cut = (text: string, max: number): string => storable(text.slice(0, max));

const CALLS = table<Row>('api_calls', {
  id: uuid(({ entry }) => uuidAt(entry.at)),
  provider: text(({ entry }) => cut(entry.provider, 60)),
  operation: text(({ entry }) => cut(entry.operation, 100)),
  method: text(({ entry }) => cut(entry.method, 10)),
  route: text(({ entry }) => cut(entry.route.replace(/[?#].*$/s, ''), 200)),
  result: text(({ entry }) => cut(entry.result, 100)),
  latency_ms: int4(({ entry }) => Math.min(2_147_483_647, Math.max(0, Math.round(entry.latencyMs)))),
  transaction_id: uuid(({ entry }) => entry.transactionId),
  our_reference: text(({ entry }) =>
    entry.ourReference === undefined ? null : cut(entry.ourReference, 100),
  ),
  request: jsonbText((row) => row.request),
  response: jsonbText((row) => row.response),
  at: timestamptz(({ entry }) => entry.at),
});
