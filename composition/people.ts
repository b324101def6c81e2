import type { Passwords } from '../domain/auth/passwords';
import { createNotifications } from '../domain/notifications/notifications';
import { createNotificationRules } from '../domain/notifications/rules';
import { createOtpSends } from '../domain/otp/sends';
import { createOtpTries } from '../domain/otp/tries';
import { createDataAnswers } from '../domain/reminders/data-answers';
import { createDisputeNotices } from '../domain/reminders/disputes';
import { createKycReminders } from '../domain/reminders/kyc';
import { createPayeeNotices } from '../domain/reminders/payees';
import { createUntiedNotices } from '../domain/reminders/untied';
import { createSignInRules } from '../domain/sign-in/rules';
import { createSignIns } from '../domain/sign-in/sign-ins';
import { createPaymentCodes } from '../domain/sign-in/payment-codes';
import { createPlivoReports } from '../providers/plivo/reports';
import type { Config } from './config';
import type { Domain } from './domain';
import type { Foundation } from './foundation';
import { closeSenders, createSenders } from './senders';
import type { createTokens } from './tokens';

/** How people sign in, and how they are told things. */
export async function createPeople({
  config: { messaging, policyProfile: profile },
  domain: { cipher, digest, policies, payeeRules },
  tokens,
  passwords,
  ...foundation
}: Foundation & {
  config: Config;
  domain: Pick<Domain, 'cipher' | 'digest' | 'policies' | 'payeeRules'>;
  tokens: Awaited<ReturnType<typeof createTokens>>;
  passwords: Passwords;
}) {
  const { knex, clock, ids, metrics, killPoints, onError } = foundation;
  const shared = { knex, clock, ids, cipher, digest, policies, profile, onError };
  const senders = createSenders(messaging, clock);
  const notificationRules = await createNotificationRules(shared);
  const signInRules = await createSignInRules(shared);
  const notifications = createNotifications({
    ...shared,
    notificationRules,
    senders,
    onSent: (channel, answer) => metrics.notifications.inc({ channel, answer }),
    onPoint: (point) => killPoints.hit(`notification.${point}`),
  });
  return {
    /** Sends the codes by which payments are confirmed. */
    teller: createPaymentCodes({ clock, cipher, notifier: notifications }),
    parts: {
      notifications,
      kycReminders: createKycReminders({ ...shared, notifier: notifications }),
      dataAnswers: createDataAnswers({ ...shared, notifier: notifications }),
      payeeNotices: createPayeeNotices({ ...shared, payeeRules, notifier: notifications }),
      disputeNotices: createDisputeNotices({ ...shared, notifier: notifications }),
      untiedNotices: createUntiedNotices({ ...shared, notifier: notifications }),
      smsReports: messaging.plivo === undefined ? undefined : createPlivoReports(messaging.plivo),
      signIns: createSignIns({
        ...shared,
        signInRules,
        notifier: notifications,
        passwords,
        otpSends: createOtpSends(shared),
        otpTries: createOtpTries(shared),
        sessions: tokens.offered.userSessions,
        devices: tokens.offered.devices,
      }),
    },
    async close(): Promise<void> {
      notificationRules.close();
      signInRules.close();
      await closeSenders(senders);
    },
  };
}
