/** People who are signed in on the whole platform, with a telephone that the test can read. */
import type { StartedSession } from '../../domain/tokens/sessions';
import { mobileDigests, mobileHint, USER_MOBILE } from '../../domain/users/sealed';
import type { UserId } from '../../domain/ids/ids';
import { execute } from '../../platform/database';
import type { Platform } from './platform';
import { until } from './until';

export function signIn(p: Platform, userId: UserId): Promise<StartedSession> {
  return p.c.knex.transaction((trx) =>
    p.c.userSessions.start(trx, {
      userId,
      device: { name: 'Chrome on Android', ip: '192.0.2.1' },
      methods: ['pwd'],
    }),
  );
}

/** A number that its owner has shown to be theirs. */
export async function giveMobile(p: Platform, userId: UserId, mobile: string): Promise<void> {
  const { knex, cipher, digest, clock } = p.c;
  await execute(
    knex,
    `update users set mobile_sealed = :sealed, mobile_fingerprint = :print, mobile_hint = :hint,
       mobile_verified_at = :now where id = :userId`,
    {
      userId,
      sealed: cipher.seal(mobile, USER_MOBILE.place(userId)),
      print: mobileDigests(digest, mobile)[0],
      hint: mobileHint(mobile),
      now: clock.now(),
    },
  );
}

/** The text that came last to a number, once `n` have come. */
export async function textTo(p: Platform, mobile: string, n = 1): Promise<string> {
  const texts = await until(
    async () => (await p.outbox.newest(500)).filter(({ to }) => to === mobile).map(({ text }) => text),
    (came) => came.length >= n,
  );
  return texts[0]!;
}

export const codeIn = (text: string): string => /\b\d{6}\b/.exec(text)![0];
