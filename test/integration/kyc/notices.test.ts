/** People are told that their KYC has to be done again, on the days that the policy names, each once. */
import { createKycReminders, type KycReminders } from '../../../domain/reminders/kyc';
import { createNotifier } from '../../../domain/notifications/notifier';
import { createNotificationRules, type NotificationRules } from '../../../domain/notifications/rules';
import { NOTIFICATION_MESSAGE } from '../../../domain/notifications/sealed';
import { USER_EMAIL, USER_MOBILE } from '../../../domain/users/sealed';
import { execute, rows } from '../../../platform/database';
import { approved } from '../../support/kyc';
import { createStaff, type Staff } from '../../support/operations';
import { useWorld } from '../../support/use-world';

const here = useWorld(() => ({ start: '2026-12-01T06:30:00.000Z' }));
let staff: Staff;
let rules: NotificationRules;
let reminders: KycReminders;
beforeEach(async () => {
  const { first, clock } = here.world;
  staff = await createStaff(here.world);
  rules = await createNotificationRules({ knex: first.knex, profile: 'development' });
  const { knex, ids, cipher } = first;
  reminders = createKycReminders({
    ...{ knex, clock, cipher },
    notifier: createNotifier({ clock, ids, cipher, notificationRules: rules }),
  });
  const { userId: id } = here.user;
  await execute(
    knex,
    `update users set language = 'hi', mobile_sealed = :mobile, mobile_hint = '98…10', mobile_fingerprint = sha256('a'),
       email_sealed = :email, email_hint = 'a…@b', email_fingerprint = sha256('b') where id = :id`,
    {
      id,
      mobile: cipher.seal('9876543210', USER_MOBILE.place(id)),
      email: cipher.seal('shop@munim.example', USER_EMAIL.place(id)),
    },
  );
});
afterEach(() => {
  rules.close();
  staff.close();
});

const told = () =>
  rows<{ kind: string; n: number }>(
    here.world.knex,
    `select kind, count(*)::int4 as n from notifications where kind like 'kyc%' group by kind order by kind`,
  );
/** Due on 1-Dec-2028 for a high risk: two years. */
async function on(day: string): Promise<number> {
  here.world.clock.set(`${day}T06:30:00.000Z`);
  return reminders.remind(10);
}

test('each day once, by both addresses and in their language; of days that were missed the latest alone', async () => {
  await approved(here.world.first, staff, here.user.userId, { risk: 'high' });
  expect(await reminders.remind(10)).toBe(0);
  expect([await on('2028-09-01'), await on('2028-09-02'), await on('2028-09-03')]).toEqual([0, 1, 0]);
  expect(await told()).toEqual([{ kind: 'kyc_due', n: 2 }]);
  // Of 60, 30, 7 and no days before it the last one counts.
  expect(await Promise.all([on('2028-12-01'), reminders.remind(10)])).toContain(1);
  expect(await told()).toEqual([{ kind: 'kyc_due', n: 4 }]);
  expect([await on('2028-12-30'), await on('2028-12-31')]).toEqual([0, 1]);
  expect(await told()).toEqual([
    { kind: 'kyc_due', n: 4 },
    { kind: 'kyc_overdue', n: 2 },
  ]);
  const [last] = await rows<{ id: string; sealed: string }>(
    here.world.knex,
    `select id, message_sealed as sealed from notifications where kind = 'kyc_overdue' and channel = 'sms'`,
  );
  const { text, to } = JSON.parse(
    here.world.first.cipher.open(last!.sealed, NOTIFICATION_MESSAGE.place(last!.id)),
  ) as { text: string; to: string };
  expect([to, text]).toEqual(['9876543210', expect.stringContaining('केवाईसी 01-12-2028')]);
  const noted = await rows<{ day: number }>(here.world.knex, 'select day from kyc_notices order by day');
  expect(noted.map(({ day }) => day)).toEqual([-90, 0, 30]);
});

test('whoever did it again is told of the next day only', async () => {
  await approved(here.world.first, staff, here.user.userId, { risk: 'high' });
  expect(await on('2028-11-24')).toBe(1);
  await approved(here.world.first, staff, here.user.userId, { risk: 'high' });
  expect([await on('2028-12-01'), await on('2030-11-24')]).toEqual([0, 1]);
});
