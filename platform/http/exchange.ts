import { performance } from 'node:perf_hooks';
import type { Dispatcher } from 'undici';
import type { Clock } from '../clock';
import { classifyHttpError, errorCode } from './classify';
import type { HttpFailure, HttpFailureReason, HttpLimits, HttpResult } from './types';

export interface ExchangeOptions {
  limits: HttpLimits;
  clock: Clock;
  notAfter: Date | undefined;
  signal: AbortSignal | undefined;
  resolve(result: HttpResult): void;
}

/**
 * The life of one request as undici tells it (protocol: see http-client.ts). It resolves exactly once; what
 * comes after is ignored.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  private readonly startedAt = performance.now();
  private phase: HttpFailure['phase'] = 'connect';
  private started = false;
  private done = false;
  private controller: Dispatcher.DispatchController | undefined;
  private timer: NodeJS.Timeout | undefined;
  private status: number | undefined;
  private headers: Record<string, string> = {};
  private chunks: Buffer[] = [];
  private bytes = 0;
  private readonly onAbort = (): void => {
    this.giveUp('aborted');
  };

  constructor(private readonly options: ExchangeOptions) {
    if (options.signal?.aborted === true) {
      this.giveUp('aborted');
      return;
    }
    options.signal?.addEventListener('abort', this.onAbort, { once: true });
    this.arm(options.limits.connectTimeoutMs);
  }

  finished(): boolean {
    return this.done;
  }

  /** Ends it with an error, by what its code says. */
  fail(error: unknown): void {
    if (!this.done) this.giveUp(classifyHttpError(error, this.started), errorCode(error));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.done) {
      controller.abort(new Error('given up'));
      return;
    } // before the first byte: undici checks right after this call and writes nothing
    if (this.started) {
      this.giveUp('reset', 'WRITTEN_TWICE');
      return;
    } // undici would write it a second time; one request is one writing
    const { notAfter, clock, limits } = this.options;
    if (notAfter !== undefined && clock.now() >= notAfter) {
      this.giveUp('too_late');
      return;
    }
    this.started = true;
    this.phase = 'headers';
    this.arm(limits.headersTimeoutMs);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (this.done || statusCode < 200) return;
    const { limits } = this.options;
    this.status = statusCode;
    this.headers = joined(headers);
    this.phase = 'body';
    if (Number(this.headers['content-length'] ?? 0) > limits.maxResponseBytes) this.giveUp('too_large');
    else this.arm(limits.bodyTimeoutMs);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.done) return;
    const { limits } = this.options;
    this.bytes += chunk.length;
    if (this.bytes > limits.maxResponseBytes) {
      this.giveUp('too_large');
      return;
    }
    this.chunks.push(chunk);
    this.arm(limits.bodyTimeoutMs);
  }

  onResponseEnd(): void {
    if (this.status === undefined) return;
    this.finish({
      ok: true,
      status: this.status,
      headers: this.headers,
      text: Buffer.concat(this.chunks).toString('utf8'),
      elapsedMs: this.elapsedMs(),
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(error);
  }

  /** Starts the clock of a phase; the total wins when it is nearer. */
  private arm(phaseMs: number): void {
    clearTimeout(this.timer);
    const leftMs = this.options.limits.totalTimeoutMs - (performance.now() - this.startedAt);
    this.timer = setTimeout(
      () => this.giveUp(this.phase === 'connect' ? 'connect_timeout' : 'timeout'),
      Math.max(0, Math.min(phaseMs, leftMs)),
    );
  }

  private giveUp(reason: HttpFailureReason, code?: string): void {
    const { started: sent, phase, status } = this;
    this.finish({
      ok: false,
      sent,
      reason,
      phase,
      elapsedMs: this.elapsedMs(),
      ...(status === undefined ? {} : { status }),
      ...(code === undefined ? {} : { code }),
    });
    this.controller?.abort(new Error(reason));
  }

  private finish(result: HttpResult): void {
    if (this.done) return;
    this.done = true;
    clearTimeout(this.timer);
    this.options.signal?.removeEventListener('abort', this.onAbort);
    this.chunks = [];
    this.options.resolve(result);
  }

  private elapsedMs(): number {
    return Math.round(performance.now() - this.startedAt);
  }
}

function joined(raw: Record<string, string | string[] | undefined>): Record<string, string> {
  const out: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(raw)) {
    if (value !== undefined) out[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return out;
}
