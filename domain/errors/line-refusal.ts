import { sqlState } from '../../platform/database';
import { DomainError } from './errors';

/** Why a line of a file is refused. */
export interface LineRefusal {
  code: string;
  reason: string;
}

/** Why a line is refused for good; undefined when it is tried again later. Throws what says nothing of the line. */
export function lineRefusal(error: unknown): LineRefusal | undefined {
  if (error instanceof DomainError)
    return error.retryable ? undefined : { code: error.code, reason: error.detail };
  // a line that the database refuses for its content would be tried for ever
  if (/^2[23]/.test(sqlState(error) ?? ''))
    return { code: 'INTERNAL_ERROR', reason: 'this line cannot be stored: ask our staff' };
  throw error;
}
