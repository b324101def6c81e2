import { sqlState } from '../../platform/database';
import { DomainError, retrySeconds } from './errors';

const CANCELLED = '57014';
const AGAIN_MS = 2_000;

/**
 * Waits for a list that is read on connections with a short time for each statement (`makeListsKnex`). Throws
 * DomainError LIST_TOO_SLOW when that time is over.
 */
export async function inListTime<T>(read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (error) {
    if (sqlState(error) !== CANCELLED) throw error;
    throw new DomainError('LIST_TOO_SLOW', {
      detail:
        'the list could not be read in time; ask again, with a smaller limit, or narrow it by created_from and created_before',
      retryAfterS: retrySeconds(AGAIN_MS),
      cause: error,
    });
  }
}
