import { createHash } from 'node:crypto';
import type { BeneficiaryDetails } from '../domain/beneficiaries/details';
import type { ProviderOutcome } from '../domain/provider/outcome';

/** By which a registration that is under way is known. Hashed, so that no personal value is a key in memory longer than its call. */
export function registrationKey({ id, name, account }: BeneficiaryDetails): string {
  return createHash('sha256')
    .update(JSON.stringify([id, name, account]))
    .digest('base64');
}

/** The provider's contract cannot express this field of a beneficiary: nothing was sent. */
export function notSendable(field: string): ProviderOutcome {
  return {
    kind: 'failed',
    sent: false,
    rawStatus: '<beneficiary not sendable>',
    rawReason: field,
    description: `the provider cannot take the ${field.replace('_', ' ')} of the beneficiary`,
  };
}
