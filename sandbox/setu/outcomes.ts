/** How fetches, payments and recharges end by scenario, and the reasons given for failures. */
import type { ScenarioCode } from '../scenarios';
import type { Failure } from './entries';

export const INSUFFICIENT_FUNDS: Failure = {
  type: 'FUND_TRANSFER',
  code: 'ERR001',
  message: 'Insufficient funds',
};
export const BILLER_NOT_ACCEPTING: Failure = {
  type: 'BBPS',
  code: 'BRR005',
  message: 'Biller not accepting payments at the moment',
};

/** The reason of a failed payment, for scenarios that fail. */
export const PAYMENT_FAILURES: Partial<Record<ScenarioCode, Failure>> = {
  '1111': BILLER_NOT_ACCEPTING,
  '3333': {
    type: 'BBPS',
    code: 'npci-connectivity-error',
    message:
      'The transaction could not be initiated. Amount has been refunded. Please retry after some time.',
  },
  '6666': {
    type: 'FUND_TRANSFER',
    code: 'fund-transfer-error',
    message: 'The account debit took too long. Amount has been refunded.',
  },
};

/** The same for recharges. The contract has no failure type for them. */
export const RECHARGE_FAILURES: Partial<Record<ScenarioCode, Failure>> = {
  '1111': { type: 'BBPS', code: 'ERR101', message: 'Invalid mobile number for the operator' },
  '3333': { type: 'BBPS', code: 'ERR102', message: 'Operator Internal processing error' },
  '6666': { type: 'BBPS', code: 'ERR102', message: 'Operator Internal processing error' },
};

/** The result of a fetch by the last four characters of the first parameter. Any other ending has a bill. */
export const FETCH_ENDINGS: Readonly<
  Record<string, { summary: string; after: 'delay' | 'slow'; failure: Failure | null }>
> = {
  '0404': {
    summary: 'fails: customer not found',
    after: 'delay',
    failure: { type: 'BBPS', code: 'ERR004', message: 'customer not found' },
  },
  '0405': {
    summary: 'fails: no bill due',
    after: 'delay',
    failure: {
      type: 'BBPS',
      code: 'BFR004',
      message: 'Payment received for the billing period - no bill due',
    },
  },
  '0503': {
    summary: 'fails: the network is not reachable',
    after: 'delay',
    failure: {
      type: 'BBPS',
      code: 'npci-connectivity-error',
      message: 'The transaction could not be initiated. Please retry after some time.',
    },
  },
  '0200': { summary: 'has a bill after the slow delay', after: 'slow', failure: null },
};

export const endingOf = (text: string): string => text.slice(-4);
