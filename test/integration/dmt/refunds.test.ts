/**
 * Transfers that failed after the provider took the money: only the remitter's one-time password credits the
 * wallet, once, and nothing is credited on a guess.
 */
import { transactionId, type TransactionId, type UserId } from '../../../domain/ids/ids';
import { rows } from '../../../platform/database';
import { closeWithCleanBooks } from '../../support/books';
import { runDue, runJob } from '../../support/driver';
import { createDmtWorld, type DmtWorld, type Remitter } from '../../support/dmt-world';
import { bringInquiryForward } from '../../../domain/lifecycle/inquiries';
import type { ProviderOutcome } from '../../../domain/provider/outcome';
import { claimDuePolls } from '../../../domain/driving/poll-claim';
import {
  declined,
  deskRefused,
  deskUnknown,
  GOOD_OTP,
  initiated,
  noAnswer,
  refundDone,
  refundPending,
  sentOk,
} from '../../support/scripted-dmt';
import { balanceOf, casesOf, outcomesOf, transactionRow } from '../../support/world';

const FUNDS = 10_000_000n;
let world: DmtWorld;
let remitter: Remitter;
let id: TransactionId;
beforeEach(async () => {
  world = await createDmtWorld();
  remitter = await world.remitter(await world.user(FUNDS));
  id = transactionId((await world.transfer(remitter)).parts[0]!);
  world.connector.onSend = () => refundPending();
  await runDue(world.first, [{ job: 'hold', id, driveNo: 0 }]);
});
afterEach(() => closeWithCleanBooks(world.knex, world));

const refunds = () => world.first.refunds;
const userId = (): UserId => remitter.user.userId;
const state = async (): Promise<string> => (await transactionRow(world.knex, id)).state;
const balance = (): Promise<bigint> => balanceOf(world.knex, remitter.user.accountId);

test('waits for consent: no credit by itself, however often the provider is asked', async () => {
  expect(await state()).toBe('refund_pending');
  world.connector.onInquire = () => refundPending();
  for (let i = 0; i < 3; i++) {
    world.clock.advance(86_400_000);
    await runDue(world.first, [{ job: 'poll', id, driveNo: i }]);
  }
  expect(await balance()).toBe(FUNDS - 202_000n);
});

test('the password is sent, and with it the wallet is credited, amount and charge; the limit is free again', async () => {
  const { otpId } = await refunds().sendOtp(userId(), id);
  const { result, due } = await refunds().refund(userId(), id, { otp: GOOD_OTP, otpId });
  expect([result, due]).toEqual(['refunded', [expect.objectContaining({ job: 'settle', id })]]);
  expect(world.connector.refundsAsked).toMatchObject([
    {
      target: {
        providerReference: '3570311831',
        ourReference: world.connector.sends[0]!.instruction.ourReference,
      },
      otp: GOOD_OTP,
      otpRef: expect.stringMatching(/^refund-otp-ref-/),
    },
  ]);
  await runDue(world.first, due);
  expect([await state(), await balance()]).toEqual(['refunded', FUNDS]);
  expect(await rows(world.knex, 'select used_paise as used from limit_counters')).toEqual([{ used: 0n }]);
  expect((await outcomesOf(world.knex, id)).at(-1)).toMatchObject({
    kind: 'refunded',
    source: 'refund',
    decision: 'apply',
    effect: 'refund',
  });
  for (const again of [
    () => refunds().refund(userId(), id, { otp: GOOD_OTP }),
    () => refunds().sendOtp(userId(), id),
  ])
    await expect(again()).rejects.toMatchObject({ code: 'ALREADY_REFUNDED' });
  expect(world.connector.refundsAsked).toHaveLength(1);
});

test('tapped five times at once: credited once', async () => {
  await refunds().sendOtp(userId(), id);
  let done = false;
  world.connector.onRefund = () => {
    if (done) return { ...refundPending(), kind: 'failed', rawReason: 'otp_consumed' };
    done = true;
    return refundDone();
  };
  const results = await Promise.allSettled(
    Array.from({ length: 5 }, () => refunds().refund(userId(), id, { otp: GOOD_OTP })),
  );
  expect(results.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
  await runDue(
    world.first,
    results.flatMap((r) => (r.status === 'fulfilled' ? r.value.due : [])),
  );
  await runJob(world.first, 'settle', [id, id]);
  expect([await state(), await balance()]).toEqual(['refunded', FUNDS]);
  expect(
    await rows(
      world.knex,
      "select count(*)::int as n from ledger_transfers where transaction_id = ? and code = 'refund'",
      [id],
    ),
  ).toEqual([{ n: 1 }]);
});

test('a wrong password is a definite no: it still waits, no case is raised, and the right one works', async () => {
  await refunds().sendOtp(userId(), id);
  await expect(refunds().refund(userId(), id, { otp: '111111' })).rejects.toMatchObject({
    code: 'REFUND_REFUSED',
    detail: expect.stringContaining('otp_wrong'),
  });
  expect([await state(), await casesOf(world.knex, id)]).toEqual(['refund_pending', []]);
  await runDue(world.first, (await refunds().refund(userId(), id, { otp: GOOD_OTP })).due);
  expect(await balance()).toBe(FUNDS);
});

test('P5 a refused password is no word about the transfer: one that the provider has corrected to done meanwhile stays done', async () => {
  await refunds().sendOtp(userId(), id);
  world.connector.onRefund = async () => {
    world.connector.onInquire = () => sentOk();
    world.clock.advance(1_000);
    await runDue(world.first, [{ job: 'poll', id, driveNo: 0 }]);
    expect(await state()).toBe('succeeded');
    return declined();
  };
  await expect(refunds().refund(userId(), id, { otp: GOOD_OTP })).rejects.toMatchObject({
    code: 'REFUND_REFUSED',
  });
  await runJob(world.first, 'settle', [id]);
  expect([await state(), await balance(), await casesOf(world.knex, id)]).toEqual([
    'succeeded',
    FUNDS - 202_000n,
    [],
  ]);
  expect((await outcomesOf(world.knex, id)).at(-1)).toMatchObject({
    kind: 'unknown',
    source: 'refund',
    decision: 'stale',
    effect: null,
  });
});

describe('P5 an answer that is none', () => {
  test.each([
    ['a time-out', noAnswer],
    ['a status nobody knows', () => initiated()],
    ['another amount', () => refundDone({ amountPaise: 1n })],
    [
      'a connector that throws',
      (): never => {
        throw new Error(`otp ${GOOD_OTP}`);
      },
    ],
  ])('%s: it waits as before, and the provider is asked at once', async (_how, answer) => {
    await refunds().sendOtp(userId(), id);
    world.connector.onRefund = answer;
    world.clock.advance(1_000);
    expect(await refunds().refund(userId(), id, { otp: GOOD_OTP })).toEqual({ result: 'pending', due: [] });
    expect([await state(), await balance()]).toEqual(['refund_pending', FUNDS - 202_000n]);
    const polls = await claimDuePolls(world.first, { limit: 10, provider: 'eko' });
    expect(polls).toMatchObject([{ id }]);
    world.clock.advance(1_000);
    world.connector.onInquire = () => refundDone();
    await runDue(world.first, polls);
    expect([await state(), await balance()]).toEqual(['refunded', FUNDS]);
  });

  test('the provider corrects itself: the transfer was done after all', async () => {
    await refunds().sendOtp(userId(), id);
    world.connector.onRefund = () => sentOk();
    await runDue(world.first, (await refunds().refund(userId(), id, { otp: GOOD_OTP })).due);
    expect([await state(), await balance()]).toEqual(['succeeded', FUNDS - 202_000n]);
  });
});

describe('P5 P6 the process that asked is gone before the answer is recorded', () => {
  const becomesKnown = async (): Promise<void> => {
    const polls = await claimDuePolls(world.first, { limit: 10, provider: 'eko' });
    expect(polls).toMatchObject([{ id }]);
    world.clock.advance(1_000);
    world.connector.onInquire = () => refundDone();
    await runDue(world.first, polls);
    expect([await state(), await balance()]).toEqual(['refunded', FUNDS]);
  };

  const dyingWithTheCall = async (of = id): Promise<void> => {
    await refunds().sendOtp(userId(), of);
    let isAsked!: () => void;
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    world.connector.onRefund = () => {
      isAsked();
      return new Promise<never>(() => {});
    };
    void refunds().refund(userId(), of, { otp: GOOD_OTP });
    await asked;
  };

  test('the provider is asked as soon as the call must be over, not on the next day', async () => {
    await dyingWithTheCall();
    const { totalTimeoutMs } = world.first.policies.provider('eko');
    world.clock.advance(totalTimeoutMs - 1);
    expect(await claimDuePolls(world.first, { limit: 10, provider: 'eko' })).toEqual([]);
    world.clock.advance(1);
    await becomesKnown();
  });

  test('an inquiry that was due anyway does not take the place of that one: it might be answered before the refund is made', async () => {
    world.clock.advance(86_400_000);
    await dyingWithTheCall();
    expect(await claimDuePolls(world.first, { limit: 10, provider: 'eko' })).toEqual([]);
    world.clock.advance(world.first.policies.provider('eko').totalTimeoutMs);
    await becomesKnown();
  });

  test('nor does the posting of what is known put it off', async () => {
    const {
      parts: [unposted],
    } = await world.transfer(remitter);
    await runJob(world.first, 'hold', [unposted!]);
    world.connector.onSend = () => refundPending({ providerReference: '3570311832' });
    await runJob(world.first, 'send', [unposted!]);
    await dyingWithTheCall(transactionId(unposted!));
    await runJob(world.first, 'settle', [unposted!]);
    expect((await transactionRow(world.knex, unposted!)).state).toBe('refund_pending');
    world.clock.advance(world.first.policies.provider('eko').totalTimeoutMs);
    expect(await claimDuePolls(world.first, { limit: 10, provider: 'eko' })).toContainEqual(
      expect.objectContaining({ id: unposted }),
    );
  });

  test('a password that the provider will not send is a reason to ask it', async () => {
    world.connector.onDesk = () => deskRefused('Transaction is already in refunded state.');
    world.clock.advance(1_000);
    await expect(refunds().sendOtp(userId(), id)).rejects.toMatchObject({ code: 'DMT_REFUSED' });
    await becomesKnown();
  });
});

describe('P5 a hint about one that was refunded: the provider is asked, once', () => {
  const hinted = async (answer: ProviderOutcome): Promise<void> => {
    await refunds().sendOtp(userId(), id);
    await runDue(world.first, (await refunds().refund(userId(), id, { otp: GOOD_OTP })).due);
    world.clock.advance(60_000);
    await bringInquiryForward(world.knex, [id], world.clock.now());
    world.connector.onInquire = () => answer;
    const polls = await claimDuePolls(world.first, { limit: 10, provider: 'eko' });
    expect(polls).toMatchObject([{ id }]);
    world.clock.advance(1_000);
    await runDue(world.first, polls);
    expect(world.connector.inquiries).toHaveLength(1);
    // It is asked about no more.
    world.clock.advance(30 * 86_400_000);
    expect(await claimDuePolls(world.first, { limit: 10, provider: 'eko' })).toEqual([]);
    expect([await state(), await balance()]).toEqual(['refunded', FUNDS]);
  };

  test('it says the same', async () => {
    await hinted(refundPending({ kind: 'refunded', rawStatus: '4' }));
    expect(await casesOf(world.knex, id)).toEqual([]);
  });

  test('it says that the recipient has the money after all: a case', async () => {
    await hinted(sentOk());
    expect(await casesOf(world.knex, id)).toEqual(['contradiction_succeeded']);
  });
});

test('what does not wait for a refund is refused, and so is another user', async () => {
  const {
    parts: [open],
  } = await world.transfer(remitter);
  await expect(refunds().sendOtp(userId(), transactionId(open!))).rejects.toMatchObject({
    code: 'NOT_REFUNDABLE',
  });
  await expect(refunds().refund(userId(), id, { otp: GOOD_OTP })).rejects.toMatchObject({
    code: 'REFUND_OTP_MISSING',
  });
  const { otpId } = await refunds().sendOtp(userId(), id);
  const other = await world.user(0n);
  for (const ask of [
    () => refunds().sendOtp(other.userId, id),
    () => refunds().refund(other.userId, id, { otp: GOOD_OTP, otpId }),
  ])
    await expect(ask()).rejects.toMatchObject({ code: 'TRANSACTION_NOT_FOUND' });
  expect(world.connector.refundsAsked).toHaveLength(0);
});

test('a password that could not be sent is an error with a code', async () => {
  world.connector.onDesk = () => deskRefused('the customer Ram Kumar 9876543210 is not known');
  await expect(refunds().sendOtp(userId(), id)).rejects.toMatchObject({
    code: 'DMT_REFUSED',
    detail: expect.not.stringContaining('9876543210'),
  });
  world.connector.onDesk = () => deskUnknown();
  await expect(refunds().sendOtp(userId(), id)).rejects.toMatchObject({
    code: 'PROVIDER_UNAVAILABLE',
    retryAfterS: 1,
  });
});
