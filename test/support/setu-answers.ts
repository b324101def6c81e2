import type { InquiryAnswer, ProviderOutcome } from '../../domain/provider/outcome';
import {
  outcomeOfPayment,
  outcomeOfRechargeRequest,
  outcomeOfRechargeStatus,
} from '../../providers/setu/transformers';
import type { Reply } from '../../providers/answers';
import { setuContract, type Json } from './setu-contract';

export const REF_ID = 'HENSVVR4QOS7X1UGPY7JGUV444P10102202';
export const REFERENCE = '01jd3m5v8k2q7x9r4t6w';
export const PAY = '/api/v2/bbps/bills/payment/request';
export const PAID = '/api/v2/bbps/bills/payment/response';
export const billpay = setuContract('billpay');
export const recharge = setuContract('recharge');
export const ignore = (): void => undefined;
export const answer = (status: number, json: unknown, more: { retryAfterMs?: number } = {}): Reply => ({
  kind: 'answer',
  status,
  json,
  ...more,
});
export const error = (code: string, more: Json = {}): Json => ({
  success: false,
  traceId: 'C3SFG0O6N88R6UI7EQ',
  error: { code, message: 'Input is invalid', ...more },
});
export const ok = (data: unknown): Json => ({ success: true, traceId: 'C3SFG0O6N88R6UI7EQ', data });
export const paid = (data: Json, onUnlisted: (s: string) => void = ignore): ProviderOutcome =>
  outcomeOfPayment(
    answer(200, ok({ refId: REF_ID, ...data })),
    { ourReference: REFERENCE, providerReference: REF_ID },
    onUnlisted,
  );
export const recharged = (data: Json, onUnlisted: (s: string) => void = ignore): ProviderOutcome =>
  outcomeOfRechargeRequest(answer(200, ok(data)), onUnlisted);
export const statusOf = (reply: Reply, providerReference?: string): InquiryAnswer =>
  outcomeOfRechargeStatus(
    reply,
    { ourReference: REFERENCE, ...(providerReference === undefined ? {} : { providerReference }) },
    ignore,
  );

/** Whatever is no answer at all. */
export const NO_ANSWERS: [Reply, boolean, string][] = [
  [{ kind: 'failure', reason: 'timeout', sent: true }, true, '<timeout>'],
  [{ kind: 'failure', reason: 'reset', sent: true }, true, '<connection reset>'],
  [{ kind: 'failure', reason: 'connect_refused', sent: false }, false, '<connection refused>'],
  [{ kind: 'failure', reason: 'too_late', sent: false }, false, '<too late>'],
  [{ kind: 'refusal', word: '<breaker open>', retryAfterMs: 5 }, false, '<breaker open>'],
  [{ kind: 'refusal', word: '<no token>', retryAfterMs: 5 }, false, '<no token>'],
  [{ kind: 'unreadable', status: 200 }, true, '<unreadable answer>'],
];
