import { businessDate } from '../../platform/clock';
import { createCommissionAccruals, type AccrualDependencies } from './accrue';
import { openDays } from './payout-rows';
import { createCommissionPayouts, type PaidOut, type PayoutDependencies } from './payouts';

/**
 * Commission that is paid as it is earned: of services whose terms say `instant`, some seconds after the success. What a
 * round earned and could not pay, since it was killed, the next round of any process pays; several at once pay it once.
 */
export interface InstantCommission {
  /** One round. Undefined where nothing has become due since the last. */
  pay(): Promise<PaidOut | undefined>;
}

export function createInstantCommission(deps: AccrualDependencies & PayoutDependencies): InstantCommission {
  const accruals = createCommissionAccruals({ ...deps, isInstant: true });
  const payouts = createCommissionPayouts({ ...deps, mode: 'instant' });
  let paidUpTo = '[]';
  return {
    async pay() {
      await accruals.run();
      const due = JSON.stringify(
        (await openDays(deps.knex, businessDate(deps.clock.now()))).map((d) => [
          d.payableFrom,
          d.touched.toString(),
        ]),
      );
      if (due === paidUpTo) return undefined;
      const paid = await payouts.run();
      paidUpTo = due;
      return paid;
    },
  };
}
