import type { Knex } from 'knex';
import { execute } from '../../platform/database';
import { recordAudit } from '../audit/audit';
import type { Caller } from '../auth/api-keys';

/**
 * What became of a user's list of beneficiaries, and when. One that a payout made is noted where its owner is told; for the
 * others `beneficiaries.created_at` says when it came. The owner is told of those that say so
 * (`domain/reminders/payees.ts`).
 */
export type ChangeKind = 'added' | 'archived';

export interface Change {
  beneficiaryId: string;
  at: Date;
}

/** In the database transaction that changes them. `isTold`: their owners hear of it. */
export async function noteChanges(
  trx: Knex.Transaction,
  list: readonly Change[],
  { kind, isTold }: { kind: ChangeKind; isTold: boolean },
): Promise<void> {
  if (list.length === 0) return;
  await execute(
    trx,
    `insert into beneficiary_changes (beneficiary_id, user_id, kind, at, is_told)
     select b.id, b.user_id, :kind, n.at, :isTold::bool
     from unnest(:ids::uuid[], :at::timestamptz[]) as n(id, at) join beneficiaries b on b.id = n.id order by n.at, n.id`,
    { ids: list.map(({ beneficiaryId }) => beneficiaryId), at: list.map(({ at }) => at), kind, isTold },
  );
}

/** Who does something to their beneficiaries, and from where. */
export interface Doer {
  caller: Caller;
  ip: string;
}

/** That somebody did something to a beneficiary of theirs: `by` and `with` say by what they called. */
export async function noteDeed(
  trx: Knex.Transaction,
  { caller: { userId, by, keyId }, ip }: Doer,
  {
    verb,
    id,
    at,
    detail = {},
  }: { verb: 'add' | 'archive' | 'verify'; id: string; at: Date; detail?: Readonly<Record<string, string>> },
): Promise<void> {
  await recordAudit(trx, {
    at,
    actor: userId,
    actorIp: ip,
    action: `beneficiary.${verb}`,
    subject: `beneficiary:${id}`,
    outcome: 'succeeded',
    detail: { by: by ?? 'key', with: keyId, ...detail },
  });
}
