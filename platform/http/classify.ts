import type { HttpFailureReason } from './types';

/**
 * Error codes of Node and undici by what they mean for a request. An unlisted one is a `reset` after the
 * first byte and `unreachable` before.
 */
const REASONS: Readonly<Record<string, HttpFailureReason>> = {
  ECONNREFUSED: 'connect_refused',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EAI_FAIL: 'dns',
  EAI_NODATA: 'dns',
  EAI_NONAME: 'dns',
  UND_ERR_CONNECT_TIMEOUT: 'connect_timeout',
  ETIMEDOUT: 'connect_timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_OVERFLOW: 'too_large',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'too_large',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'protocol',
  UND_ERR_DESTROYED: 'closed',
  UND_ERR_CLOSED: 'closed',
  UND_ERR_INVALID_ARG: 'invalid_request',
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: 'invalid_request',
  UND_ERR_NOT_SUPPORTED: 'invalid_request',
};
const TLS =
  /^(?:ERR_TLS|ERR_SSL|EPROTO|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)/;

/** The reason of an error, by code only. `started`: had the first byte been written? */
export function classifyHttpError(error: unknown, started: boolean): HttpFailureReason {
  const code = errorCode(error) ?? '';
  if (code.startsWith('HPE')) return 'protocol';
  if (TLS.test(code)) return started ? 'reset' : 'tls';
  const listed = Object.hasOwn(REASONS, code) ? REASONS[code]! : undefined;
  if (listed === 'connect_timeout' && started) return 'timeout'; // ETIMEDOUT of a connection that stood
  if (listed !== undefined) return listed;
  if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET') return 'reset';
  return started ? 'reset' : 'unreachable';
}

/**
 * The code of an error, or of the first of several (one for each address that was tried). Read by shape: an
 * error of another realm is no `Error` of ours.
 */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, errors, name } = error as { code?: unknown; errors?: unknown; name?: unknown };
  if (typeof code === 'string') return code;
  if (name === 'HTTPParserError') return 'HPE_INVALID'; // undici gives some parser errors no code
  return Array.isArray(errors) && errors.length > 0 ? errorCode(errors[0]) : undefined;
}
