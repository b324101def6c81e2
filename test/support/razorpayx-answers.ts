import type { ProviderOutcome } from '../../domain/provider/outcome';
import { outcomeOfCreate, type OutcomeReading } from '../../providers/razorpayx/transformers';
import type { Reply } from '../../providers/answers';
import { example, type Json } from './razorpayx-examples';

export const ignore: OutcomeReading = { onUnlisted: () => undefined, areFeesOwed: false };
export const answer = (status: number, json: unknown): Reply => ({ kind: 'answer', status, json });
export const REFERENCE = 'Acme Transaction ID 12345';
export const created = example('payouts-create-bank');
export const payoutWith = (fields: Json): Json => ({ ...created, ...fields });
export const error = (fields: Json = {}): Json => ({
  error: {
    code: 'BAD_REQUEST_ERROR',
    description: 'The amount must be at least INR 1.00',
    source: 'business',
    step: 'null',
    reason: 'input_validation_failed',
    metadata: {},
    field: 'amount',
    ...fields,
  },
});
export const create = (reply: Reply): ProviderOutcome =>
  outcomeOfCreate(reply, { ourReference: REFERENCE, fundAccount: 'fa_00000000000001' }, ignore);
