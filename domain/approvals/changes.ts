import { DomainError } from '../errors/errors';
import { APPROVAL_ERRORS } from './errors';

export type ChangedValue = string | number | boolean | null;

/** Of each field that changes: what it is when it is proposed, and what it is to be. Never a personal value. */
export type Changes = Readonly<Record<string, { from: ChangedValue; to: ChangedValue }>>;

/** Throws DomainError APPROVAL_NOTHING_CHANGES for a proposal that leaves everything as it is. */
export function requireSome(changes: Changes): void {
  if (Object.values(changes).some(({ from, to }) => from !== to)) return;
  throw new DomainError(APPROVAL_ERRORS.APPROVAL_NOTHING_CHANGES);
}

/**
 * What was proposed began from other values than those of now: the person who decides has seen another change than
 * the one that would happen. Throws DomainError APPROVAL_CHANGED_SINCE, which names the fields.
 */
export function requireUnchanged(seen: Changes, now: Changes): void {
  const moved = Object.entries(now).filter(([field, { from }]) => seen[field]?.from !== from);
  if (moved.length === 0) return;
  const told = moved.map(([field, { from }]) => `${field} is ${from}, and was ${seen[field]?.from ?? null}`);
  throw new DomainError(APPROVAL_ERRORS.APPROVAL_CHANGED_SINCE, { detail: told.join('; ') });
}
