import { setTimeout as pause } from 'node:timers/promises';
import type { KeyRotation } from '../../domain/keys/rotation';
import type { Log } from '../../platform/logger';

export interface KeyRenewerDependencies {
  keyRotation: KeyRotation;
  log: Log;
}

/** As long as a range took, and at most so long, the database is left to the others. */
const LONGEST_PAUSE_MS = 1_000;
const told = new WeakMap<KeyRotation, string>();

/** One round: seals a range of rows anew while a rotation is open. Returns true when there is more to do. */
export async function renewKeys({ keyRotation, log }: KeyRenewerDependencies): Promise<boolean> {
  const begun = performance.now();
  const { more, refused } = await keyRotation.work();
  if (refused !== undefined && told.get(keyRotation) !== refused)
    log.error({ refused }, 'this process takes no part in the rotation of keys');
  told.set(keyRotation, refused ?? '');
  if (more) await pause(Math.min(LONGEST_PAUSE_MS, performance.now() - begun));
  return more;
}
