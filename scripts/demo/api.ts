export interface Answer {
  status: number;
  body: Record<string, unknown>;
}
export interface CallOptions {
  idempotencyKey?: string;
  waitS?: number;
  isRepeatable?: boolean;
}

/**
 * A caller of the API as an app would be: it repeats safe requests with the same key and waits for a
 * transaction to end.
 */
export interface DemoApi {
  /** One call; repeated on a lost connection and on answers that say "again", unless it must not be. */
  call(method: 'GET' | 'POST', path: string, body?: unknown, options?: CallOptions): Promise<Answer>;
  /**
   * Sends a payout until it is answered 202; returns the public id. Throws Error with the answer when it is
   * refused.
   */
  send(body: unknown, idempotencyKey: string): Promise<string>;
  /**
   * Waits until the transaction has this status, or another final one that it cannot leave for it; at the
   * deadline returns what it has by then.
   */
  finalOf(id: string, wanted: string, deadlineAt: number): Promise<TransactionAnswer>;
}

/** The API did not answer any of the tries, so the demo cannot go on. */
export class ApiGoneError extends Error {
  constructor(apiUrl: string) {
    super(
      `nothing answers at ${apiUrl} any more. Has npm start been stopped? What was accepted goes on when it runs again`,
    );
  }
}

/** An unexpected answer. The message holds the API's code and sentence, and nothing of the request. */
export class RefusedError extends Error {
  readonly code: string;
  constructor(path: string, status: number, body: Record<string, unknown>) {
    const { code, detail } = body as { code?: string; detail?: string };
    super(
      `${path.replaceAll(/[a-z]{3}_[0-9a-z]{26}/g, '…')} was answered ${status}: ${code ?? 'no code'}, ${detail ?? 'no detail'}`,
    );
    this.code = code ?? '';
  }
}

export interface TransactionAnswer {
  id: string;
  status: string;
  created_at: string;
  finished_at: string | null;
}

const TRIES = 10;
const WAIT_S = 20;
const REREAD_MS = 200;

export function createDemoApi(apiUrl: string, apiKey: string, signal: AbortSignal): DemoApi {
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };

  /** Repeats on a lost connection and on answers that say "again". */
  async function call(path: string, init: RequestInit, tries = TRIES): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const response = await fetch(apiUrl + path, {
          ...init,
          signal: AbortSignal.any([signal, AbortSignal.timeout((WAIT_S + 10) * 1_000)]),
        });
        const body = (await response.json()) as Record<string, unknown>;
        if (response.status < 500 && response.status !== 429 && body.code !== 'IDEMPOTENCY_IN_PROGRESS')
          return { status: response.status, body };
        if (attempt >= tries) throw new RefusedError(path, response.status, body);
      } catch (error) {
        if (signal.aborted || error instanceof RefusedError) throw error;
        // so says fetch when there is no connection
        if (attempt >= tries) throw (error as Error).name === 'TypeError' ? new ApiGoneError(apiUrl) : error;
      }
      await pause(100 * 2 ** Math.min(attempt, 5));
    }
  }

  return {
    async call(method, path, body, { idempotencyKey, waitS, isRepeatable = true } = {}) {
      const answer = await call(
        path,
        {
          method,
          headers: {
            ...headers,
            ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
            ...(waitS === undefined ? {} : { prefer: `wait=${waitS}` }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        },
        isRepeatable ? TRIES : 1,
      );
      if (answer.status >= 400) throw new RefusedError(path, answer.status, answer.body);
      return answer;
    },
    async send(body, idempotencyKey) {
      const answer = await call('/v1/payouts', {
        method: 'POST',
        headers: { ...headers, 'idempotency-key': idempotencyKey },
        body: JSON.stringify(body),
      });
      if (answer.status !== 202)
        throw new Error(`a payout was refused with ${answer.status}: ${answer.body.detail as string}`);
      return String(answer.body.id);
    },
    async finalOf(id, wanted, deadlineAt) {
      for (;;) {
        const answer = await call(`/v1/transactions/${id}`, {
          headers: { ...headers, prefer: `wait=${WAIT_S}` },
        });
        const transaction = answer.body as unknown as TransactionAnswer;
        // a success may still be reversed; nothing else changes any more
        const mayCome =
          transaction.status === 'PENDING' || (transaction.status === 'SUCCESS' && wanted === 'REVERSED');
        if (transaction.status === wanted || !mayCome || Date.now() > deadlineAt) return transaction;
        await pause(REREAD_MS);
      }
    },
  };
}

/** Uses the global timer because tests can fake it; they cannot fake that of node:timers/promises. */
async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
