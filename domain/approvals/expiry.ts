import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { recordAudit } from '../audit/audit';

/** Ends proposals that waited too long. Whoever still needs one proposes it again, on what is known then. */
export interface ApprovalKeeper {
  /** One round; returns how many were ended. Safe in several processes at once. */
  expire(limit: number): Promise<number>;
}

const KEEPER = 'approval-keeper';

export function createApprovalKeeper({ knex, clock }: { knex: Knex; clock: Clock }): ApprovalKeeper {
  return {
    expire: (limit) =>
      knex.transaction(async (trx) => {
        const now = clock.now();
        const due = await rows<Expiring>(
          trx,
          `select id, action, subject from approvals where state = 'proposed' and expires_at <= :now
          order by expires_at limit :limit for update skip locked`,
          { now, limit },
        );
        for (const one of due) await expireOne(trx, one, now);
        return due.length;
      }),
  };
}

export interface Expiring {
  id: string;
  action: string;
  subject: string;
}

/** The row is locked and proposed. */
export async function expireOne(trx: Knex.Transaction, one: Expiring, now: Date): Promise<void> {
  await execute(trx, "update approvals set state = 'expired', decided_at = :now where id = :id", {
    now,
    id: one.id,
  });
  await recordAudit(trx, {
    at: now,
    actor: KEEPER,
    action: 'approval.expire',
    subject: `approval:${one.id}`,
    outcome: 'succeeded',
    detail: { action: one.action, about: one.subject },
  });
}
