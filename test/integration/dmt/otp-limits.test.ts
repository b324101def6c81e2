/**
 * How often a customer's phone is sent a one-time password: by phone over all users, and by each user. A loop
 * floods nobody, no user takes what the others need, and who works as usual is never held up.
 */
import { transactionId } from '../../../domain/ids/ids';
import { execute, rows } from '../../../platform/database';
import type { DomainError } from '../../../domain/errors/errors';
import { closeWithCleanBooks } from '../../support/books';
import { runDue } from '../../support/driver';
import { freshPid } from '../../support/dmt-bodies';
import { createDmtWorld, type DmtWorld, type Remitter } from '../../support/dmt-world';
import { deskRefused, deskUnknown, refundPending } from '../../support/scripted-dmt';

const MOST = 30;
const MOST_OF_A_USER = 15;
let world: DmtWorld;
let remitter: Remitter;
/** The same phone, with another user. */
let same: Remitter;
beforeEach(async () => {
  world = await createDmtWorld();
  remitter = await world.remitter(await world.user(10_000_000n));
  same = await world.remitter(await world.user(1_000_000n), remitter.mobile);
});
afterEach(() => closeWithCleanBooks(world.knex, world));

const request = (of = remitter, amountPaise = 200_000n, p = world.first): Promise<unknown> =>
  p.moneyTransfer.transferOtps.request(of.user.userId, of.senderId, {
    recipientId: of.recipientId,
    amountPaise,
  });
const sentTo = (mobile: string): number =>
  world.connector.asked.filter(({ call, args }) => call === 'sendTransferOtp' && args[0] === mobile).length;
const refusal = async (act: Promise<unknown>): Promise<[string, number | undefined]> =>
  act.then(
    () => {
      throw new Error('it was not refused');
    },
    (error: DomainError) => [error.code, error.retryAfterS],
  );

test('a month takes five passwords: a user may ask for them three times in ten minutes, two users six', async () => {
  for (let i = 0; i < 3; i += 1) await request(remitter, 2_500_000n);
  world.clock.advance(60_000);
  expect(await refusal(request())).toEqual(['RATE_LIMITED', 540]);
  expect(sentTo(remitter.mobile)).toBe(MOST_OF_A_USER); // the provider was not asked
  for (let i = 0; i < 3; i += 1) await request(same, 2_500_000n);
  const third = await world.remitter(await world.user(1_000_000n), remitter.mobile);
  expect(await refusal(request(third))).toEqual(['RATE_LIMITED', 540]);
  expect(sentTo(remitter.mobile)).toBe(MOST); // the provider was not asked
  world.clock.advance(539_999);
  expect(await refusal(request(third))).toEqual(['RATE_LIMITED', 1]);
  world.clock.advance(1);
  await request();
  expect(sentTo(remitter.mobile)).toBe(MOST + 1);
});

test('a request that would pass the limit sends none of its passwords', async () => {
  for (let i = 0; i < 2; i += 1) await request(remitter, 2_500_000n);
  for (let i = 0; i < 4; i += 1) await request();
  expect((await refusal(request(remitter, 1_000_000n)))[0]).toBe('RATE_LIMITED');
  expect(sentTo(remitter.mobile)).toBe(14);
  await request();
});

test('a hundred at once, from two users and two processes: thirty passwords reach the phone, and another phone gets its own', async () => {
  const other = await world.remitter(await world.user(1_000_000n), '9876500000');
  const process = await world.another();
  const results = await Promise.allSettled(
    Array.from({ length: 100 }, (_, i) =>
      request(i % 2 === 0 ? remitter : same, 200_000n, i % 3 === 0 ? process : world.first),
    ),
  );
  expect([results.filter(({ status }) => status === 'fulfilled').length, sentTo(remitter.mobile)]).toEqual([
    MOST,
    MOST,
  ]);
  await request(other);
  expect(sentTo('9876500000')).toBe(1);
});

test('what never left us does not count: a provider that is away for long keeps nobody from their money afterwards', async () => {
  const id = (await world.transfer(remitter)).parts[0]!;
  world.connector.onSend = () => refundPending();
  await runDue(world.first, [{ job: 'hold', id, driveNo: 0 }]);
  const { refunds } = world.first;
  const { senders } = world.first.moneyTransfer;
  world.connector.onDesk = () => ({ ok: false, kind: 'unknown', rawStatus: '<breaker open>', sent: false });
  for (let i = 0; i < 12; i += 1) {
    expect((await refusal(refunds.sendOtp(remitter.user.userId, transactionId(id))))[0]).toBe(
      'PROVIDER_UNAVAILABLE',
    );
    expect(
      (
        await refusal(senders.startEkyc(remitter.user.userId, remitter.senderId, '999941057058', freshPid()))
      )[0],
    ).toBe('PROVIDER_UNAVAILABLE');
    expect((await refusal(request(remitter, 2_000_000n)))[0]).toBe('PROVIDER_UNAVAILABLE');
  }
  expect(
    await rows(world.knex, 'select distinct sent from otp_sends where key similar to ?', [
      'dmt_(ekyc|refund):%',
    ]),
  ).toEqual([{ sent: 0 }]);
  expect(
    await rows(world.knex, 'select distinct sent from otp_sends where key like ?', ['dmt_transfer:%']),
  ).toEqual([{ sent: 1 }]); // one for the transfer
  world.connector.onDesk = () => undefined;
  expect(await refunds.sendOtp(remitter.user.userId, transactionId(id))).toEqual({
    otpId: expect.any(String),
  });
});

test('what the provider refused to send does not count; what we could not learn does', async () => {
  world.connector.onDesk = (call) => (call === 'sendTransferOtp' ? deskRefused() : undefined);
  for (let i = 0; i < MOST + 5; i += 1)
    expect((await refusal(request(remitter, 2_500_000n)))[0]).toBe('DMT_REFUSED');
  world.connector.onDesk = (call) => (call === 'sendTransferOtp' ? deskUnknown() : undefined);
  // the first of five: the others were not asked for
  expect((await refusal(request(remitter, 2_500_000n)))[0]).toBe('PROVIDER_UNAVAILABLE');
  for (let i = 1; i < MOST_OF_A_USER; i += 1)
    expect((await refusal(request()))[0]).toBe('PROVIDER_UNAVAILABLE');
  expect((await refusal(request()))[0]).toBe('RATE_LIMITED');
});

test('five of a refund, five of an eKYC by one user, and neither takes from the other', async () => {
  const id = (await world.transfer(remitter)).parts[0]!;
  world.connector.onSend = () => refundPending();
  await runDue(world.first, [{ job: 'hold', id, driveNo: 0 }]);
  const { refunds } = world.first;
  const { senders } = world.first.moneyTransfer;
  for (let i = 0; i < 5; i += 1) await refunds.sendOtp(remitter.user.userId, transactionId(id));
  expect(await refusal(refunds.sendOtp(remitter.user.userId, transactionId(id)))).toEqual([
    'RATE_LIMITED',
    600,
  ]);
  for (let i = 0; i < 5; i += 1)
    await senders.startEkyc(remitter.user.userId, remitter.senderId, '999941057058', freshPid());
  expect(
    await refusal(senders.startEkyc(remitter.user.userId, remitter.senderId, '999941057058', freshPid())),
  ).toEqual(['RATE_LIMITED', 600]);
  expect(
    world.connector.asked.filter(({ call }) => call === 'sendRefundOtp' || call === 'startEkyc'),
  ).toHaveLength(10);
  expect(JSON.stringify(await rows(world.knex, 'select * from otp_sends'))).not.toContain(remitter.mobile);
});

test('a rule is a row: a newer one counts, and without one nothing is sent', async () => {
  await execute(
    world.knex,
    `insert into otp_limits (what, kind, counted_by, span, profile, in_force_from, window_ms, most)
      select what, kind, counted_by, span, profile, '2026-01-02', window_ms, 2 from otp_limits
      where (what, kind, counted_by, span) = ('send', 'dmt_transfer', 'phone', 'window')`,
  );
  await world.first.policies.refresh();
  await request();
  await request();
  expect((await refusal(request()))[0]).toBe('RATE_LIMITED');
  await execute(world.knex, 'delete from otp_limits');
  await world.first.policies.refresh();
  expect((await refusal(request()))[0]).toBe('POLICY_NOT_FOUND');
});
