import Joi from 'joi';
import { ERRORS } from '../../domain/error-codes';
import type { FieldProblem } from '../../domain/errors/errors';
import { FIELD_CODES } from '../schemas/validate';
import { answer, count, id, is, path, words } from './fields';

interface ProblemView {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  retryable: boolean;
  request_id: string;
  'violated-policies'?: string[];
  errors?: FieldProblem[];
}

export const ERROR_CODES: readonly string[] = Object.keys(ERRORS);

const fieldProblem = answer<FieldProblem>('FieldProblem', 'What is wrong with one field', {
  pointer: words(400)
    .description('A JSON pointer into the body, or ? and the name of a parameter')
    .example('#/beneficiary/ifsc'),
  code: is(...new Set([...Object.keys(FIELD_CODES), ...ERROR_CODES])).meta({ component: 'FieldCode' }),
  detail: words(1_000),
});

/** A refusal (RFC 9457). */
export const problem = answer<ProblemView>(
  'Problem',
  'A refusal (RFC 9457), with a stable code and a sentence that says what to do',
  {
    type: path('/problems/request-field-invalid').description('Where a page about the code is'),
    title: words(200),
    status: count(599).min(400),
    detail: words(2_000),
    code: is(...ERROR_CODES).meta({ component: 'ProblemCode' }),
    retryable: Joi.boolean().description('The same request may be sent again unchanged'),
    request_id: id('request'),
    'violated-policies': Joi.array()
      .items(words(40))
      .min(1)
      .max(10)
      .description('What is used up, by its name in RateLimit-Policy, or the place that is full')
      .example(['money-key']),
    errors: Joi.array().items(fieldProblem).min(1).max(50),
  },
  ['violated-policies', 'errors'],
);

/** GET /problems/{type}. */
export const problemMeaning = answer<{
  object: 'problem';
  code: string;
  title: string;
  status: number;
  retryable: boolean;
  what_to_do: string;
}>('ProblemMeaning', 'What a code means', {
  object: is('problem'),
  code: is(...ERROR_CODES).meta({ component: 'ProblemCode' }),
  title: words(200),
  status: count(599).min(400),
  retryable: Joi.boolean(),
  what_to_do: words(500),
});

export const health = answer<{ status: string }>('Health', 'Whether it lives, or takes work', {
  status: is('ok', 'ready', 'not ready'),
});

/** What a provider is answered: the body was kept, and is read later. */
export const receivedCallback = answer<{ received: true; duplicate: boolean }>(
  'ReceivedCallback',
  'The callback was kept',
  {
    received: Joi.boolean(),
    duplicate: Joi.boolean().description('It was kept before'),
  },
);

/** Answers to refunds against the customer's one-time password. */
export const refundOtp = answer<{ object: 'refund_otp'; transaction: string; otp_reference: string }>(
  'RefundOtp',
  'A one-time password was sent to the customer',
  { object: is('refund_otp'), transaction: id('transaction'), otp_reference: id('dmtOtp') },
);
export const refund = answer<{
  object: 'refund';
  transaction: string;
  status: string;
  links: { transaction: string };
}>('Refund', 'What became of a refund', {
  object: is('refund'),
  transaction: id('transaction'),
  status: is('REFUNDED', 'PENDING'),
  links: answer<{ transaction: string }>('RefundLinks', 'Where to follow it', {
    transaction: path('/v1/transactions/txn_01jxvqexvqexvt0xvqexvqexvq'),
  }),
});
