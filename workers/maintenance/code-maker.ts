import type { SignIns } from '../../domain/sign-in/sign-ins';
import type { Log } from '../../platform/logger';

export interface CodeMakerDependencies {
  signIns: Pick<SignIns, 'codes'>;
  log: Log;
}

const CLAIM = 50;
const BATCH = 1_000;

/** One round: makes the codes that people asked for. Returns true when there may be more. */
export async function makeCodes({ signIns, log }: CodeMakerDependencies): Promise<boolean> {
  const { claimed, errors } = await signIns.codes.make(CLAIM);
  if (errors.length > 0)
    log.warn(
      { failed: errors.length, error: errors[0] },
      'codes that could not be made are left to a later round',
    );
  return claimed === CLAIM;
}

/** One round: deletes codes that are over. Returns true when there may be more. */
export async function pruneCodes({ signIns }: CodeMakerDependencies): Promise<boolean> {
  return (await signIns.codes.deleteOld(BATCH)) === BATCH;
}
