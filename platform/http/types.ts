import type { Clock } from '../clock';

/** The time limit of each phase, and the size limit of an answer. */
export interface HttpLimits {
  /** From the call until a connection (TCP and TLS) is ours, waiting for a free one included. */
  connectTimeoutMs: number;
  /** From the first byte written until the answer's header is read. */
  headersTimeoutMs: number;
  /** Between two pieces of the answer's body. */
  bodyTimeoutMs: number;
  /** From the call until the last byte, whatever the phases say. */
  totalTimeoutMs: number;
  maxResponseBytes: number;
}

export interface HttpClientOptions extends Partial<HttpLimits> {
  /** `https://host[:port][/prefix]`; the prefix is put before each path. */
  baseUrl: string;
  /** The name of the provider; for logs and metrics. */
  name: string;
  /** The maximum number of connections. */
  connections?: number;
  /** `false` opens a connection for each request. */
  keepAlive?: boolean;
  /**
   * An unused connection is closed after this. Short, so that few requests meet one that the other side has
   * just closed.
   */
  idleTimeoutMs?: number;
  /** Certificate authorities to trust in place of the system's (PEM). */
  ca?: string;
  clock?: Clock;
}

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Begins with `/`; may hold a query. */
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Buffer;
  signal?: AbortSignal;
  /** Limits of this call, over those of the client. */
  limits?: Partial<HttpLimits>;
  /**
   * The request is not written at or after this instant; checked when the connection stands, as late as can
   * be.
   */
  notAfter?: Date;
}

export const HTTP_FAILURE_REASONS = [
  'connect_refused',
  'dns',
  'tls',
  'connect_timeout',
  'unreachable',
  'timeout',
  'reset',
  'too_large',
  'protocol',
  'aborted',
  'too_late',
  'closed',
  'invalid_request',
] as const;
export type HttpFailureReason = (typeof HTTP_FAILURE_REASONS)[number];

export interface HttpResponse {
  ok: true;
  status: number;
  /** Names in lower case; values that came several times are joined by `, `. */
  headers: Readonly<Record<string, string>>;
  text: string;
  elapsedMs: number;
}

export interface HttpFailure {
  ok: false;
  /** `false` only when not one byte of the request was written. */
  sent: boolean;
  reason: HttpFailureReason;
  phase: 'connect' | 'headers' | 'body';
  /** The status, when the header of the answer was read before it failed. */
  status?: number;
  /** The error code of the system or of undici (`ECONNREFUSED`); never its text. */
  code?: string;
  elapsedMs: number;
}

export type HttpResult = HttpResponse | HttpFailure;

export interface HttpClient {
  readonly name: string;
  /** Sends once. Never throws and never rejects. */
  request(call: HttpRequest): Promise<HttpResult>;
  /** Waits for what is under way, then closes the connections. */
  close(): Promise<void>;
  /** Cuts what is under way. */
  destroy(): Promise<void>;
}

/** A failure of a request that was never handed to a connection. */
export function notSent(reason: HttpFailureReason, code?: string): HttpFailure {
  return {
    ok: false,
    sent: false,
    reason,
    phase: 'connect',
    elapsedMs: 0,
    ...(code === undefined ? {} : { code }),
  };
}
