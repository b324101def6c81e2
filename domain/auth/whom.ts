import type { Caller } from './api-keys';

/** Of whom a rule is, by what they call with: of people who are signed in, or of keys and programs as well. */
export type Whom = 'nobody' | 'signed_in' | 'everybody';

export function isAmong(whom: Whom, { by }: Pick<Caller, 'by'>): boolean {
  return whom === 'everybody' || (whom === 'signed_in' && by === 'session');
}
