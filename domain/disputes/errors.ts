import { defineErrors } from '../errors/errors';

export const DISPUTE_ERRORS = defineErrors({
  DISPUTE_NOT_FOUND: ['not_found', 'There is no such dispute', false],
  DISPUTE_NOT_TAKEN: ['conflict', 'No rule says how this kind of dispute of the service is handled', false],
  DISPUTE_CASE_KNOWN: [
    'conflict',
    'The case of the network was recorded before, and says something else',
    false,
  ],
  DISPUTE_OVER_AMOUNT: ['conflict', 'The claims on the transaction come to more than its amount', false],
  DISPUTE_TRANSACTION_NOT_SUCCEEDED: [
    'conflict',
    'Only a transaction that succeeded and was posted is claimed back',
    false,
  ],
  DISPUTE_DATE_INVALID: ['invalid', 'The day lies in the future, or before the transaction', false],
  DISPUTE_ANSWERED: ['conflict', 'The dispute was answered before', false],
  DISPUTE_ANSWER_LATE: ['conflict', 'The last day for an answer has passed', false],
  DISPUTE_ENDED: ['conflict', 'The dispute has this end already, or an end that does not lead to it', false],
});
