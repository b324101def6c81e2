import { createHash } from 'node:crypto';
import { DomainError } from '../domain/errors/errors';
import type { PreparedRequest } from '../domain/provider/calls';

/** The SHA-256 of a request body. */
export function hashOf(body: string): Buffer {
  return createHash('sha256').update(body, 'utf8').digest();
}

export function preparedRequest(body: string): PreparedRequest {
  return { body, bodyHash: hashOf(body) };
}

/**
 * Whether these are still the bytes that were prepared. Other bytes under a used reference could pay
 * something else, so they are not sent.
 */
export function isUnaltered({ body, bodyHash }: PreparedRequest): boolean {
  return hashOf(body).equals(bodyHash);
}

/**
 * Throws DomainError PROVIDER_REJECTED, which says what is wrong and never the value, so that nothing is
 * sent.
 */
export function refuseUnless(holds: boolean, what: string): asserts holds {
  if (!holds)
    throw new DomainError('PROVIDER_REJECTED', { detail: `${what} is not one that the provider takes` });
}
