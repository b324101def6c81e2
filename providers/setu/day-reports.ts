import type { TableColumn, TableFormat } from '../../domain/reconciliation/format';
import { PAYMENT_STATUSES, RECHARGE_STATUSES } from './transformers';

const SETTLED: readonly TableColumn[] = [
  { header: 'commission', as: 'commission', unit: 'paise' },
  { header: 'tds', as: 'tds', unit: 'paise' },
  { header: 'timestamp', as: 'at', unit: 'iso' },
  { header: 'settlementDate', unit: 'text' },
  { header: 'settlementUtr', as: 'settlementUtr', unit: 'text' },
];

/** `setu_bbps_YYYYMMDD.csv` */
export const SETU_BBPS_DAY: TableFormat = {
  kind: 'table',
  columns: [
    { header: 'transactionId', as: 'utr', unit: 'text' },
    { header: 'refId', as: 'providerReference', unit: 'text' },
    { header: 'paymentRefId', as: 'ourReference', unit: 'text' },
    { header: 'billerId', unit: 'text' },
    { header: 'amountPaise', as: 'amount', unit: 'paise' },
    { header: 'custConvFee', as: 'fee', unit: 'paise' },
    { header: 'status', as: 'status', unit: 'text' },
    ...SETTLED,
  ],
  statuses: PAYMENT_STATUSES,
};

/** `setu_recharge_YYYYMMDD.csv` */
export const SETU_RECHARGE_DAY: TableFormat = {
  kind: 'table',
  columns: [
    { header: 'transactionRefId', as: 'providerReference', unit: 'text' },
    { header: 'operatorRefId', as: 'utr', unit: 'text' },
    { header: 'paymentRefId', as: 'ourReference', unit: 'text' },
    { header: 'operator', unit: 'text' },
    { header: 'amountPaise', as: 'amount', unit: 'paise' },
    { header: 'status', as: 'status', unit: 'text' },
    ...SETTLED,
  ],
  statuses: RECHARGE_STATUSES,
};
