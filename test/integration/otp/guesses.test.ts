/**
 * Nobody guesses a one-time password: five tries of a person and purpose reach the provider, whoever calls,
 * from whatever process, with whatever password.
 */
import { transactionId } from '../../../domain/ids/ids';
import type { DomainError } from '../../../domain/errors/errors';
import { execute, rows } from '../../../platform/database';
import { freshPid } from '../../support/dmt-bodies';
import { closeWithCleanBooks } from '../../support/books';
import { runDue, runJob } from '../../support/driver';
import { acceptTransfer, createDmtWorld, type DmtWorld, type Remitter } from '../../support/dmt-world';
import {
  declined,
  deskUnknown,
  GOOD_OTP,
  initiated,
  noAnswer,
  notSent,
  refundDone,
  refundPending,
  sentOk,
} from '../../support/scripted-dmt';
import { transactionRow } from '../../support/world';

const WINDOW_MS = 600_000;
const AADHAAR = '999941057058';
let world: DmtWorld;
let remitter: Remitter;
beforeEach(async () => {
  world = await createDmtWorld();
  remitter = await world.remitter(await world.user(10_000_000n));
});
afterEach(() => closeWithCleanBooks(world.knex, world));

const wrong = (i: number): string => String(100_000 + i);
async function codeOf(act: Promise<unknown>): Promise<string> {
  return act.then(
    () => 'fine',
    (error: DomainError) => error.code,
  );
}
const refusal = (act: Promise<unknown>): Promise<[string, number | undefined]> =>
  act.then(
    () => ['fine', undefined],
    (error: DomainError) => [error.code, error.retryAfterS],
  );
const countOf = (codes: readonly string[], code: string): number => codes.filter((c) => c === code).length;

/** A transfer that waits for the customer's consent to its refund. */
async function awaitingConsent(of = remitter): Promise<ReturnType<typeof transactionId>> {
  const id = (await world.transfer(of)).parts[0]!;
  world.connector.onSend = () => refundPending();
  await runDue(world.first, [{ job: 'hold', id, driveNo: 0 }]);
  return transactionId(id);
}

describe('the consent to a refund', () => {
  const refund = (id: ReturnType<typeof transactionId>, otp: string, p = world.first): Promise<unknown> =>
    p.refunds.refund(remitter.user.userId, id, { otp });

  test('100 guesses at once in two processes: five reach the provider, then the right one is refused too', async () => {
    const id = await awaitingConsent();
    await world.first.refunds.sendOtp(remitter.user.userId, id);
    const processes = [world.first, await world.another()];
    const codes = await Promise.all(
      Array.from({ length: 100 }, (_, i) => codeOf(refund(id, wrong(i), processes[i % 2]))),
    );
    expect(world.connector.refundsAsked).toHaveLength(5);
    expect([countOf(codes, 'REFUND_REFUSED'), countOf(codes, 'OTP_TRIES_USED_UP')]).toEqual([5, 95]);
    world.clock.advance(60_000);
    expect(await refusal(refund(id, GOOD_OTP))).toEqual(['OTP_TRIES_USED_UP', 540]);

    // a new password starts nothing anew
    await world.first.refunds.sendOtp(remitter.user.userId, id);
    expect(await refusal(refund(id, GOOD_OTP))).toEqual(['OTP_TRIES_USED_UP', 540]);
    expect(world.connector.refundsAsked).toHaveLength(5);
    expect((await transactionRow(world.knex, id)).outcome).toBe('refund_pending');

    world.clock.advance(WINDOW_MS);
    await world.first.refunds.sendOtp(remitter.user.userId, id);
    expect(await codeOf(refund(id, GOOD_OTP))).toBe('fine');
    await world.first.settler.settle([id]);
    expect((await transactionRow(world.knex, id)).state).toBe('refunded');
  });

  test('a password that was tried five times is dead for good, also when the person may try again', async () => {
    const id = await awaitingConsent();
    const { otpId } = await world.first.refunds.sendOtp(remitter.user.userId, id);
    for (let i = 0; i < 5; i += 1) expect(await codeOf(refund(id, wrong(i)))).toBe('REFUND_REFUSED');
    world.clock.advance(WINDOW_MS);
    const again = (otp: string) => world.first.refunds.refund(remitter.user.userId, id, { otp, otpId });
    expect(await refusal(again(GOOD_OTP))).toEqual(['OTP_DEAD', undefined]);
    expect(world.connector.refundsAsked).toHaveLength(5);
    await world.first.refunds.sendOtp(remitter.user.userId, id);
    expect(await codeOf(refund(id, GOOD_OTP))).toBe('fine');
  });

  test('the guesses of all refunds of one person count together, and another person is not held up', async () => {
    const [one, two] = [await awaitingConsent(), await awaitingConsent()];
    const stranger = await world.remitter(remitter.user, '9876500000');
    const theirs = await awaitingConsent(stranger);
    for (const id of [one, two, theirs]) await world.first.refunds.sendOtp(remitter.user.userId, id);
    for (let i = 0; i < 6; i += 1) await codeOf(refund(i % 2 === 0 ? one : two, wrong(i)));
    expect(world.connector.refundsAsked).toHaveLength(5);
    expect(await codeOf(refund(theirs, GOOD_OTP))).toBe('fine');
  });

  test('a try without an answer counts, one that never left us does not, a right one is given back', async () => {
    const id = await awaitingConsent();
    await world.first.refunds.sendOtp(remitter.user.userId, id);
    world.connector.onRefund = () => notSent();
    for (let i = 0; i < 12; i += 1) expect(await codeOf(refund(id, GOOD_OTP))).toBe('fine'); // pending
    world.connector.onRefund = () => noAnswer();
    for (let i = 0; i < 4; i += 1) expect(await codeOf(refund(id, GOOD_OTP))).toBe('fine');
    world.connector.onRefund = () => refundDone();
    expect(await codeOf(refund(id, GOOD_OTP))).toBe('fine');
    expect(
      await rows(world.knex, "select tries from otp_tries where key like 'dmt_refund:phone:%' order by key"),
    ).toEqual([{ tries: 4 }, { tries: 4 }]);
  });

  test('a refund that was made is recorded also where its try cannot be given back', async () => {
    const id = await awaitingConsent();
    await world.first.refunds.sendOtp(remitter.user.userId, id);
    await world.knex.raw(`create trigger nothing_goes_back before update on otp_tries for each row
      when (new.tries < old.tries) execute function refuse_change()`);
    expect(await codeOf(refund(id, GOOD_OTP))).toBe('fine');
    expect((await transactionRow(world.knex, id)).outcome).toBe('refunded');
  });
});

describe('the eKYC of a sender', () => {
  test('100 guesses at once by two users of the same phone: five reach the provider, also with a new password', async () => {
    const other = await world.remitter(await world.user(0n), remitter.mobile);
    const { senders } = world.first.moneyTransfer;
    for (const r of [remitter, other])
      await senders.startEkyc(r.user.userId, r.senderId, AADHAAR, freshPid());
    const guess = (r: Remitter, otp: string): Promise<string> =>
      codeOf(senders.finishEkyc(r.user.userId, r.senderId, otp));
    const codes = await Promise.all(
      Array.from({ length: 100 }, (_, i) => guess(i % 2 === 0 ? remitter : other, wrong(i))),
    );
    const asked = (): number => world.connector.asked.filter(({ call }) => call === 'finishEkyc').length;
    expect(asked()).toBe(5);
    expect([countOf(codes, 'DMT_REFUSED'), countOf(codes, 'OTP_TRIES_USED_UP')]).toEqual([5, 95]);
    await senders.startEkyc(remitter.user.userId, remitter.senderId, AADHAAR, freshPid());
    expect(await guess(remitter, GOOD_OTP)).toBe('OTP_TRIES_USED_UP');
    expect(asked()).toBe(5);
  });

  test('an answer that was lost counts', async () => {
    const { senders } = world.first.moneyTransfer;
    await senders.startEkyc(remitter.user.userId, remitter.senderId, AADHAAR, freshPid());
    world.connector.onDesk = (call) => (call === 'finishEkyc' ? deskUnknown() : undefined);
    const guess = (): Promise<string> =>
      codeOf(senders.finishEkyc(remitter.user.userId, remitter.senderId, GOOD_OTP));
    for (let i = 0; i < 5; i += 1) expect(await guess()).toBe('PROVIDER_UNAVAILABLE');
    expect(await guess()).toBe('OTP_TRIES_USED_UP');
  });
});

describe('a transfer', () => {
  /** Accepted with a new password of its own, and sent; the provider says whether the password was right. */
  async function guess(answer: () => ReturnType<typeof declined>, otp = GOOD_OTP): Promise<string> {
    world.connector.onSend = answer;
    const accepted = await acceptTransfer(world.first, remitter, [100_000n], otp).catch(
      (error: DomainError) => error.code,
    );
    if (typeof accepted === 'string') return accepted;
    await runDue(world.first, [{ job: 'hold', id: accepted.parts[0]!, driveNo: 0 }]);
    return (await transactionRow(world.knex, accepted.parts[0]!)).state;
  }

  test('five wrong passwords, each with a transfer of its own: the sixth transfer is refused before it is stored', async () => {
    for (let i = 0; i < 5; i += 1) expect(await guess(() => declined(), wrong(i))).toBe('failed');
    expect(await guess(() => sentOk())).toBe('OTP_TRIES_USED_UP');
    expect(world.connector.sends).toHaveLength(5);
    world.clock.advance(WINDOW_MS);
    expect(await guess(() => sentOk())).toBe('succeeded');
  });

  test('right passwords are given back, so that who works as usual is never held up', async () => {
    for (let i = 0; i < 5; i += 1) expect(await guess(() => sentOk())).toBe('succeeded');
    for (let i = 0; i < 3; i += 1) expect(await guess(() => refundPending())).toBe('refund_pending');
    // taken on by the provider, which has not said yet how it ends
    for (let i = 0; i < 6; i += 1) expect(await guess(() => initiated())).toBe('dispatched');
    world.connector.onInquire = () => sentOk();
    const ids = await rows<{ id: string }>(
      world.knex,
      "select id from transactions where state = 'dispatched'",
    );
    for (const { id } of ids) await runDue(world.first, [{ job: 'poll', id, driveNo: 1 }]);
    expect(
      await rows(world.knex, "select tries from otp_tries where key like 'dmt_transfer:%' order by key"),
    ).toEqual([{ tries: 0 }, { tries: 0 }]);
  });

  test('a password that never left us is given back: no money, expired, certainly not sent', async () => {
    const poor = await world.remitter(await world.user(0n), remitter.mobile);
    for (let i = 0; i < 6; i += 1) {
      const { parts } = await world.transfer(poor);
      await runJob(world.first, 'hold', [parts[0]!]);
    }
    for (let i = 0; i < 3; i += 1) {
      const { parts } = await world.transfer(remitter);
      world.connector.onSend = notSent;
      await runJob(world.first, 'hold', [parts[0]!]);
      await runJob(world.first, 'send', [parts[0]!]);
      await runJob(world.first, 'send', [parts[0]!]);
      expect((await transactionRow(world.knex, parts[0]!)).state).toBe('failed');
    }
    expect(
      await rows(world.knex, "select distinct tries from otp_tries where key like 'dmt_transfer:%'"),
    ).toEqual([{ tries: 0 }]);
  });

  test('parts of one transfer are tries of their own; what was refused or repeated is none', async () => {
    await world.transfer(remitter, [100n, 100n, 100n]);
    expect(await codeOf(world.transfer(remitter, [100n, 100n, 100n]))).toBe('OTP_TRIES_USED_UP');
    await world.transfer(remitter, [100n, 100n]);
    expect(await codeOf(world.transfer(remitter, [100n]))).toBe('OTP_TRIES_USED_UP');
  });

  test('15 at once: five are accepted', async () => {
    const { moneyTransfer } = world.first;
    const { user, senderId, recipientId } = remitter;
    const asked = [];
    for (let i = 0; i < 15; i += 1)
      asked.push(
        (await moneyTransfer.transferOtps.request(user.userId, senderId, { recipientId, amountPaise: 100n }))
          .parts[0]!.otpId,
      );
    const codes = await Promise.all(
      asked.map((otpId, i) =>
        codeOf(
          moneyTransfer.acceptTransfers.accept(
            { ...user, keyId: 'key', scopes: [], services: ['dmt'], role: 'retailer' },
            `key-at-once-${i}`,
            {
              senderId,
              recipientId,
              reference: `at-once-${i}`,
              currency: 'INR',
              parts: [{ amountPaise: 100n, otpId, otp: wrong(i) }],
            },
          ),
        ),
      ),
    );
    expect([countOf(codes, 'fine'), countOf(codes, 'OTP_TRIES_USED_UP')]).toEqual([5, 10]);
    expect(await rows(world.knex, 'select count(*)::int as n from transactions')).toEqual([{ n: 5 }]);
  });
});

test('the database holds the five, and no row of the rules may allow more', async () => {
  const id = await awaitingConsent();
  await world.first.refunds.sendOtp(remitter.user.userId, id);
  await codeOf(world.first.refunds.refund(remitter.user.userId, id, { otp: wrong(1) }));
  for (const [like, constraint] of [
    ['%:otp:%', 'otp_tries_of_one_password'],
    ['%:window:%', 'otp_tries_of_a_window'],
  ])
    await expect(
      execute(world.knex, 'update otp_tries set tries = 6 where key like ?', [like]),
    ).rejects.toMatchObject({ constraint });
  await expect(
    execute(world.knex, "update otp_limits set most = 6 where what = 'try' and span = 'window'"),
  ).rejects.toMatchObject({ constraint: 'otp_limits_few_tries' });
});
