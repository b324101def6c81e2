import {
  createReconciliation,
  type ReconciliationDependencies,
} from '../domain/reconciliation/reconciliation';
import { createSettleAction, type SettleDependencies } from '../domain/reconciliation/settle';
import { REPORT_FORMATS } from '../providers/report-formats';

/** Reconciliation for staff and for the night: with the forms of every provider's reports. */
export function createReconciliationOperations(
  deps: SettleDependencies & Partial<Pick<ReconciliationDependencies, 'formats' | 'long'>>,
) {
  return {
    actions: createSettleAction(deps),
    desk: createReconciliation({ formats: REPORT_FORMATS, ...deps }),
  };
}
