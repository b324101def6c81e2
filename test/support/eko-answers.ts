import type { ProviderOutcome } from '../../domain/provider/outcome';
import { outcomeOfCreate, type Service } from '../../providers/eko/transformers';
import type { Reply } from '../../providers/answers';
import { ekoSampleWith, type Json } from './eko-examples';

export const REF = '0k9tq2m4f7x1z8c5v6b3';
export const ignore = (): void => undefined;
export const answer = (json: unknown, httpStatus = 200): Reply => ({
  kind: 'answer',
  status: httpStatus,
  json,
});
export const create = (json: unknown, service: Service = 'dmt', httpStatus = 200): ProviderOutcome =>
  outcomeOfCreate(answer(json, httpStatus), service, REF, ignore);
export const ours = { client_ref_id: REF };

/** A transfer's answer that would be believed. */
export const success = (data: Json = {}, envelope: Json = {}): Json =>
  ekoSampleWith('dmt-initiate-transfer', 'Success', { ...ours, ...data }, envelope);
export const TRANSFER_DECLINES = [
  ['OTP already consumed', 'otp_consumed'],
  ['insufficient balance', 'insufficient_balance'],
  ['wrong OTP', 'otp_wrong'],
  ['monthly limit', 'monthly_limit_exhausted'],
] as const;
