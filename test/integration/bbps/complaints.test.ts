/** Complaints with a clock that the test moves: when they may be raised, what the provider says of them, what is never done twice. */
import { transactionId } from '../../../domain/ids/ids';
import { rows } from '../../../platform/database';
import { DISPOSITIONS } from '../../../domain/bbps/port';
import { asked, codeOf, paidBill } from '../../support/bbps-flows';
import type { AppUser } from '../../../domain/users/users';
import { useComplaintWorld } from '../../support/complaint-world';
import { FUNDS_PAISE } from '../../support/use-world';
import { runJob } from '../../support/driver';
import { biller, no, noAnswer, ok, paid, ticket, type ScriptedBills } from '../../support/scripted-bbps';
import { until } from '../../support/until';
import { unsignedHeaders } from '../../support/scripted-connector';
import { balanceOf, casesOf, transactionRow, type World } from '../../support/world';

const DAY_MS = 86_400_000;
const used = useComplaintWorld();
const { complaints, raise, payTag } = used;
let world: World;
let setu: ScriptedBills;
let user: AppUser;
beforeEach(() => {
  ({ world, setu, user } = used);
});

test('a utility has a day to show the payment, a tag none; the refusal says from when', async () => {
  const power = await paidBill(world.first, user);
  world.clock.advance(DAY_MS - 1);
  await expect(raise(power)).rejects.toMatchObject({
    code: 'BBPS_COMPLAINT_TOO_EARLY',
    retryable: true,
    retryAfterS: 1,
    detail: expect.stringContaining('2026-11-02T06:30:00.000Z'),
  });
  world.clock.advance(1);
  expect(await raise(power)).toMatchObject({
    state: 'open',
    status: '<requested>',
    npci_code: 'D32',
    due_on: '2026-11-07',
  });
  expect(await raise(await payTag())).toMatchObject({ state: 'open' });
});

test.each(
  [...DISPOSITIONS.entries()].map(
    ([i, d]) => [d, ['D11', 'D12', 'D13', 'D21', 'D22', 'D23', 'D31', 'D32'][i]!] as const,
  ),
)('%s is %s', async (disposition, code) => {
  const raised = await raise(await payTag(), disposition);
  expect(raised).toMatchObject({
    disposition,
    npci_code: code,
    type: code.startsWith('D3') ? 'complaint' : 'dispute',
  });
  expect(setu.complaints).toEqual([
    { reference: 'AX0112299990000001', disposition, description: 'It still shows as due' },
  ]);
});

test('one of a kind is open at a time, also when two are raised at the same moment', async () => {
  const payment = await payTag();
  const codes = await Promise.all(Array.from({ length: 4 }, () => codeOf(raise(payment))));
  expect(codes.toSorted()).toEqual([
    'BBPS_COMPLAINT_OPEN',
    'BBPS_COMPLAINT_OPEN',
    'BBPS_COMPLAINT_OPEN',
    'done',
  ]);
  expect(setu.complaints).toHaveLength(1);
  setu.onComplain = () => ok(ticket('C2'));
  expect(await codeOf(raise(payment, 'double-payment'))).toBe('done');
  setu.onComplaint = (refId) => ok(ticket(refId, { status: 'REJECTED' }));
  world.clock.advance(1_000);
  expect((await complaints().list(user.userId, payment)).map((c) => [c.state, c.status])).toEqual([
    ['closed', 'REJECTED'],
    ['closed', 'REJECTED'],
  ]);
  setu.onComplain = () => ok(ticket('C3'));
  expect(await codeOf(raise(payment))).toBe('done');
});

test('it is asked about when it is read, once a minute; a callback brings that forward; a closed one is left alone', async () => {
  const payment = await payTag();
  const { id } = await raise(payment);
  const key = (await rows<{ id: string }>(world.knex, 'select id from bbps_complaints'))[0]!.id;
  const look = () => complaints().get(user.userId, payment, key);
  world.clock.advance(1_000);
  expect(await look()).toMatchObject({
    id,
    status: 'ASSIGNED',
    dispute_id: 'TKT0001',
    assigned_to: 'Test BOU',
    due_on: '2026-11-20',
  });
  const other = await world.process();
  world.clock.advance(59_999);
  await look();
  expect(setu.asked.complaints).toHaveLength(1);
  world.clock.advance(1);
  await Promise.all([look(), look(), other.bbps.complaints.get(user.userId, payment, key)]);
  expect(setu.asked.complaints).toHaveLength(2);
  await Promise.all([look(), look()]);
  expect(setu.asked.complaints).toHaveLength(2);
  setu.onComplaint = (refId) =>
    ok(ticket(refId, { status: 'RESOLVED', remarks: 'Done', dueOn: '2026-02-31' }));
  const { due } = await world.first.callbackReceiver.receive(
    'setu',
    unsignedHeaders('e1'),
    Buffer.from('{"event":"BILL_DISPUTE","hint":{"about":"bill_complaint","reference":"C1"}}'),
  );
  await runJob(world.first, 'callback', [due!.id]);
  world.clock.advance(1_000);
  expect(await look()).toMatchObject({
    state: 'closed',
    status: 'RESOLVED',
    remarks: 'Done',
    due_on: '2026-11-20',
  });
  world.clock.advance(DAY_MS);
  await look();
  expect(setu.asked.complaints).toHaveLength(3);
});

test('no answer leaves it unconfirmed, with a case, and it is not told again; a refusal closes it', async () => {
  const payment = await payTag();
  setu.onComplain = () => noAnswer;
  expect(await raise(payment)).toMatchObject({ state: 'open', status: '<unconfirmed>' });
  expect(await casesOf(world.knex, payment)).toEqual(['complaint_unconfirmed']);
  expect(await codeOf(raise(payment))).toBe('BBPS_COMPLAINT_OPEN');
  expect(setu.complaints).toHaveLength(1);
  setu.onComplain = () => no('not-allowed');
  expect(await codeOf(raise(payment, 'wrong-amount'))).toBe('PROVIDER_REJECTED');
  expect(
    (await complaints().list(user.userId, payment)).map((c) => [c.disposition, c.state, c.status]),
  ).toEqual([
    ['account-not-updated', 'open', '<unconfirmed>'],
    ['wrong-amount', 'closed', '<refused>'],
  ]);
});

test('P5 a call that throws is no answer: whether it was told is unknown; what was known of it stays', async () => {
  const payment = await payTag();
  const thrown = (): never => {
    throw new Error('read ECONNRESET');
  };
  setu.onComplain = thrown;
  expect(await raise(payment)).toMatchObject({ state: 'open', status: '<unconfirmed>' });
  expect(await casesOf(world.knex, payment)).toEqual(['complaint_unconfirmed']);
  setu.onComplain = () => ok(ticket('C2'));
  await raise(payment, 'double-payment');
  setu.onComplaint = thrown;
  world.clock.advance(1_000);
  expect((await complaints().list(user.userId, payment)).map((c) => c.status)).toEqual([
    '<unconfirmed>',
    'ASSIGNED',
  ]);
  expect(setu.asked.complaints).toEqual(['C2']);
});

/** The provider is told, and nobody hears its answer. */
async function dieWhileTelling(payment: string): Promise<void> {
  const before = setu.complaints.length;
  setu.onComplain = () => new Promise(() => undefined);
  void raise(payment);
  await until(
    () => Promise.resolve(setu.complaints.length),
    (told) => told > before,
  );
}

test('a process that died while it told the provider leaves a case', async () => {
  const payment = await payTag();
  await dieWhileTelling(payment);
  world.clock.advance(60_000);
  expect((await complaints().list(user.userId, payment)).map((c) => c.status)).toEqual(['<sending>']);
  world.clock.advance(60_000);
  await complaints().list(user.userId, payment);
  expect((await complaints().list(user.userId, payment)).map((c) => c.status)).toEqual(['<unconfirmed>']);
  expect(await casesOf(world.knex, payment)).toEqual(['complaint_unconfirmed']);
});

test('a refund by complaint: the provider is asked about the payment, and its credit adjustment gives the money back', async () => {
  const payment = await payTag();
  await raise(payment, 'double-payment');
  world.clock.advance(1_000);
  setu.onComplaint = (refId) => ok(ticket(refId, { status: 'REFUNDED' }));
  expect((await complaints().list(user.userId, payment))[0]).toMatchObject({
    state: 'closed',
    status: 'REFUNDED',
  });
  expect((await transactionRow(world.knex, payment)).nextPollAt!.getTime()).toBeLessThanOrEqual(
    world.clock.now().getTime(),
  );
  setu.onInquire = () => paid({ kind: 'reversed', rawStatus: 'Credit_Adjustment' });
  await asked(world.first, payment);
  expect((await transactionRow(world.knex, payment)).state).toBe('reversed');
  expect(await balanceOf(world.knex, user.accountId)).toBe(FUNDS_PAISE);
  expect(await codeOf(raise(payment))).toBe('BBPS_COMPLAINT_NOT_POSSIBLE');
});

test("none about what is pending, failed or another's", async () => {
  setu.onSend = () => ({
    kind: 'pending',
    sent: true,
    rawStatus: '<accepted>',
    providerReference: 'PAYREF0001',
  });
  const pending = await paidBill(world.first, user, biller().id);
  expect(await codeOf(raise(pending))).toBe('BBPS_COMPLAINT_NOT_POSSIBLE');
  expect(
    await codeOf(
      complaints().raise(
        (await world.user(0n)).userId,
        transactionId(pending),
        'double-payment',
        'Paid twice',
      ),
    ),
  ).toBe('TRANSACTION_NOT_FOUND');
  expect(await codeOf(complaints().get(user.userId, transactionId(pending), pending))).toBe(
    'BBPS_COMPLAINT_NOT_FOUND',
  );
  expect(await codeOf(complaints().list(user.userId, transactionId(await world.accept(user))))).toBe(
    'TRANSACTION_NOT_FOUND',
  );
});
