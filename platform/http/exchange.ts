import { performance } from 'node:perf_hooks';
import type { Dispatcher } from 'undici';
import type { Clock } from '../clock';
import { classifyHttpError, errorCode } from './classify';
import type { HttpFailure, HttpFailureReason, HttpLimits, HttpResult } from './types';

type Phase = HttpFailure['phase'];

export interface ExchangeOptions {
  limits: HttpLimits;
  clock: Clock;
  notAfter: Date | undefined;
  signal: AbortSignal | undefined;
  resolve(result: HttpResult): void;
}

export interface Exchange {
  handler: Dispatcher.DispatchHandler;
  /** Ends it with an error that was thrown at the call itself. */
  fail(error: unknown): void;
  finished(): boolean;
}

/** The life of one request as undici tells it (protocol: see http-client.ts). It resolves exactly once; what comes after is ignored. */
export function createExchange(options: ExchangeOptions): Exchange {
  const { limits } = options;
  const startedAt = performance.now();
  let phase: Phase = 'connect';
  let started = false;
  let done = false;
  let controller: Dispatcher.DispatchController | undefined;
  let timer: NodeJS.Timeout | undefined;
  let status: number | undefined;
  let headers: Record<string, string> = {};
  let chunks: Buffer[] = [];
  let bytes = 0;

  const elapsedMs = (): number => Math.round(performance.now() - startedAt);

  function finish(result: HttpResult): void {
    if (done) return;
    done = true;
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
    chunks = [];
    options.resolve(result);
  }

  function giveUp(reason: HttpFailureReason, code?: string): void {
    finish({ ok: false, sent: started, reason, phase, elapsedMs: elapsedMs(), ...(status === undefined ? {} : { status }), ...(code === undefined ? {} : { code }) });
    controller?.abort(new Error(reason));
  }

  /** Starts the clock of a phase; the total always wins when it is nearer. */
  function arm(phaseMs: number): void {
    clearTimeout(timer);
    const leftMs = limits.totalTimeoutMs - (performance.now() - startedAt);
    timer = setTimeout(() => giveUp(phase === 'connect' ? 'connect_timeout' : 'timeout'), Math.max(0, Math.min(phaseMs, leftMs)));
  }

  function onAbort(): void { giveUp('aborted'); }

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(c) {
      controller = c;
      if (done) { c.abort(new Error('given up')); return; } // before the first byte: undici checks right after this call and writes nothing
      if (started) { giveUp('reset', 'WRITTEN_TWICE'); return; } // undici would write it a second time; one request is one writing
      if (options.notAfter !== undefined && options.clock.now() >= options.notAfter) { giveUp('too_late'); return; }
      started = true;
      phase = 'headers';
      arm(limits.headersTimeoutMs);
    },
    onResponseStart(_controller, statusCode, rawHeaders) {
      if (done || statusCode < 200) return;
      status = statusCode;
      headers = joined(rawHeaders);
      phase = 'body';
      if (Number(headers['content-length'] ?? 0) > limits.maxResponseBytes) giveUp('too_large');
      else arm(limits.bodyTimeoutMs);
    },
    onResponseData(_controller, chunk) {
      if (done) return;
      bytes += chunk.length;
      if (bytes > limits.maxResponseBytes) { giveUp('too_large'); return; }
      chunks.push(chunk);
      arm(limits.bodyTimeoutMs);
    },
    onResponseEnd() {
      if (status !== undefined) finish({ ok: true, status, headers, text: Buffer.concat(chunks).toString('utf8'), elapsedMs: elapsedMs() });
    },
    onResponseError(_controller, error) { fail(error); },
  };

  function fail(error: unknown): void {
    if (!done) giveUp(classifyHttpError(error, started), errorCode(error));
  }

  if (options.signal?.aborted === true) giveUp('aborted');
  else {
    options.signal?.addEventListener('abort', onAbort, { once: true });
    arm(limits.connectTimeoutMs);
  }
  return { handler, fail, finished: () => done };
}

function joined(raw: Record<string, string | string[] | undefined>): Record<string, string> {
  const out: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(raw)) {
    if (value !== undefined) out[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return out;
}
