import type { Validations } from '../../domain/validations/validations';
import type { Log } from '../../platform/logger';

export interface ValidationKeeperDependencies {
  validations: Pick<Validations, 'keep'>;
  log: Log;
}

/** Each of them is a call to a provider: few at a time. */
const CLAIM = 20;

/**
 * One round: sends account validations that were begun, and asks about those that have no answer. Returns true
 * when the claim was full.
 */
export async function keepValidations({ validations, log }: ValidationKeeperDependencies): Promise<boolean> {
  const { claimed, errors } = await validations.keep(CLAIM);
  if (errors.length > 0)
    log.warn(
      { failed: errors.length, error: errors[0] },
      'account validations that could not be driven are left to a later round',
    );
  return claimed === CLAIM;
}
