/** What agents are told of the claims of networks: each thing once, by every address. */
import { createNotifier } from '../../../domain/notifications/notifier';
import { createNotificationRules, type NotificationRules } from '../../../domain/notifications/rules';
import { createDisputeNotices, type DisputeNotices } from '../../../domain/reminders/disputes';
import { DAY_MS, useDisputes } from '../../support/disputes';
import { giveAddresses, told as toldTo } from '../../support/told';

const d = useDisputes();
let notices: DisputeNotices;
let rules: NotificationRules;
beforeEach(async () => {
  const { clock, first } = d.w;
  const { knex, ids, cipher } = first;
  rules = await createNotificationRules({ knex, profile: 'production' });
  const notifier = createNotifier({ clock, ids, cipher, notificationRules: rules });
  notices = createDisputeNotices({ knex, clock, cipher, notifier });
  await giveAddresses(d.w.knex, cipher, d.agent.userId);
  await notices.tell(100); // those of other tests
  await told();
});
afterEach(() => rules.close());

const told = () => toldTo(d.w.knex, d.w.first.cipher);
const kindsTold = async (): Promise<string[]> =>
  (await told()).map(({ kind, channel }) => `${kind} ${channel}`);
const inWords = (day: string): string => day.split('-').toReversed().join('-');

it('of a claim once, also by two processes at once: how much, which case, until when they answer', async () => {
  const { caseReference } = await d.record(await d.withdrawal());
  await Promise.all([notices.tell(10), notices.tell(10)]);
  const sent = await told();
  expect(sent.map(({ kind, channel }) => `${kind} ${channel}`)).toEqual([
    'dispute_opened email',
    'dispute_opened sms',
  ]);
  for (const { text } of sent)
    for (const said of ['3000.00 rupees', `case ${caseReference}.`, `until ${inWords(d.day(5))}.`])
      expect(text).toContain(said);
  expect([await notices.tell(10), await told()]).toEqual([0, []]);
});

it('of each end once: that it is lost, and that it is given back', async () => {
  const { id } = await d.record(await d.withdrawal());
  await notices.tell(10);
  await told();
  await d.end(id, 'lost');
  expect(await notices.tell(10)).toBe(1);
  expect(await kindsTold()).toEqual(['dispute_lost email', 'dispute_lost sms']);
  await d.end(id, 'given_back');
  expect(await notices.tell(10)).toBe(1);
  expect(await kindsTold()).toEqual(['dispute_given_back email', 'dispute_given_back sms']);
  expect([await notices.tell(10), await told()]).toEqual([0, []]);
});

it('of the end alone where it came before they were told of the claim', async () => {
  const { id } = await d.record(await d.withdrawal());
  await d.end(id, 'won');
  expect(await notices.tell(10)).toBe(1);
  expect(await kindsTold()).toEqual(['dispute_won email', 'dispute_won sms']);
  expect(await notices.tell(10)).toBe(0);
});

it('nothing of what is older than a week', async () => {
  await d.record(await d.withdrawal());
  await d.end((await d.record(await d.withdrawal())).id, 'lost');
  d.w.clock.advance(7 * DAY_MS);
  expect([await notices.tell(10), await told()]).toEqual([0, []]);
});
