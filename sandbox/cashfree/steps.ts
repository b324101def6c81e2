/** The steps of a transfer by its scenario, in Cashfree's words; who answers and calls back is in ../scenarios.ts. */
import type { ScenarioCode, Step } from '../scenarios';
import type { Status } from './entries';

export interface TransferStep {
  to: Status;
  code: string;
  after: Step['after'];
  /** The webhook that tells of it. */
  event?: string;
}

const COMPLETED = { to: 'SUCCESS', code: 'COMPLETED', event: 'TRANSFER_SUCCESS' } as const;

export const STEPS: Readonly<Record<ScenarioCode, readonly TransferStep[]>> = {
  '0000': [{ ...COMPLETED, after: 'delay' }],
  '1111': [{ to: 'FAILED', code: 'INVALID_ACCOUNT_FAIL', after: 'at_once', event: 'TRANSFER_FAILED' }],
  '2222': [
    { to: 'SUCCESS', code: 'SENT_TO_BENEFICIARY', after: 'delay', event: 'TRANSFER_SUCCESS' },
    { ...COMPLETED, after: 'slow', event: 'TRANSFER_ACKNOWLEDGED' },
  ],
  '3333': [
    { to: 'PENDING', code: 'PENDING', after: 'delay' },
    { to: 'FAILED', code: 'BENE_BANK_DECLINED', after: 'slow', event: 'TRANSFER_FAILED' },
  ],
  '4444': [
    { ...COMPLETED, after: 'delay' },
    { to: 'REVERSED', code: 'RETURNED_FROM_BENEFICIARY', after: 'slow', event: 'TRANSFER_REVERSED' },
  ],
  '5555': [{ ...COMPLETED, after: 'delay' }],
  '6666': [{ to: 'FAILED', code: 'NPCI_UNAVAILABLE', after: 'delay', event: 'TRANSFER_FAILED' }],
  '7777': [{ ...COMPLETED, after: 'delay' }],
  '8888': [{ ...COMPLETED, after: 'delay' }],
  '9999': [{ ...COMPLETED, after: 'one_second' }],
};
