import type { ReportFormat } from '../domain/reconciliation/format';
import { EKO_DAY } from './eko/day-report';
import { RAZORPAYX_TRANSACTIONS } from './razorpayx/transactions-file';
import { SETU_BBPS_DAY, SETU_RECHARGE_DAY } from './setu/day-reports';

/** The forms of every provider's reports, by the names that `recon_sources` has. They need no settings. */
export const REPORT_FORMATS: Readonly<Record<string, ReportFormat>> = {
  eko_day: EKO_DAY,
  setu_bbps_day: SETU_BBPS_DAY,
  setu_recharge_day: SETU_RECHARGE_DAY,
  razorpayx_transactions: RAZORPAYX_TRANSACTIONS,
};
