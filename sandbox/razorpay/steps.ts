/**
 * What becomes of an order by its scenario (../scenarios.ts says who answers and calls back), where nobody walks
 * its page. An order of 0000 waits for its payer.
 */
import type { ScenarioCode, Step } from '../scenarios';
import type { BankWord } from './bank';

/** Somebody begins to pay. */
export interface PayerStep {
  bank: BankWord;
  after: Step['after'];
}

export const STEPS: Readonly<Record<ScenarioCode, readonly PayerStep[]>> = {
  '0000': [],
  '1111': [{ bank: 'no', after: 'at_once' }],
  '2222': [{ bank: 'yes', after: 'slow' }],
  '3333': [{ bank: 'no', after: 'slow' }],
  '4444': [{ bank: 'late', after: 'delay' }],
  '5555': [{ bank: 'yes', after: 'delay' }],
  '6666': [],
  '7777': [{ bank: 'yes', after: 'delay' }],
  '8888': [{ bank: 'yes', after: 'delay' }],
  '9999': [{ bank: 'yes', after: 'one_second' }],
};

export const SUMMARIES: Readonly<Record<ScenarioCode, string>> = {
  '0000': 'waits for its payer: the checkout page, or POST /payments',
  '1111': 'a payment fails at once; the order can still be paid',
  '2222': 'paid after a while',
  '3333': 'a payment fails after a while; the order can still be paid',
  '4444': 'a payment times out, and is authorised and captured after a while',
  '5555': 'no answer and no webhook, but paid',
  '6666': 'no answer, and nobody pays it',
  '7777': 'first answer 500 and nothing made, then paid',
  '8888': 'paid; webhooks repeated, told anew, out of order and one forged',
  '9999': 'paid after a second, no webhook',
};
