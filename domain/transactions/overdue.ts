import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import type { Ids } from '../../platform/ids';
import { openCases, transactionCase } from '../cases/cases';
import { claimPastTurnaround } from '../lifecycle/drives';
import { FINAL_STATES, type State } from '../lifecycle/lifecycle';

/**
 * A transaction that has not ended in its turnaround. One that ends later was late, and is not overdue any
 * more.
 */
export function isOverdue(t: { state: State; expectedBy: Date }, now: Date): boolean {
  return !FINAL_STATES.has(t.state) && t.expectedBy < now;
}

/**
 * Opens a case `turnaround_passed` for transactions that are not final past `expected_by` (RBI DPSS.CO.PD
 * No.629/02.01.014/2019-20; the days are rows of service_policies), the longest overdue first, at most
 * `limit`. The claim and its case are one database transaction, and the claim stays on the row: a case that
 * people have closed is not opened again. Returns the number of claimed rows. Safe in several processes at
 * once.
 */
export async function raiseOverdue(
  deps: { knex: Knex; clock: Clock; ids: Ids },
  options: { limit: number },
): Promise<number> {
  const now = deps.clock.now();
  return deps.knex.transaction(async (trx) => {
    const claimed = await claimPastTurnaround(trx, { ...options, now });
    await openCases(
      trx,
      deps.ids,
      claimed.map((t) =>
        transactionCase(
          'turnaround_passed',
          t.id,
          `a ${t.service} is still ${t.state} after ${businessDate(t.expectedBy)}, the last day of its turnaround`,
        ),
      ),
      now,
    );
    return claimed.length;
  });
}
