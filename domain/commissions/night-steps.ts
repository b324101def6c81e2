import type { NightStep } from '../night/step';
import { createCommissionAccruals, type AccrualDependencies } from './accrue';
import { createCommissionPayouts, type PayoutDependencies } from './payouts';

/**
 * Commission of the night: what the day has earned is shared, and what is due by now is paid. Both keep by themselves
 * what they have done, so that a step which is done again finds nothing more to do.
 */
export function createCommissionSteps(deps: AccrualDependencies & PayoutDependencies): readonly NightStep[] {
  return [
    {
      kind: 'commission_accrual',
      dependsOn: ['close'],
      async run({ date, ends, progress, signal }) {
        let read = 0;
        const onBatch = ({ lines }: { lines: number }): void => {
          read += lines;
          progress(read);
          signal.throwIfAborted();
        };
        const { earned, takenBack } = await createCommissionAccruals({
          ...deps,
          day: date,
          ends,
          onBatch,
        }).run();
        return { earned, taken_back: takenBack };
      },
    },
    {
      kind: 'commission_payout',
      dependsOn: ['commission_accrual'],
      async run({ progress, signal }) {
        let paid = 0;
        const onBatch = ({ payouts }: { payouts: number }): void => {
          paid += payouts;
          progress(paid);
          signal.throwIfAborted();
        };
        const done = await createCommissionPayouts({ ...deps, onBatch }).run();
        return {
          payouts: done.payouts,
          gross_paise: done.grossPaise.toString(),
          tds_paise: done.tdsPaise.toString(),
        };
      },
    },
  ];
}
