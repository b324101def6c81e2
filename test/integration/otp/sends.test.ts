/** In production's gap one password is sent, however many requests come at once, by whatever way. */
import { transactionId } from '../../../domain/ids/ids';
import type { DomainError } from '../../../domain/errors/errors';
import { execute, rows } from '../../../platform/database';
import { me } from '../../support/aeps-agents';
import { activateAgent, createAepsWorld, type AepsWorld } from '../../support/aeps-world';
import { freshPid } from '../../support/dmt-bodies';
import { closeWithCleanBooks } from '../../support/books';
import { createDmtWorld, type DmtWorld, type Remitter } from '../../support/dmt-world';
import { runDue } from '../../support/driver';
import { deskRefused, refundPending } from '../../support/scripted-dmt';

const AT_ONCE = 25;
const GAP_MS = 30_000;
const outcome = (act: Promise<unknown>): Promise<string> =>
  act.then(
    () => 'sent',
    (error: DomainError) => `${error.code} ${error.retryAfterS ?? '-'}`,
  );
const atOnce = (act: (i: number) => Promise<unknown>): Promise<string[]> =>
  Promise.all(Array.from({ length: AT_ONCE }, (_, i) => outcome(act(i))));
const oneSent = (outcomes: readonly string[]): void =>
  expect(outcomes.toSorted()).toEqual([
    ...Array.from({ length: AT_ONCE - 1 }, () => 'RATE_LIMITED 30'),
    'sent',
  ]);

describe('senders', () => {
  let world: DmtWorld;
  let remitter: Remitter;
  beforeEach(async () => {
    world = await createDmtWorld({ gaps: true });
    remitter = await world.remitter(await world.user(10_000_000n));
  });
  afterEach(() => closeWithCleanBooks(world.knex, world));
  const asked = (name: string): number => world.connector.asked.filter(({ call }) => call === name).length;

  test('25 transfers of one amount: one password; another amount is another password', async () => {
    const processes = [world.first, await world.another()];
    const request = (i: number, amountPaise = 200_000n): Promise<unknown> =>
      processes[i % 2]!.moneyTransfer.transferOtps.request(remitter.user.userId, remitter.senderId, {
        recipientId: remitter.recipientId,
        amountPaise,
      });
    oneSent(await atOnce((i) => request(i)));
    expect(asked('sendTransferOtp')).toBe(1);
    expect(await outcome(request(0, 300_000n))).toBe('sent');
    world.clock.advance(GAP_MS);
    expect(await outcome(request(0))).toBe('sent');
  });

  test('25 eKYCs of one phone by two users', async () => {
    world.clock.advance(GAP_MS);
    const other = await world.remitter(await world.user(0n), remitter.mobile);
    const start = (r: Remitter): Promise<unknown> =>
      world.first.moneyTransfer.senders.startEkyc(r.user.userId, r.senderId, '999941057058', freshPid());
    oneSent(await atOnce((i) => start(i % 2 === 0 ? remitter : other)));
    expect(asked('startEkyc')).toBe(1);
  });

  test('25 consents to one refund', async () => {
    const id = transactionId((await world.transfer(remitter)).parts[0]!);
    world.connector.onSend = () => refundPending();
    await runDue(world.first, [{ job: 'hold', id, driveNo: 0 }]);
    oneSent(await atOnce(() => world.first.refunds.sendOtp(remitter.user.userId, id)));
    expect(asked('sendRefundOtp')).toBe(1);
  });

  test('what the provider refused to send opens no gap', async () => {
    world.connector.onDesk = (call) => (call === 'sendTransferOtp' ? deskRefused() : undefined);
    const request = (): Promise<unknown> =>
      world.first.moneyTransfer.transferOtps.request(remitter.user.userId, remitter.senderId, {
        recipientId: remitter.recipientId,
        amountPaise: 200_000n,
      });
    expect(await outcome(request())).toBe('DMT_REFUSED -');
    world.clock.advance(20_000);
    world.connector.onDesk = () => undefined;
    expect(await outcome(request())).toBe('sent');
    world.clock.advance(20_000); // a gap of its own, not the rest of the first
    expect(await outcome(request())).toBe('RATE_LIMITED 10');
  });

  test('a day has a limit of its own, and so has a caller over all phones', async () => {
    await execute(
      world.knex,
      "update otp_limits set most = 3 where what = 'send' and kind = 'dmt_transfer' and counted_by = 'caller' and span = 'day'",
    );
    await world.first.policies.refresh();
    const other = await world.remitter(remitter.user, '9876500000');
    const request = ({ user, senderId, recipientId }: Remitter): Promise<unknown> =>
      world.first.moneyTransfer.transferOtps.request(user.userId, senderId, {
        recipientId,
        amountPaise: 200_000n,
      });
    for (const r of [remitter, other, remitter]) {
      expect(await outcome(request(r))).toBe('sent');
      world.clock.advance(3_600_000);
    }
    expect(await outcome(request(other))).toBe('RATE_LIMITED 75600');
    expect(await outcome(request(await world.remitter(await world.user(0n))))).toBe('sent');
  });
});

describe('agents', () => {
  let w: AepsWorld;
  beforeEach(async () => {
    w = await createAepsWorld();
  });
  afterEach(() => w.close());

  test('25 one-time passwords at once, for 25 phones too: one is sent, and the row of it is the one in force', async () => {
    const user = await w.user();
    await activateAgent(w.aeps, user.userId, '10000099');
    w.clock.advance(GAP_MS);
    let sent = 0;
    w.connector.onKyc = (step) => {
      if (step === 'otp') sent += 1;
      return { ok: true, value: { otpRef: `otpref_${sent}`, referenceTid: `tid_${sent}` } };
    };
    const applicant = (i: number) => ({
      ...(me() as { mobile: string; latlong: string; aadhaar: string }),
      mobile: String(9_100_000_000 + i),
    });
    oneSent(await atOnce((i) => w.aeps.agents.sendOtp(user.userId, applicant(i))));
    expect(sent).toBe(1);
    expect(await rows(w.knex, 'select otp_ref as ref from aeps_agents')).toEqual([{ ref: 'otpref_1' }]);
  });

  test('100 guesses of an agent at once, with other phones too: five reach the provider', async () => {
    const user = await w.user();
    await activateAgent(w.aeps, user.userId, '10000098');
    w.clock.advance(GAP_MS);
    let tried = 0;
    w.connector.onKyc = (step) => {
      if (step === 'otp') return { ok: true, value: { otpRef: 'otpref_2', referenceTid: 'tid_2' } };
      tried += 1;
      return { ok: false, kind: 'refused', rawStatus: '461', rawReason: 'wrong' };
    };
    const applicant = me() as { mobile: string; latlong: string; aadhaar: string };
    await w.aeps.agents.sendOtp(user.userId, applicant);
    const guess = (i: number): Promise<string> =>
      outcome(
        w.aeps.agents.verifyOtp(
          user.userId,
          { ...applicant, mobile: String(9_100_000_000 + i) },
          String(100_000 + i),
        ),
      );
    const outcomes = await Promise.all(Array.from({ length: 100 }, (_, i) => guess(i)));
    expect(tried).toBe(5);
    expect(outcomes.filter((o) => o === 'AEPS_KYC_REFUSED -')).toHaveLength(5);
    expect(outcomes.filter((o) => o === 'OTP_TRIES_USED_UP 600')).toHaveLength(95);
    w.clock.advance(GAP_MS);
    await w.aeps.agents.sendOtp(user.userId, applicant);
    expect(await guess(0)).toBe('OTP_TRIES_USED_UP 570');
  });
});
