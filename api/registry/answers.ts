import { AUTH_ERRORS } from '../../domain/auth/errors';
import { ROUTING_ERRORS } from '../../domain/routing/errors';
import { STANDING_ERRORS } from '../../domain/standings/errors';
import { STEP_UP_ERRORS } from '../../domain/step-up/errors';
import type { Refusal } from '../../domain/errors/errors';
import type Joi from 'joi';
import type { Answer } from './route';

/** What several routes answer, described once. */
const LOCATION = 'Where it is found from now on';
const RETRY_AFTER = 'Seconds after which it is worth to ask again';

/** 202 of an order that was stored and queued. */
export const acceptedAs = (schema: Joi.Schema) =>
  ({
    202: {
      description: 'It was accepted and goes its way; follow it at `Location`',
      schema,
      headers: {
        Location: LOCATION,
        'Retry-After': RETRY_AFTER,
        'Idempotent-Replayed': '`true` for the answer of an earlier request with this key',
      },
    },
  }) as const satisfies Record<number, Answer>;

/** 201 of what was made or done while the caller waited. */
export const made = (description: string, schema: Joi.Schema) =>
  ({
    201: {
      description,
      schema,
      headers: {
        Location: LOCATION,
        'Idempotent-Replayed': '`true` for the answer of an earlier request with this key',
      },
    },
  }) as const satisfies Record<number, Answer>;

/** The answer of a route that reads or looks something up. */
export const found = (description: string, schema: Joi.Schema) => ({ 200: { description, schema } }) as const;

export const page = (schema: Joi.Schema, description = 'One page, the newest first') =>
  ({
    200: {
      description,
      schema,
      headers: { Link: 'The next page, as `rel="next"`, where there is one' },
    },
  }) as const satisfies Record<number, Answer>;

/** What may stand in the way of any order. */
export const ACCEPTING_ERRORS = [
  AUTH_ERRORS.SERVICE_NOT_ACTIVE,
  STANDING_ERRORS.KYC_LIMIT_EXCEEDED,
  ROUTING_ERRORS.ROUTE_STOPPED,
  'IDEMPOTENCY_KEY_REUSED',
  'IDEMPOTENCY_IN_PROGRESS',
  'TRANSACTION_REFERENCE_TAKEN',
  'LEDGER_INSUFFICIENT_FUNDS',
  'LIMIT_EXCEEDED',
  'POLICY_NOT_FOUND',
  'PRICE_NOT_FOUND',
  'PROVIDER_UNAVAILABLE',
] as const satisfies readonly Refusal[];

/** What stands in the way of an order that whoever is signed in has to confirm. */
export const CONFIRMING_ERRORS = [
  STEP_UP_ERRORS.CONFIRMATION_NEEDED,
  STEP_UP_ERRORS.CONFIRMATION_OVER,
  STEP_UP_ERRORS.CONFIRMATION_FOR_ANOTHER,
] as const;
