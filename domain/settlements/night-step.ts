import type { NightStep } from '../night/step';
import { createSettlementBatches, type SettlementDependencies } from './batches';

/**
 * The cut-offs of the day that nobody came to while it lasted. The wallets are debited here; payouts go on by themselves,
 * like all others.
 */
export function createSettlementStep(deps: SettlementDependencies): NightStep {
  return {
    kind: 'settlement',
    dependsOn: ['close'],
    async run({ date, signal, progress }) {
      const { batches, items, paise, withoutAccount, missingYear } = await createSettlementBatches(deps).run(
        date,
        {
          signal,
          progress: (rows) => progress(rows),
        },
      );
      if (missingYear !== undefined) throw missingYear; // what could be settled is; the day is not done
      return { batches, items, paise: paise.toString(), without_account: withoutAccount };
    },
  };
}
