/**
 * Sends callbacks over kept-alive connections, at most 256 at a time, in no promised order. A callback counts as taken when a 2xx comes within 5 s;
 * otherwise it is sent again after 0.5 s, 1 s, 2 s … 30 s at most, and given up after 24 h, unless it brings a retry plan of its own. What is owed lives
 * in the book, so nothing is lost with the process: a callback may come twice, never not at all.
 */
import { Pool, type Dispatcher } from 'undici';

const CONCURRENCY = 256;
const ANSWER_TIMEOUT_MS = 5_000;
const GIVE_UP_AFTER_MS = 24 * 60 * 60 * 1_000;
const ANSWER_BYTES = 64 * 1_024;

/** How often and how long a callback is tried again: the wait doubles from the first to the longest. */
export interface RetryPlan {
  firstMs: number;
  longestMs: number;
  /** Retries after the first attempt; without a number until 24 h are over. */ most?: number;
}

const USUAL_RETRIES: RetryPlan = { firstMs: 500, longestMs: 30_000 };

export interface Outgoing {
  seq: number;
  /** When it was born, and when it is due first (ms since the epoch). */
  bornAtMs: number;
  dueAtMs: number;
  /** Sent once, whatever comes back. */
  once: boolean;
  retry?: RetryPlan;
}

export interface WebhookSender {
  enqueue(item: Outgoing): void;
  counts(): { inFlight: number; attempts: number; failedAttempts: number };
  /** Stops sending; what is not taken yet stays owed. */
  close(): Promise<void>;
}

export interface WebhookSenderOptions {
  url: string;
  nowMs: () => number;
  /** Headers and body, the same bytes for every attempt; `path` goes behind the URL. */
  render: (seq: number) => Promise<{ headers: Record<string, string>; body: string; path?: string }>;
  onTaken: (seq: number) => void;
  onGivenUp: (seq: number) => void;
}

interface Waiting extends Outgoing {
  attempts: number;
}

export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const url = new URL(options.url);
  const pathOf = (more: string | undefined): string =>
    `${more === undefined ? url.pathname : url.pathname.replace(/\/$/, '') + more}${url.search}`;
  const pool = new Pool(url.origin, {
    connections: CONCURRENCY,
    headersTimeout: ANSWER_TIMEOUT_MS,
    bodyTimeout: ANSWER_TIMEOUT_MS,
    connectTimeout: ANSWER_TIMEOUT_MS,
    maxResponseSize: ANSWER_BYTES,
  });
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
      const { headers, body, path } = await options.render(item.seq);
      const status = await post(pool, pathOf(path), headers, body);
      taken = status >= 200 && status < 300;
    } catch {
      /* refused, reset or too slow: the same as any answer that is not 2xx */
    }
    inFlight -= 1;
    if (!closed) finish(item, taken);
    pump();
  }

  function finish(item: Waiting, taken: boolean): void {
    if (taken) return options.onTaken(item.seq);
    failedAttempts += 1;
    const { firstMs, longestMs, most = Infinity } = item.retry ?? USUAL_RETRIES;
    const waitMs = Math.min(longestMs, firstMs * 2 ** item.attempts);
    if (item.once || item.attempts >= most || options.nowMs() + waitMs - item.bornAtMs > GIVE_UP_AFTER_MS)
      return options.onGivenUp(item.seq);
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
      await pool.destroy();
    },
  };
}

/** Resolves with the status as soon as the headers are there; rejects when there is no answer. */
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

/** A queue whose head moves on without copying what is behind it. */
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
