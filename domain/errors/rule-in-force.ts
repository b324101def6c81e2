import { DomainError } from './errors';

/** The rule that was looked for. Throws DomainError POLICY_NOT_FOUND where none is in force; `detail` says which. */
export function ruleInForce<T>(found: T | undefined, detail: string): T {
  if (found === undefined) throw new DomainError('POLICY_NOT_FOUND', { detail });
  return found;
}
