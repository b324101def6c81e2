import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { execute } from '../../platform/database';
import type { Notifier } from '../notifications/notifier';
import { whenInIndia } from '../sign-in/notices';
import { untiedToTell, type UntiedAccount } from '../users/identity-actions';

/** Tells staff by e-mail that their account was untied from their sign-in at the company. */
export interface UntiedNotices {
  /** Returns how many were told; fewer than `limit` when all are. */
  tell(limit: number): Promise<number>;
}

interface Dependencies {
  knex: Knex;
  clock: Clock;
  notifier: Notifier;
}

export function createUntiedNotices(deps: Dependencies): UntiedNotices {
  const { knex, clock } = deps;
  return {
    async tell(limit) {
      const due = await untiedToTell(knex, clock.now(), limit);
      for (const one of due) await knex.transaction((trx) => tell(trx, deps, one));
      return due.length;
    },
  };
}

async function tell(
  trx: Knex.Transaction,
  { clock, notifier }: Dependencies,
  { issuer, subject, userId, email, language, untiedAt }: UntiedAccount,
): Promise<void> {
  // Whoever marks it tells it: two processes at once tell one thing once.
  const isMine = await execute(
    trx,
    `update ops_identities set told_at = :now where issuer = :issuer and subject = :subject and told_at is null`,
    { now: clock.now(), issuer, subject },
  );
  if (isMine === 0) return;
  await notifier.tell(trx, {
    userId,
    kind: 'identity_untied',
    to: { channel: 'email', address: email },
    language,
    values: { when: whenInIndia(untiedAt) },
  });
}
