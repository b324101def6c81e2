/** What people are told is a row that is driven until it is sent, given up or too old; by senders that are scripted here. */
import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import { createNotifications, type Notifications } from '../../../domain/notifications/notifications';
import type { Channel, Message, SendAnswer, Sender } from '../../../domain/notifications/port';
import { createNotificationRules, type NotificationRules } from '../../../domain/notifications/rules';
import { FakeClock } from '../../../platform/clock';
import { execute, makeKnex, rows, sqlState } from '../../../platform/database';
import { createFieldCipher } from '../../../platform/encryption';
import { systemIds } from '../../../platform/ids';
import { freshDatabase, type TestDatabase } from '../../support/database';

const NUMBER = '9876543210';
const CODE = '012345';
const CHECK_VIOLATION = '23514';

let database: TestDatabase;
let knex: Knex;
let db: Knex; // of the superuser
let rules: NotificationRules;
let clock: FakeClock;
let sent: Message[];
let answers: (SendAnswer | Error | (() => Promise<SendAnswer>))[];
let n: Notifications;

beforeAll(async () => {
  database = await freshDatabase();
  knex = makeKnex(database.appUrl);
  db = makeKnex(database.url, { max: 2 });
  rules = await createNotificationRules({ knex, profile: 'development' });
});
afterAll(async () => {
  rules.close();
  await Promise.all([knex.destroy(), db.destroy()]);
  await database.drop();
});
beforeEach(async () => {
  await execute(db, 'truncate notifications', []);
  clock = new FakeClock();
  sent = [];
  answers = [];
  n = another({ sms: scripted('scripted'), email: scripted('post') });
});

function scripted(name: string): Sender {
  return {
    name,
    async send(message) {
      sent.push(message);
      const answer = answers.shift() ?? { kind: 'taken', reference: 'ref-1' };
      if (answer instanceof Error) throw answer;
      return typeof answer === 'function' ? answer() : answer;
    },
    close: async () => undefined,
  };
}
const cipher = createFieldCipher({ keys: new Map([['k', randomBytes(32)]]), activeKid: 'k' });
const another = (senders: Partial<Record<Channel, Sender>>): Notifications =>
  createNotifications({ knex, clock, ids: systemIds, cipher, notificationRules: rules, senders });

const tellCode = (): Promise<string> =>
  n.tell(knex, {
    userId: null,
    kind: 'sign_in_code',
    to: { channel: 'sms', address: NUMBER },
    language: 'en',
    values: { code: CODE, minutes: '5' },
  });
const warn = (channel: Channel = 'sms'): Promise<string> =>
  n.tell(knex, {
    userId: null,
    kind: 'new_device',
    to: { channel, address: channel === 'sms' ? NUMBER : 'retailer@shop.example' },
    language: 'hi',
    values: { when: '29 Nov 2026, 10:00', device: 'Chrome' },
  });

interface Row {
  state: string;
  tries: number;
  reason: string | null;
  reference: string | null;
  sender: string | null;
  isErased: boolean;
  dueAt: Date | null;
}
async function row(id: string): Promise<Row> {
  const [found] = await rows<Row>(
    knex,
    `select state, tries, reason, sender_reference as reference, sender, message_sealed is null as "isErased",
       due_at as "dueAt" from notifications where id = ?`,
    [id],
  );
  return found!;
}
const sms = (): ReturnType<Notifications['deliver']> => n.deliver('sms', 10);

test('is sent once, in its words, and then erased', async () => {
  const id = await tellCode();
  expect(await sms()).toEqual({ claimed: 1, errors: [] });
  expect(await sms()).toEqual({ claimed: 0, errors: [] });
  expect(sent).toHaveLength(1);
  expect(sent[0]).toMatchObject({ id, to: NUMBER, language: 'en', subject: null });
  expect(sent[0]!.text).toContain(`${CODE} is your code`);
  expect(sent[0]!.dltTemplateId).toMatch(/^\d{19}$/);
  expect(await row(id)).toEqual({
    state: 'sent',
    tries: 1,
    reason: null,
    reference: 'ref-1',
    sender: 'scripted',
    isErased: true,
    dueAt: null,
  });
});

test('a roll-back tells nobody', async () => {
  await expect(
    knex.transaction(async (trx) => {
      await n.tell(trx, {
        userId: null,
        kind: 'new_device',
        to: { channel: 'sms', address: NUMBER },
        language: 'en',
        values: { when: 'now', device: 'Chrome' },
      });
      throw new Error('roll back');
    }),
  ).rejects.toThrow('roll back');
  expect(await sms()).toEqual({ claimed: 0, errors: [] });
});

test('neither number nor code stands in the table', async () => {
  await tellCode();
  const [found] = await rows<{ text: string }>(knex, 'select n::text as text from notifications n');
  expect(found!.text).not.toMatch(new RegExp(`${NUMBER}|${CODE}`));
});

test('two processes send it once', async () => {
  await Promise.all(Array.from({ length: 20 }, () => warn()));
  const processes = [n, another({ sms: scripted('other') })];
  for (let round = 0; round < 4; round++) await Promise.all(processes.map((p) => p.deliver('sms', 5)));
  expect(sent).toHaveLength(20);
  expect(new Set(sent.map(({ id }) => id)).size).toBe(20);
});

test('what certainly was not sent is sent later, and given up when it is too old', async () => {
  const id = await tellCode();
  answers = [{ kind: 'not_sent', reason: 'connect_refused' }];
  await sms();
  expect(await row(id)).toMatchObject({
    state: 'queued',
    tries: 1,
    reason: 'connect_refused',
    isErased: false,
  });
  expect(await sms()).toMatchObject({ claimed: 0 });
  clock.advance(1_000);
  answers = [{ kind: 'not_sent', reason: 'answered 429', retryAfterMs: 60_000 }];
  await sms();
  clock.advance(59_000);
  expect(await sms()).toMatchObject({ claimed: 0 });
  clock.advance(300_000);
  await sms();
  expect(sent).toHaveLength(2);
  expect(await row(id)).toMatchObject({ state: 'expired', isErased: true });
});

describe('what may have been sent', () => {
  test('is not repeated for a code: the person asks for a new one', async () => {
    const id = await tellCode();
    answers = [{ kind: 'unknown', reason: 'timeout' }];
    await sms();
    clock.advance(200_000);
    await sms();
    expect(sent).toHaveLength(1);
    expect(await row(id)).toMatchObject({ state: 'unknown', reason: 'timeout', isErased: true });
  });

  test('is repeated for a warning, and for every mail', async () => {
    answers = [{ kind: 'unknown', reason: 'timeout' }, new Error('quotes 9876543210')];
    const [warning, mail] = [await warn(), await warn('email')];
    await sms();
    await n.deliver('email', 10);
    clock.advance(5_000);
    await sms();
    await n.deliver('email', 10);
    expect(sent.map(({ id }) => id)).toEqual([warning, mail, warning, mail]);
    expect(await row(warning)).toMatchObject({ state: 'sent', tries: 2 });
    expect((await row(mail)).reason).toBeNull();
    expect(sent[1]!.subject).toBe('नए डिवाइस से साइन इन हुआ');
  });

  test('includes what a process was sending when it ended', async () => {
    const [code, warning] = [await tellCode(), await warn()];
    answers = [() => new Promise(() => undefined), () => new Promise(() => undefined)];
    void sms();
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (sent.length < 2) return;
        clearInterval(timer);
        resolve();
      }, 5);
    });
    clock.advance(120_000);
    await another({ sms: scripted('next') }).deliver('sms', 10);
    expect(await row(code)).toMatchObject({ state: 'unknown', isErased: true });
    expect(await row(warning)).toMatchObject({ state: 'sent', tries: 2, sender: 'next' });
  });
});

test('a refusal ends it', async () => {
  const id = await warn();
  answers = [{ kind: 'refused', reason: 'answered 400' }];
  await sms();
  clock.advance(600_000);
  expect(await sms()).toMatchObject({ claimed: 0 });
  expect(await row(id)).toMatchObject({ state: 'failed', reason: 'answered 400', isErased: true });
});

test('a channel without a sender is left alone until it expires', async () => {
  const id = await tellCode();
  const without = another({});
  expect(await without.deliver('sms', 10)).toEqual({ claimed: 0, errors: [] });
  expect(await row(id)).toMatchObject({ state: 'queued' });
  clock.advance(300_000);
  await without.deliver('sms', 10);
  expect(await row(id)).toMatchObject({ state: 'expired' });
});

describe('delivery reports', () => {
  const report = (id: string, state: 'sent' | 'delivered' | 'undelivered', sequence: number) =>
    n.report({ id, state, sequence, reference: 'm-1', reason: state === 'undelivered' ? 'Plivo 450' : null });

  test('go by their order, and a repeat changes nothing', async () => {
    const id = await tellCode();
    await sms();
    expect(await report(id, 'undelivered', 3)).toBe('noted');
    expect(await report(id, 'sent', 2)).toBe('repeated');
    expect(await row(id)).toMatchObject({ state: 'undelivered', reason: 'Plivo 450' });
    expect(await report(id, 'delivered', 4)).toBe('noted');
    expect(await report(id, 'undelivered', 5)).toBe('repeated');
    expect(await row(id)).toMatchObject({ state: 'delivered', reason: null });
  });

  test('end a message whose answer was lost, also while it waits to be repeated', async () => {
    const id = await warn();
    answers = [{ kind: 'unknown', reason: 'timeout' }];
    await sms();
    expect(await report(id, 'delivered', 1)).toBe('noted');
    clock.advance(600_000);
    await sms();
    expect(sent).toHaveLength(1);
    expect(await row(id)).toMatchObject({ state: 'delivered', reference: 'm-1', isErased: true });
  });

  test('that come before the answer are not undone by it', async () => {
    const id = await tellCode();
    answers = [
      async () => {
        await report(id, 'delivered', 1);
        return { kind: 'unknown', reason: 'timeout' };
      },
    ];
    await sms();
    expect(await row(id)).toMatchObject({ state: 'delivered' });
  });

  test('about nothing of ours, or nothing that was sent, are unknown', async () => {
    expect(await report(systemIds.uuid(), 'sent', 1)).toBe('unknown');
    expect(await report(await tellCode(), 'delivered', 1)).toBe('unknown');
  });
});

test('the table keeps its facts', async () => {
  const id = await tellCode();
  await sms();
  await n.report({ id, state: 'delivered', sequence: 1, reference: null, reason: null });
  const change = (set: string): Promise<string | undefined> =>
    execute(db, `update notifications set ${set} where id = ?`, [id]).then(
      () => undefined,
      (error: unknown) => sqlState(error),
    );
  expect(await change(`state = 'queued', due_at = now(), ended_at = null, message_sealed = 'v1.x'`)).toBe(
    CHECK_VIOLATION,
  );
  expect(await change(`state = 'failed'`)).toBe(CHECK_VIOLATION);
  expect(await change(`message_sealed = 'v1.x'`)).toBe(CHECK_VIOLATION);
  expect(await change(`kind = 'new_device'`)).toBe(CHECK_VIOLATION);
});

test('what ended a year ago is deleted', async () => {
  const id = await tellCode();
  await sms();
  clock.advance(364 * 86_400_000);
  expect(await n.deleteOld(10)).toBe(0);
  clock.advance(2 * 86_400_000);
  expect(await n.deleteOld(10)).toBe(1);
  expect(await row(id)).toBeUndefined();
});

test('a kind without words in that language is told in English; one without a rule is refused', async () => {
  const template = rules.template('sign_in_code', 'sms', 'hi', clock.now());
  expect(template.body).toContain('मुनीम');
  expect(() => rules.kind('no_such_kind' as never, clock.now())).toThrow(
    expect.objectContaining({ code: 'POLICY_NOT_FOUND' }),
  );
});
