import Joi from 'joi';
import type { EndGiven } from '../../domain/disputes/endings';
import {
  CASE_REFERENCE,
  DISPUTE_ANSWERS,
  DISPUTE_KINDS,
  DISPUTE_STATES,
  OUTCOMES,
  REASON_CODE,
  type DisputeAnswer,
  type DisputeKind,
  type DisputeState,
} from '../../domain/disputes/rows';
import { amount, currency, day, page, text } from './fields';
import { idIn, saidOfProposal, type Said } from './staff-fields';

/** Of any script, on one line. */
const STATEMENT = /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]+$/u;

/** GET /v1/disputes */
export const disputesQuery = Joi.object<{ limit: number; cursor?: string; transaction?: string }>({
  ...page,
  transaction: idIn('transaction').description('Those of this transaction alone'),
});

/** POST /v1/disputes/{id}/answer */
export const answerBody = Joi.object<{ answer: DisputeAnswer; statement?: string }>({
  answer: Joi.string()
    .valid(...DISPUTE_ANSWERS)
    .required(),
  statement: text([3, 500], STATEMENT, 'letters, digits, punctuation and spaces on one line')
    .description('Of what is contested: what happened, and which papers show it. What is accepted has none')
    .example('the customer signed the register, page 12; the camera shows the cash'),
}).required();

/** GET /admin/v1/disputes */
export const allDisputesQuery = Joi.object<{ limit: number; cursor?: string; state?: DisputeState }>({
  ...page,
  state: Joi.string().valid(...DISPUTE_STATES),
});

export interface ClaimBody {
  kind: DisputeKind;
  transaction: string;
  amount: number;
  currency: 'INR';
  case_reference: string;
  reason_code: string;
  received_on: string;
}
/** POST /admin/v1/disputes */
export const claimBody = Joi.object<ClaimBody>({
  kind: Joi.string()
    .valid(...DISPUTE_KINDS)
    .default('chargeback'),
  transaction: idIn('transaction').required(),
  amount: amount.description('What is claimed; it may be a part of the transaction'),
  currency,
  case_reference: Joi.string()
    .max(60)
    .pattern(CASE_REFERENCE, '4 to 60 letters, digits and / _ . -')
    .description("The network's case, as the provider wrote it")
    .example('NPCI-CB-2026-000123')
    .required(),
  reason_code: Joi.string()
    .max(30)
    .pattern(REASON_CODE, '1 to 30 letters, digits and _ . -')
    .description("The network's code of the reason")
    .example('1065')
    .required(),
  received_on: day.description('The day in India on which we were told').required(),
}).required();

/** POST /admin/v1/disputes/{id}/proposals */
export const endBody = Joi.object<Said & Pick<EndGiven, 'outcome'>>({
  outcome: Joi.string()
    .valid(...OUTCOMES)
    .description("The network's last word. `given_back`: of one that was lost, an arbitration was won")
    .required(),
  ...saidOfProposal,
}).required();
