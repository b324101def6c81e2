/**
 * Sends callbacks over kept-alive connections, at most 256 at a time and in no particular order. A callback
 * is delivered when the receiver answers 2xx within 5 s. Otherwise it is retried after 0.5 s, 1 s, 2 s … 30 s
 * and given up after 24 h, unless it brings its own retry plan. What is owed lives in the book, so a restart
 * loses nothing: a callback may arrive twice, but it always arrives.
 */
import { Pool, type Dispatcher } from 'undici';

const CONCURRENCY = 256;
const ANSWER_TIMEOUT_MS = 5_000;
const GIVE_UP_AFTER_MS = 24 * 60 * 60 * 1_000;
const MAX_ANSWER_BYTES = 64 * 1_024;

/** How a callback is retried: the wait doubles from `firstMs` up to `longestMs`. */
export interface RetryPlan {
  firstMs: number;
  longestMs: number;
  /** By default a callback is retried until it is 24 h old. */
  maxRetries?: number;
}

const USUAL_RETRIES: RetryPlan = { firstMs: 500, longestMs: 30_000 };

export interface Outgoing {
  seq: number;
  /** When it was created, and when it is first due (ms since the epoch). */
  bornAtMs: number;
  dueAtMs: number;
  /** Sent once, whatever the receiver answers. */
  once: boolean;
  retry?: RetryPlan;
}

/** A request; `path` is appended to the sender's URL. */
export interface Rendered {
  headers: Record<string, string>;
  body: string;
  path?: string;
}

export interface SendCounts {
  inFlight: number;
  attempts: number;
  failedAttempts: number;
}

export interface WebhookSender {
  enqueue(item: Outgoing): void;
  counts(): SendCounts;
  /** Stops sending; what is not delivered yet stays owed. */
  close(): Promise<void>;
}

export interface WebhookSenderOptions {
  url: string;
  nowMs: () => number;
  /** Must return the same bytes for every attempt. */
  render: (seq: number) => Promise<Rendered>;
  onTaken: (seq: number) => void;
  onGivenUp: (seq: number) => void;
}

interface Waiting extends Outgoing {
  attempts: number;
}

export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const target = createTarget(options.url);
  const ready = createFifo<Waiting>();
  const timers = new Set<NodeJS.Timeout>();
  let inFlight = 0;
  let attempts = 0;
  let failedAttempts = 0;
  let closed = false;

  function schedule(item: Waiting, delayMs: number): void {
    if (closed) return;
    if (delayMs <= 0) {
      ready.push(item);
      pump();
      return;
    }
    const timer = setTimeout(() => {
      timers.delete(timer);
      ready.push(item);
      pump();
    }, delayMs);
    timers.add(timer);
  }

  function pump(): void {
    if (closed) return;
    while (inFlight < CONCURRENCY && ready.size > 0) {
      inFlight += 1;
      attempts += 1;
      void attempt(ready.shift()!);
    }
  }

  async function attempt(item: Waiting): Promise<void> {
    let taken = false;
    try {
      const status = await target.post(await options.render(item.seq));
      taken = status >= 200 && status < 300;
    } catch {
      // Refused, reset or too slow: the same as any answer that is not 2xx.
    }
    inFlight -= 1;
    if (!closed) finish(item, taken);
    pump();
  }

  function finish(item: Waiting, taken: boolean): void {
    if (taken) return options.onTaken(item.seq);
    failedAttempts += 1;
    const waitMs = waitBeforeRetry(item, options.nowMs());
    if (waitMs === undefined) return options.onGivenUp(item.seq);
    item.attempts = Math.min(item.attempts + 1, 16);
    schedule(item, waitMs);
  }

  return {
    enqueue(item) {
      schedule({ ...item, attempts: 0 }, item.dueAtMs - options.nowMs());
    },
    counts: () => ({ inFlight, attempts, failedAttempts }),
    async close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      await target.close();
    },
  };
}

/** Milliseconds until the next retry; undefined when the callback is to be given up. */
function waitBeforeRetry({ once, retry, attempts, bornAtMs }: Waiting, nowMs: number): number | undefined {
  const { firstMs, longestMs, maxRetries = Infinity } = retry ?? USUAL_RETRIES;
  const waitMs = Math.min(longestMs, firstMs * 2 ** attempts);
  const isOver = once || attempts >= maxRetries || nowMs + waitMs - bornAtMs > GIVE_UP_AFTER_MS;
  return isOver ? undefined : waitMs;
}

function createTarget(address: string) {
  const url = new URL(address);
  const pool = new Pool(url.origin, {
    connections: CONCURRENCY,
    headersTimeout: ANSWER_TIMEOUT_MS,
    bodyTimeout: ANSWER_TIMEOUT_MS,
    connectTimeout: ANSWER_TIMEOUT_MS,
    maxResponseSize: MAX_ANSWER_BYTES,
  });
  return {
    /** Returns the status of the answer; rejects when there is none. */
    post({ headers, body, path }: Rendered): Promise<number> {
      const pathname = path === undefined ? url.pathname : url.pathname.replace(/\/$/, '') + path;
      return post(pool, `${pathname}${url.search}`, headers, body);
    },
    close: () => pool.destroy(),
  };
}

/** Resolves with the status as soon as the headers arrive; rejects when there is no answer. */
function post(pool: Pool, path: string, headers: Record<string, string>, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let status = 0;
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart() {},
      onResponseStart(_controller, statusCode) {
        status = statusCode;
      },
      onResponseData() {},
      onResponseEnd() {
        resolve(status);
      },
      onResponseError(_controller, error) {
        if (status === 0) reject(error);
        else resolve(status);
      },
    };
    pool.dispatch({ path, method: 'POST', headers, body }, handler);
  });
}

/** A queue that drops its head without copying the rest each time. */
function createFifo<T>() {
  let items: T[] = [];
  let head = 0;
  return {
    get size() {
      return items.length - head;
    },
    push(item: T): void {
      items.push(item);
    },
    shift(): T | undefined {
      const item = items[head];
      head += 1;
      if (head > 1_024 && head * 2 > items.length) {
        items = items.slice(head);
        head = 0;
      }
      return item;
    },
  };
}
