import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { insertOne } from '../../platform/sql';
import { recordAudit } from '../audit/audit';
import type { UserId } from '../ids/ids';

/**
 * A provider says that somebody has signed out there (OpenID Connect Back-Channel Logout 1.0): the sessions here that
 * began with that one end, or all that began there where it names the person alone. Sessions that began with a password
 * go on. Each word is taken once.
 */
export interface FederatedLogout {
  /** The token was checked. False for one that was taken before: nothing is done. */
  out(logout: FederatedLogoutWord, of: { ip: string }): Promise<boolean>;
}

export interface FederatedLogoutWord {
  issuer: string;
  /** At least one of the two. */
  subject: string | undefined;
  session: string | undefined;
  jti: string;
  /** From then on the token is refused by its age. */
  expiresAt: Date;
}

export function createFederatedLogout({ knex, clock }: { knex: Knex; clock: Clock }): FederatedLogout {
  return {
    out: (word, { ip }) =>
      knex.transaction(async (trx) => {
        const now = clock.now();
        await execute(trx, 'delete from oidc_logouts where expires_at < ?', [now]);
        const isNew = await insertOne(
          trx,
          'oidc_logouts',
          {
            issuer: word.issuer,
            jti_hash: createHash('sha256').update(word.jti).digest(),
            expires_at: word.expiresAt,
          },
          'on conflict do nothing',
        );
        if (isNew === 0) return false;
        for (const { userId, n } of await endSessions(trx, word, now))
          await recordAudit(trx, {
            at: now,
            actor: userId,
            actorIp: ip,
            action: 'ops.logout',
            subject: `user:${userId}`,
            outcome: 'succeeded',
            detail: { reason: 'oidc', sessions: String(n) },
          });
        return true;
      }),
  };
}

/** How many of whom ended. */
function endSessions(
  trx: Knex.Transaction,
  { issuer, subject, session }: FederatedLogoutWord,
  now: Date,
): Promise<{ userId: UserId; n: number }[]> {
  return rows<{ userId: UserId; n: number }>(
    trx,
    `with ended as (
       update ops_sessions s set ended_at = :now
       where s.issuer = :issuer and s.ended_at is null
         and (:session::text is null or s.oidc_session = :session)
         and (:subject::text is null or s.user_id in
           (select user_id from ops_identities where issuer = :issuer and subject = :subject))
       returning s.user_id)
     select user_id as "userId", count(*)::int4 as n from ended group by user_id order by user_id`,
    { now, issuer, subject: subject ?? null, session: session ?? null },
  );
}
