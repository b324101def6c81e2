import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import type { ApprovalDetail } from '../approvals/approval.model';
import { CASE_ERRORS } from '../cases/errors';
import { DomainError } from '../errors/errors';
import { extendExpiry, releaseUnsent, renewExpiry } from '../lifecycle/drives';
import type { State } from '../lifecycle/lifecycle';
import { applyChange, writeChanges, type LockedTransaction } from '../lifecycle/moves';
import type { ServiceName } from '../provider/service-name';

/** Two persons let a transaction go that was stopped before it was sent. */
export const RELEASE = 'case.release';

export function releaseOffers(about: { state: State; attemptNo: number }): string[] {
  return about.state === 'in_review' && about.attemptNo === 0 ? ['release'] : [];
}

/**
 * A service whose transactions cannot be sent again as they are, since what their customer said was erased when they were
 * stopped. What is let go waits in `held` for that to be said anew.
 */
export interface Awaited {
  /** Until when it waits. */
  until(trx: Knex.Transaction, now: Date): Promise<Date>;
  /** Notes it, once the transaction is `held` again. */
  note(trx: Knex.Transaction, id: string, until: Date): Promise<void>;
}
export type AwaitedOf = Readonly<Partial<Record<ServiceName, Awaited>>>;

/**
 * in_review -> held. It is queued by the redrive loop: at once, with a new time in which it may be sent; or, where its
 * customer has to say something anew, when that time is over, and then it is given up.
 */
export function createRelease({ clock, awaited }: { clock: Clock; awaited: AwaitedOf }) {
  return async (
    trx: Knex.Transaction,
    row: LockedTransaction,
    service: ServiceName,
  ): Promise<ApprovalDetail> => {
    const now = clock.now();
    const waits = awaited[service];
    const until = await waits?.until(trx, now);
    const when = until === undefined ? { now } : { now, dueAt: until };
    const change = releaseUnsent(row, { actor: 'checker', reason: 'released', ...when });
    if (change === undefined) throw new DomainError(CASE_ERRORS.CASE_CHOICE_NOT_OFFERED);
    await writeChanges(trx, [applyChange(row, change)], now);
    if (until === undefined) await renewExpiry(trx, row.id, now);
    else {
      await extendExpiry(trx, row.id, until);
      await waits!.note(trx, row.id, until);
    }
    return { transaction: row.id, from: row.state, to: 'held' };
  };
}
