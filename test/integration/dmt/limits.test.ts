/**
 * Limits of a remitter: 5,000 rupees a transfer, 25,000 a calendar month (India), whoever the user is; exact
 * however many come at the same time.
 */
import { execute, rows } from '../../../platform/database';
import { closeWithCleanBooks } from '../../support/books';
import { runDue, runJob } from '../../support/driver';
import { acceptTransfer, createDmtWorld, type DmtWorld, type Remitter } from '../../support/dmt-world';
import { declined, refundDone, refundPending, sentOk } from '../../support/scripted-dmt';

let world: DmtWorld;
beforeEach(async () => {
  world = await createDmtWorld({ start: '2026-11-30T18:00:00.000Z' });
}); // 23:30 of the last day of November in India
afterEach(() => closeWithCleanBooks(world.knex, world));

/** How many passwords may be tried before the first is known to be right is no matter here. */
const transfer: DmtWorld['transfer'] = async (...given) => {
  await execute(world.knex, 'delete from otp_tries');
  return world.transfer(...given);
};
const counters = async (): Promise<Record<string, bigint>> =>
  Object.fromEntries(
    (
      await rows<{ key: string; used: bigint }>(
        world.knex,
        'select right(key, 7) as key, used_paise as used from limit_counters order by key',
      )
    ).map((c) => [c.key, c.used]),
  );
const remitter = async (mobile?: string): Promise<Remitter> =>
  world.remitter(await world.user(10_000_000n), mobile);

test('28 transfers of 5,000 of one remitter at once, from several users and processes: exactly 5 hold', async () => {
  const users = await Promise.all([remitter(), remitter(), remitter(), remitter()]);
  const accepted: string[] = [];
  for (const r of users) for (let i = 0; i < 7; i++) accepted.push(...(await transfer(r, [500_000n])).parts);
  const other = await world.another();
  await Promise.all(accepted.map((id, i) => runJob(i % 2 === 0 ? world.first : other, 'hold', [id])));
  const found = await rows<{ state: string; reason: string | null; n: number }>(
    world.knex,
    'select state, status_reason as reason, count(*)::int as n from transactions group by 1, 2 order by 1',
  );
  expect(found).toEqual([
    { state: 'failed', reason: 'LIMIT_EXCEEDED', n: 23 },
    { state: 'held', reason: null, n: 5 },
  ]);
  expect(await counters()).toEqual({ '2026-11': 2_500_000n });
});

test('another remitter has a limit of their own', async () => {
  const [a, b] = [await remitter('9876543210'), await remitter('9876543211')];
  for (const r of [a, b]) await runJob(world.first, 'hold', (await transfer(r, [500_000n])).parts);
  expect(await rows(world.knex, 'select key from limit_counters')).toHaveLength(2);
});

test('a failure and a refund give back, to the month in which the transfer was accepted', async () => {
  const r = await remitter();
  const {
    parts: [failed, refunded, done],
  } = await transfer(r, [500_000n, 500_000n, 500_000n]);
  world.connector.onSend = () => declined();
  await runJob(world.first, 'hold', [failed!, refunded!, done!]);
  expect(await counters()).toEqual({ '2026-11': 1_500_000n });
  await runDue(world.first, [{ job: 'send', id: failed!, driveNo: 1 }]);
  expect(await counters()).toEqual({ '2026-11': 1_000_000n });
  world.connector.onSend = () => refundPending();
  await runDue(world.first, [{ job: 'send', id: refunded!, driveNo: 1 }]);
  world.connector.onSend = () => sentOk();
  await runDue(world.first, [{ job: 'send', id: done!, driveNo: 1 }]);
  expect(await counters()).toEqual({ '2026-11': 1_000_000n });
  world.clock.advance(86_400_000); // December
  await runJob(world.first, 'hold', (await transfer(r, [500_000n])).parts);
  world.connector.onInquire = () => refundDone();
  await runDue(world.first, [{ job: 'poll', id: refunded!, driveNo: 1 }]);
  expect(await counters()).toEqual({ '2026-11': 500_000n, '2026-12': 500_000n });
});

test('the month begins at midnight in India', async () => {
  const r = await remitter();
  const last = await transfer(r);
  world.clock.set('2026-11-30T18:30:00.000Z');
  const first = await transfer(r);
  const keys = await rows<{ month: string }>(
    world.knex,
    'select right(limit_key, 7) as month from transactions where id = any(?) order by created_at',
    [[...last.parts, ...first.parts]],
  );
  expect(keys).toEqual([{ month: '2026-11' }, { month: '2026-12' }]);
});

describe('a cap that changes in the middle of the month', () => {
  const held = async (r: Remitter): Promise<string> => heldNow((await transfer(r, [500_000n])).parts[0]!);
  const heldNow = async (id: string): Promise<string> => {
    await runJob(world.first, 'hold', [id]);
    return (
      await rows<{ is: string }>(
        world.knex,
        "select concat_ws(' ', state, status_reason) as is from transactions where id = ?",
        [id],
      )
    )[0]!.is;
  };
  const capFrom = async (date: string, capPaise: bigint): Promise<void> => {
    await execute(world.knex, "insert into period_limits values ('dmt', 'month', ?, ?)", [date, capPaise]);
    await world.first.policies.refresh();
  };
  beforeEach(() => {
    world.clock.set('2026-11-10T06:00:00.000Z');
  });

  test('raised: what a retailer is told is left can be held', async () => {
    const r = await remitter();
    for (let i = 0; i < 5; i += 1) expect(await held(r)).toBe('held');
    await capFrom('2026-11-10', 3_000_000n);
    expect((await world.first.moneyTransfer.senders.get(r.user.userId, r.senderId)).remaining).toBe(500_000);
    expect(await held(r)).toBe('held');
    expect(await rows(world.knex, 'select used_paise as used, cap_paise as cap from limit_counters')).toEqual(
      [{ used: 3_000_000n, cap: 3_000_000n }],
    );
  });

  test(
    'lowered: the next ones are judged by the new cap, one that was accepted before by its ' +
      'own; and what fails is given back',
    async () => {
      const r = await remitter();
      const {
        parts: [before],
      } = await transfer(r, [500_000n]);
      for (let i = 0; i < 2; i += 1) expect(await held(r)).toBe('held');
      await capFrom('2026-11-10', 1_500_000n);
      const {
        parts: [last],
      } = await transfer(r, [500_000n]);
      expect(await held(r)).toBe('held');
      expect(await heldNow(last!)).toBe('failed LIMIT_EXCEEDED');
      expect(await heldNow(before!)).toBe('held');
      expect(await counters()).toEqual({ '2026-11': 2_000_000n });
      world.connector.onSend = () => declined();
      await runDue(world.first, [{ job: 'send', id: before!, driveNo: 1 }]);
      expect(await counters()).toEqual({ '2026-11': 1_500_000n });
    },
  );
});

test('what is used up is refused before a one-time password is sent, with what is left', async () => {
  const r = await remitter();
  await runJob(
    world.first,
    'hold',
    (await transfer(r, [500_000n, 500_000n, 500_000n, 500_000n, 400_000n])).parts,
  );
  const asked = world.connector.asked.length;
  const want = (amountPaise: bigint) =>
    world.first.moneyTransfer.transferOtps.request(r.user.userId, r.senderId, {
      recipientId: r.recipientId,
      amountPaise,
    });
  await expect(want(100_001n)).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
    detail: expect.stringContaining('₹1,000.00'),
  });
  await expect(want(2_500_001n)).rejects.toMatchObject({
    code: 'DMT_AMOUNT_OUT_OF_RANGE',
    detail: expect.stringContaining('₹25,000.00'),
  });
  expect(world.connector.asked).toHaveLength(asked);
  expect((await want(100_000n)).parts).toHaveLength(1);
  expect((await world.first.moneyTransfer.senders.get(r.user.userId, r.senderId)).remaining).toBe(100_000);
});

test('a part over 5,000, or too small, is refused; the database refuses it too', async () => {
  const r = await remitter();
  const otps = (amountPaise: bigint) =>
    world.first.moneyTransfer.transferOtps.request(r.user.userId, r.senderId, {
      recipientId: r.recipientId,
      amountPaise,
    });
  expect((await otps(1_200_000n)).parts.map((p) => p.quote.amountPaise)).toEqual([
    500_000n,
    500_000n,
    200_000n,
  ]);
  await expect(otps(500_099n)).rejects.toMatchObject({ code: 'DMT_AMOUNT_OUT_OF_RANGE' });
  await expect(otps(99n)).rejects.toMatchObject({ code: 'DMT_AMOUNT_OUT_OF_RANGE' });
  const {
    parts: [part],
  } = await otps(200_000n);
  await expect(
    world.first.moneyTransfer.acceptTransfers.accept(
      { ...r.user, keyId: 'key', scopes: [], services: ['dmt'], role: 'retailer' },
      'key-of-a-large-one',
      {
        ...r,
        reference: 'large',
        currency: 'INR',
        parts: [{ amountPaise: 500_001n, otpId: part!.otpId, otp: '246810' }],
      },
    ),
  ).rejects.toMatchObject({ code: 'DMT_OTP_REFERENCE_INVALID' });
  await acceptTransfer(world.first, r, [500_000n]);
  await expect(
    execute(
      world.knex,
      `insert into dmt_transfers select gen_random_uuid(), 1, otp_request_id, sender_id, recipient_id, 500001,
        max_paise, 0, null, otp_expires_at from dmt_transfers`,
    ),
  ).rejects.toMatchObject({ code: '23514', constraint: 'dmt_transfers_amount_within_limit' });
});
