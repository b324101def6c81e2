/** Sign-in over a database of its own, with a telephone and a mail box that the test can read. */
import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import { createPasswords } from '../../domain/auth/passwords';
import type { UserId } from '../../domain/ids/ids';
import { createNotifications, type Notifications } from '../../domain/notifications/notifications';
import type { Message, Sender } from '../../domain/notifications/port';
import { createNotificationRules } from '../../domain/notifications/rules';
import { createOtpSends } from '../../domain/otp/sends';
import { createOtpTries } from '../../domain/otp/tries';
import { createPolicies } from '../../domain/policies/policies';
import { createSignInRules } from '../../domain/sign-in/rules';
import { createSignIns, type SignIns } from '../../domain/sign-in/sign-ins';
import { createDevices } from '../../domain/tokens/devices';
import { createUserSessions } from '../../domain/tokens/sessions';
import {
  emailDigests,
  emailHint,
  mobileDigests,
  mobileHint,
  USER_EMAIL,
  USER_MOBILE,
} from '../../domain/users/sealed';
import { createAppUser } from '../../domain/users/users';
import { addMs, FakeClock } from '../../platform/clock';
import { execute, makeKnex } from '../../platform/database';
import { createFieldCipher, createKeyedDigest } from '../../platform/encryption';
import { systemIds } from '../../platform/ids';
import { freshDatabase } from './database';

export interface SignInWorld {
  knex: Knex;
  /** Of the superuser. */
  db: Knex;
  clock: FakeClock;
  signIns: SignIns;
  notifications: Notifications;
  /** All that was sent, the newest last. */
  sent: Message[];
  user(given: { name?: string; mobile?: string; email?: string }): Promise<UserId>;
  /** Makes and sends what is due. Returns the messages that came. */
  drive(): Promise<Message[]>;
  /** The same, and the code that came. */
  code(): Promise<string>;
  close(): Promise<void>;
}

const ONE_HOUR_S = 3_600;

export async function createSignInWorld(): Promise<SignInWorld> {
  const database = await freshDatabase();
  const knex = makeKnex(database.appUrl, { max: 10 });
  const db = makeKnex(database.url, { max: 2 });
  const clock = new FakeClock();
  const profile = 'development';
  const cipher = createFieldCipher({ keys: new Map([['k', randomBytes(32)]]), activeKid: 'k' });
  const digest = createKeyedDigest(randomBytes(32));
  const shared = { knex, clock, ids: systemIds, cipher, digest, profile } as const;
  const policies = await createPolicies(shared);
  const signInRules = await createSignInRules(shared);
  const notificationRules = await createNotificationRules(shared);
  const sent: Message[] = [];
  const sender: Sender = {
    name: 'telephone',
    async send(message) {
      sent.push(message);
      return { kind: 'taken', reference: null };
    },
    close: async () => undefined,
  };
  const notifications = createNotifications({
    ...shared,
    notificationRules,
    senders: { sms: sender, email: sender },
  });
  const signIns = createSignIns({
    ...shared,
    signInRules,
    notifier: notifications,
    passwords: createPasswords(),
    otpSends: createOtpSends({ ...shared, policies }),
    otpTries: createOtpTries({ ...shared, policies }),
    devices: createDevices(shared),
    sessions: createUserSessions({
      ...shared,
      policies: {
        now: () => ({
          accessS: 600,
          refreshIdleS: ONE_HOUR_S,
          sessionS: ONE_HOUR_S,
          keySignsS: 1,
          keyShownBeforeS: 1,
        }),
        close: () => undefined,
      },
      accessTokens: {
        issue: async () => ({ token: 'an.access.token', expiresAt: addMs(clock.now(), 600_000) }),
      } as never,
    }),
  });
  const drive = async (): Promise<Message[]> => {
    const before = sent.length;
    const { errors } = await signIns.codes.make(200);
    for (const channel of ['sms', 'email'] as const)
      errors.push(...(await notifications.deliver(channel, 200)).errors);
    if (errors.length > 0) throw errors[0]!;
    return sent.slice(before);
  };
  return {
    knex,
    db,
    clock,
    signIns,
    notifications,
    sent,
    async user({ name = 'Corner Shop', mobile, email }) {
      const { userId: id } = await knex.transaction((trx) => createAppUser(trx, systemIds, { name }));
      if (mobile !== undefined)
        await execute(
          knex,
          'update users set mobile_sealed = :sealed, mobile_fingerprint = :print, mobile_hint = :hint where id = :id',
          {
            id,
            sealed: cipher.seal(mobile, USER_MOBILE.place(id)),
            print: mobileDigests(digest, mobile)[0],
            hint: mobileHint(mobile),
          },
        );
      if (email !== undefined)
        await execute(
          knex,
          'update users set email_sealed = :sealed, email_fingerprint = :print, email_hint = :hint where id = :id',
          {
            id,
            sealed: cipher.seal(email, USER_EMAIL.place(id)),
            print: emailDigests(digest, email)[0],
            hint: emailHint(email),
          },
        );
      return id;
    },
    drive,
    async code() {
      const came = (await drive()).flatMap(({ text }) => /\b\d{6}\b/.exec(text)?.[0] ?? []);
      if (came.length !== 1) throw new Error(`${came.length} codes came`);
      return came[0]!;
    },
    async close() {
      policies.close();
      signInRules.close();
      notificationRules.close();
      await Promise.all([knex.destroy(), db.destroy()]);
      await database.drop();
    },
  };
}
