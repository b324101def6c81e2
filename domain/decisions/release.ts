import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import type { ApprovalDetail } from '../approvals/approval.model';
import { CASE_ERRORS } from '../cases/errors';
import { DomainError } from '../errors/errors';
import { releaseUnsent, renewExpiry } from '../lifecycle/drives';
import type { State } from '../lifecycle/lifecycle';
import { applyChange, writeChanges, type LockedTransaction } from '../lifecycle/moves';

/** Two persons let a transaction go that was stopped before it was sent. */
export const RELEASE = 'case.release';

/** The one-time password of a transfer is erased when it leaves `held`: it can be refused, and begun anew, only. */
export function releaseOffers(about: { state: State; attemptNo: number; service: string }): string[] {
  return about.state === 'in_review' && about.attemptNo === 0 && about.service !== 'dmt' ? ['release'] : [];
}

/** in_review -> held, with a new time in which it may be sent. The redrive loop queues it. */
export function createRelease({ clock }: { clock: Clock }) {
  return async (trx: Knex.Transaction, row: LockedTransaction): Promise<ApprovalDetail> => {
    const now = clock.now();
    const change = releaseUnsent(row, { actor: 'checker', reason: 'released', now });
    if (change === undefined) throw new DomainError(CASE_ERRORS.CASE_CHOICE_NOT_OFFERED);
    await writeChanges(trx, [applyChange(row, change)], now);
    await renewExpiry(trx, row.id, now);
    return { transaction: row.id, from: row.state, to: 'held' };
  };
}
