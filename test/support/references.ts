import { derivedReference, systemIds } from '../../platform/ids';

/** A reference that no attempt has yet. */
export function freshReference(): string {
  return derivedReference(systemIds.uuid(), 'test');
}
