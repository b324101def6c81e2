import { defineErrors } from '../errors/errors';

export const REMITTANCE_ERRORS = defineErrors({
  TAX_NOT_OWED: ['conflict', 'So much tax is not owed for that month', false],
  TAX_EARLIER_OWED: ['conflict', 'Tax of an earlier month is still owed: remit that month first', false],
  TAX_MONTH_OPEN: ['conflict', 'The month is not over, or its days are not closed yet', false],
  TAX_INPUT_MISSING: [
    'conflict',
    'So much tax on our own purchases is not there to be set against it',
    false,
  ],
  TAX_CHALLAN_USED: [
    'conflict',
    'This challan, or this line of the bank statement, was booked before',
    false,
  ],
});
