import type { TableFormat } from '../../domain/reconciliation/format';
import { TX_STATUSES } from './transformers';

/** `eko_txn_YYYYMMDD.csv`: every transaction of a day, in its present state. Shares have three decimals. */
export const EKO_DAY: TableFormat = {
  kind: 'table',
  columns: [
    { header: 'tid', as: 'providerReference', unit: 'text' },
    { header: 'client_ref_id', as: 'ourReference', unit: 'text' },
    { header: 'service', unit: 'text' },
    { header: 'user_code', unit: 'text' },
    { header: 'amount', as: 'amount', unit: 'rupees' },
    { header: 'fee', as: 'fee', unit: 'rupees' },
    { header: 'gst', unit: 'rupees' },
    { header: 'commission', as: 'commission', unit: 'share' },
    { header: 'tds', as: 'tds', unit: 'share' },
    { header: 'tx_status', as: 'status', unit: 'text' },
    { header: 'txstatus_desc', unit: 'text' },
    { header: 'bank_ref_num', as: 'utr', unit: 'text' },
    { header: 'timestamp', as: 'at', unit: 'ist' },
  ],
  statuses: TX_STATUSES,
  // a question moves no money of ours; a settlement is matched by the bank's line
  leaveOut: { header: 'service', values: ['aeps_balance', 'aeps_statement', 'settlement'] },
  credits: { header: 'service', values: ['aeps_withdrawal'] },
};
