import { ACCESS_ERRORS } from '../../domain/access/errors';
import { ERRORS, type ErrorCode } from '../../domain/error-codes';
import {
  COMMON_ERRORS,
  HTTP_STATUS,
  type CommonErrorCode,
  type ErrorDefinition,
  type Refusal,
} from '../../domain/errors/errors';
import type { Route } from '../registry/route';
import type { Response } from './document';
import { headersOf } from './headers';

/** What any request may be answered. */
const OF_ALL: readonly CommonErrorCode[] = [
  'REQUEST_MALFORMED',
  'REQUEST_HEADER_INVALID',
  'REQUEST_HEADERS_TOO_LARGE',
  'REQUEST_TIMEOUT',
  'RATE_LIMITED',
  'POLICY_NOT_FOUND',
  'SERVICE_UNAVAILABLE',
  'INTERNAL_ERROR',
];
const OF_KEYS: readonly CommonErrorCode[] = [
  'AUTH_REQUIRED',
  'AUTH_KEY_INVALID',
  'AUTH_TOKEN_INVALID',
  'AUTH_SCOPE_MISSING',
  'AUTH_ROLE_MISSING',
  'AUTH_ADDRESS_NOT_ALLOWED',
];
const OF_BODIES: readonly CommonErrorCode[] = [
  'REQUEST_BODY_UNPARSABLE',
  'REQUEST_TOO_LARGE',
  'REQUEST_MEDIA_TYPE_UNSUPPORTED',
];

/** Of routes that ask a provider, or will. */
const OF_PROVIDERS: readonly CommonErrorCode[] = [
  'PROVIDER_UNAVAILABLE',
  'PROVIDER_REJECTED',
  'POLICY_NOT_FOUND',
  'PRICE_NOT_FOUND',
];

/** Every code that the route can answer with. */
export function codesOf(route: Route): ErrorCode[] {
  const { access, limits, query, idempotency, body, problems = [] } = route;
  const codes: Refusal[] = [...OF_ALL];
  if (access.kind === 'key') codes.push(...OF_KEYS);
  if (access.kind === 'staff')
    codes.push('AUTH_REQUIRED', ACCESS_ERRORS.OPS_ORIGIN_REFUSED, ACCESS_ERRORS.OPS_ROLE_MISSING);
  if (query !== 'ignored') codes.push('REQUEST_FIELD_UNKNOWN');
  if (query !== undefined && query !== 'ignored') codes.push('REQUEST_FIELD_INVALID');
  if (idempotency === 'key')
    codes.push('IDEMPOTENCY_KEY_MISSING', 'IDEMPOTENCY_KEY_REUSED', 'IDEMPOTENCY_IN_PROGRESS');
  if (body !== undefined) codes.push(...OF_BODIES);
  if (body?.kind === 'json') codes.push('REQUEST_FIELD_UNKNOWN', 'REQUEST_FIELD_INVALID');
  if (limits === 'desk' || limits === 'money') codes.push(...OF_PROVIDERS);
  codes.push(...problems);
  return [...new Set(codes.map((code) => definitionOf(code).code as ErrorCode))];
}

const definitionOf = (code: Refusal): ErrorDefinition =>
  typeof code === 'string' ? COMMON_ERRORS[code] : code;

/** The refusals of a route, by status. */
export function problemAnswers(route: Route): Record<string, Response> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codesOf(route)) {
    const status = HTTP_STATUS[ERRORS[code].kind];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus]
      .toSorted(([a], [b]) => a - b)
      .map(([status, codes]) => [String(status), refusal(status, codes)]),
  );
}

function refusal(status: number, codes: readonly ErrorCode[]): Response {
  return {
    description: codes.map((code) => `\`${code}\`: ${ERRORS[code].title}.`).join('\n\n'),
    headers: headersOf(status),
    content: {
      'application/problem+json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            {
              type: 'object',
              properties: {
                status: { type: 'integer', format: 'int64', minimum: status, maximum: status },
                code: { type: 'string', enum: [...codes] },
              },
            },
          ],
        },
      },
    },
  };
}
