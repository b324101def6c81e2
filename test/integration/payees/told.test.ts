/** What is changed of a user's beneficiaries: who is told, what stands in the record, and what staff see and do. */
import { randomUUID } from 'node:crypto';
import type { Caller } from '../../../domain/auth/api-keys';
import type { NewBeneficiary } from '../../../domain/beneficiaries/beneficiaries';
import { createNotifier } from '../../../domain/notifications/notifier';
import { createNotificationRules, type NotificationRules } from '../../../domain/notifications/rules';
import type { ValidationAnswer, ValidationCalls } from '../../../domain/validations/port';
import { createPayeeNotices, type PayeeNotices } from '../../../domain/reminders/payees';
import { execute, rows } from '../../../platform/database';
import { parsePublicId } from '../../../platform/ids';
import { makeStaff } from '../../support/access';
import { createStaff, violationsIn, type Staff } from '../../support/operations';
import { giveAddresses, told as toldTo } from '../../support/told';
import { useWorld } from '../../support/use-world';

const here = useWorld();
const IP = '192.0.2.7';
const GAP_MS = 600_000;
let notices: PayeeNotices;
let rules: NotificationRules;
let staff: Staff;
beforeEach(async () => {
  const { first, clock } = here.world;
  staff = await createStaff(here.world);
  const { knex, ids, cipher, payeeRules } = first;
  rules = await createNotificationRules({ knex, profile: 'production' });
  notices = createPayeeNotices({
    ...{ knex, clock, cipher, payeeRules },
    notifier: createNotifier({ clock, ids, cipher, notificationRules: rules }),
  });
  await giveAddresses(knex, cipher, here.user.userId);
});
afterEach(() => {
  rules.close();
  staff.close();
});

const bank = (ending: string): NewBeneficiary => ({
  name: 'Test Beneficiary',
  account: { kind: 'bank', accountNumber: `00011122${ending}`, ifsc: 'HDFC0000053' },
});
const caller = (by?: 'session' | 'client'): Caller => ({
  ...here.user,
  ...(by === undefined ? {} : { by }),
  keyId: '01930000-0000-7000-8000-0000000000aa',
  scopes: ['payouts:write'],
  services: ['payout'],
  role: 'retailer',
});
const doer = (by?: 'session' | 'client') => ({ caller: caller(by), ip: IP });
const add = async (ending: string, by?: 'session' | 'client'): Promise<string> =>
  parsePublicId('beneficiary', (await here.world.first.payees.add(doer(by), bank(ending))).view.id)!;
const pay = (beneficiary: NewBeneficiary, by?: 'session', amountPaise = 150_000n) =>
  here.world.first.acceptPayouts.accept(caller(by), randomUUID(), {
    ...{ amountPaise, currency: 'INR', mode: 'IMPS', beneficiary, force: true },
    reference: `ref-${randomUUID().slice(0, 18)}`,
  });

const told = () => toldTo(here.world.knex, here.world.first.cipher);

describe('its owner is told', () => {
  it('of one that somebody signed in adds, pays for the first time, or takes off; by every address, once', async () => {
    const second = await here.world.process();
    const id = await add('0000', 'session');
    await add('0000', 'session'); // it is there
    await Promise.all([notices.tell(10), notices.tell(10)]);
    const sent = await told();
    expect(sent.map(({ kind, channel }) => [kind, channel])).toEqual([
      ['beneficiary_added', 'email'],
      ['beneficiary_added', 'sms'],
    ]);
    expect(sent[0]!.text).toMatch(/account: 1, the last on \d\d-\d\d-\d{4} \d\d:\d\d, ending in 0000\. If/);
    expect(sent[0]!.text).not.toContain('000111220000');
    expect([await notices.tell(10), await told()]).toEqual([0, []]);

    here.world.clock.advance(GAP_MS);
    await pay(bank('1111'), 'session');
    await pay(bank('1111'), 'session');
    await second.payees.archive(doer('session'), id);
    await second.payees.archive(doer('session'), id);
    expect(await notices.tell(10)).toBe(2);
    expect(
      (await told()).map(({ kind, text }) => [kind, /: (\d+),.* in (\d+)/.exec(text)!.slice(1)]),
    ).toEqual([
      ['beneficiary_added', ['1', '1111']],
      ['beneficiary_added', ['1', '1111']],
      ['beneficiary_archived', ['1', '0000']],
      ['beneficiary_archived', ['1', '0000']],
    ]);
  });

  it('of several within the gap together, in their language; not of what is older than a week', async () => {
    await execute(here.world.knex, `update users set language = 'hi' where id = ?`, [here.user.userId]);
    await add('0000', 'session');
    expect(await notices.tell(10)).toBe(1);
    for (const ending of ['1111', '2222', '3333']) await add(ending, 'session');
    expect(await notices.tell(10)).toBe(0);
    await told();
    here.world.clock.advance(GAP_MS);
    expect(await notices.tell(10)).toBe(1);
    expect((await told()).map(({ text }) => text)).toEqual([
      expect.stringMatching(/^आपके मुनीम .*: 3, आखिरी .* को, अंत में 3333।/),
      expect.stringContaining('3333'),
    ]);
    await add('4444', 'session');
    here.world.clock.advance(7 * 86_400_000);
    expect([await notices.tell(10), await told()]).toEqual([0, []]);
    await add('5555', 'session'); // told without the one that is too old
    expect(await notices.tell(10)).toBe(1);
    expect((await told()).map(({ text }) => text)).toEqual([
      expect.stringMatching(/: 1, .* 5555/),
      expect.stringMatching(/: 1, .* 5555/),
    ]);
  });

  it('by the row that says whose changes are told: not those of keys and programs, unless it says so', async () => {
    await add('0000');
    await add('1111', 'client');
    await pay(bank('2222'));
    expect(await notices.tell(10)).toBe(0);
    await execute(
      here.world.knex,
      `insert into beneficiary_rules (profile, in_force_from, binds, new_for_s, source, tells, tell_gap_s)
       values ('production', '2026-01-02', 'nobody', 0, 'a test', 'everybody', 0)`,
    );
    await here.world.first.payeeRules.refresh();
    await add('3333', 'client');
    await pay(bank('4444'));
    expect(await notices.tell(10)).toBe(1);
    expect((await told())[0]!.text).toContain(': 2, ');
  });

  it('once and for good: what was changed and that it was told stays', async () => {
    await add('0000', 'session');
    await notices.tell(10);
    for (const sql of [
      `update beneficiary_changes set told_at = null`,
      `update beneficiary_changes set at = now()`,
      'delete from beneficiary_changes',
    ])
      await expect(execute(here.world.knex, sql)).rejects.toThrow(/beneficiary_changes/);
  });
});

it('who added, asked the bank and took off stands in the audit log, with from where and by what, once each', async () => {
  const validation: ValidationCalls = {
    kinds: ['bank'],
    validate: () =>
      Promise.resolve<ValidationAnswer>({
        kind: 'valid',
        sent: true,
        rawStatus: 'completed',
        registeredName: 'TEST BENEFICIARY',
      }),
    inquire: () => Promise.reject(new Error('not asked')),
  };
  Object.assign(here.world.connector, { validation });
  const { payees } = here.world.first;
  const id = await add('0000', 'session');
  await add('0000', 'session');
  await payees.verify(doer(), id);
  await payees.verify(doer(), id);
  await payees.archive(doer('client'), id);
  await payees.archive(doer('client'), id);
  await add('0000');
  const written = await rows<{ actor: string; ip: string; action: string; subject: string; detail: object }>(
    here.world.knex,
    `select actor, actor_ip as ip, action, subject, detail from audit_log where action like 'beneficiary.%' order by id`,
  );
  const of = { actor: here.user.userId, ip: IP, subject: `beneficiary:${id}` };
  const using = { with: caller().keyId };
  expect(written).toEqual([
    { ...of, action: 'beneficiary.add', detail: { by: 'session', ...using } },
    {
      ...of,
      action: 'beneficiary.verify',
      detail: { by: 'key', ...using, method: 'penny_drop', validation: expect.any(String) as string },
    },
    { ...of, action: 'beneficiary.archive', detail: { by: 'client', ...using } },
    { ...of, action: 'beneficiary.add', detail: { by: 'key', ...using } },
  ]);
});

describe('staff', () => {
  const show = (id: string) => staff.operations.payees.show(id);

  it('see what holds payouts to one, and how much may be paid to it yet', async () => {
    const { world, user } = here;
    const id = await add('0000', 'session');
    await pay(bank('0000'), 'session', 2_000_000n);
    expect(await show(id)).toMatchObject({
      userId: user.userId,
      hint: '…0000',
      heldBy: ['new'],
      isNew: { binds: 'signed_in', paidPaise: 2_000_000n, leftPaise: 3_000_000n },
    });
    world.clock.advance(86_400_000);
    expect(await show(id)).toMatchObject({ heldBy: [], isNew: null });
    await execute(world.knex, `update beneficiaries set reconfirm = 'ifsc_ended' where id = ?`, [id]);
    expect((await show(id)).heldBy).toEqual(['ifsc_ended']);
    await expect(show(randomUUID())).rejects.toMatchObject({ code: 'BENEFICIARY_NOT_FOUND' });
  });

  it('take one off for a customer who calls: written down, told, and none but those whose role permits it', async () => {
    const { world } = here;
    const id = await add('0000');
    const support = await makeStaff(world.knex, { role: 'support', email: 'support@munim.example' });
    const by = { userId: support.id, role: 'support' };
    const { payees } = staff.operations;
    await expect(payees.archive(id, 'the customer called', staff.viewer)).rejects.toMatchObject({
      code: 'OPS_ROLE_MISSING',
    });
    await expect(payees.archive(randomUUID(), 'the customer called', by)).rejects.toMatchObject({
      code: 'BENEFICIARY_NOT_FOUND',
    });
    await payees.archive(id, 'the customer called', by);
    await payees.archive(id, 'the customer called', by);
    expect((await show(id)).heldBy).toEqual(['archived']);
    expect(await payees.list(here.user.userId, 10)).toMatchObject([
      { id, isArchived: true, madeBy: 'caller' },
    ]);
    await notices.tell(10);
    expect((await told()).map(({ kind }) => kind)).toEqual(['beneficiary_archived', 'beneficiary_archived']);
    const written = await rows<{ actor: string; detail: object }>(
      world.knex,
      `select actor, detail from audit_log where action = 'beneficiary.archive'`,
    );
    expect(written).toEqual([{ actor: support.id, detail: { by: 'staff', reason: 'the customer called' } }]);
    expect(await violationsIn(world.knex)).toEqual([]);
  });
});
