/** A rule about a customer, or about who is paid, stops transfers: refused, or let go and sent with a new password. */
import { closeWithCleanBooks } from '../../support/books';
import { claimAll, runDue, runJob } from '../../support/driver';
import { createDmtWorld, type DmtWorld, type Remitter } from '../../support/dmt-world';
import { caseIdOf, createStaff, violationsIn, type Staff } from '../../support/operations';
import { transactionId, type TransactionId } from '../../../domain/ids/ids';
import { execute, rows } from '../../../platform/database';
import { sentOk } from '../../support/scripted-dmt';
import { balanceOf, transactionRow } from '../../support/world';

let world: DmtWorld;
let staff: Staff;
let remitter: Remitter;
beforeEach(async () => {
  world = await createDmtWorld();
  staff = await createStaff(world);
  remitter = await world.remitter(await world.user(1_000_000n));
});
afterEach(async () => {
  staff.close();
  await closeWithCleanBooks(world.knex, world);
});

const why = { reason: 'as seen', evidence: 'a call' };
async function holdsFrom(name: string): Promise<void> {
  const tuning = { threshold: 0, action: 'hold', stopS: 3_600 } as const;
  const proposal = staff.operations.risk.tuning({ name, tuning, ...why });
  const { id } = await staff.operations.approvals.propose(proposal, staff.asha);
  await staff.operations.approvals.approve(id, staff.ravi);
}
async function held(): Promise<string> {
  const {
    parts: [id],
  } = await world.transfer(remitter);
  await runJob(world.first, 'hold', [id!]);
  return id!;
}

async function decide(id: string, choice: 'release' | 'failed'): Promise<void> {
  const caseId = await caseIdOf(world.knex, id, 'risk_hold');
  const proposal = await staff.operations.cases.proposal({ caseId, choice, ...why });
  const { id: approval } = await staff.operations.approvals.propose(proposal, staff.asha);
  await staff.operations.approvals.approve(approval, staff.ravi);
}

test.each([
  ['mule', 'payee'],
  ['customer_tour', 'customer'],
])('by %s: the next one waits, and its money goes back', async (rule, about) => {
  await holdsFrom(rule);
  await held();
  world.clock.advance(1);
  expect(await world.first.riskWatch.round()).toMatchObject({ opened: { [rule]: 1 } });
  const before = await balanceOf(world.knex, remitter.user.accountId);
  const id = await held();
  expect((await runJob(world.first, 'send', [id])).errors).toEqual([]);
  expect((await transactionRow(world.knex, id)).state).toBe('in_review');
  const caseId = await caseIdOf(world.knex, id, 'risk_hold');
  const { evidence } = await staff.operations.cases.get(caseId);
  expect(evidence).toEqual({ rule, about: expect.stringMatching(new RegExp(`^${about}:[0-9a-f-]{36}$`)) });
  expect(await staff.operations.cases.offered(caseId)).toEqual(['release', 'failed']);
  const passwords = await rows<{ otp: string | null }>(
    world.knex,
    'select otp_sealed as otp from dmt_transfers where transaction_id = ?',
    [id],
  );
  expect(passwords).toEqual([{ otp: null }]);
  await decide(id, 'failed');
  expect((await transactionRow(world.knex, id)).state).toBe('failed');
  expect(await balanceOf(world.knex, remitter.user.accountId)).toBe(before);
});

describe('a transfer that was let go', () => {
  const DAY_MS = 86_400_000;
  let first: string;
  let id: TransactionId;
  beforeEach(async () => {
    await holdsFrom('mule');
    first = await held();
    world.clock.advance(1);
    await world.first.riskWatch.round();
    id = transactionId(await held());
    await runJob(world.first, 'send', [id]);
    world.connector.onSend = () => sentOk();
    world.connector.sends.length = 0;
  });
  const newOtps = () => world.first.moneyTransfer.newOtps;
  const send = (by = remitter.user.userId) => newOtps().send(by, id);
  const give = (otpId: string, by = remitter.user.userId) => newOtps().give(by, id, { otpId, otp: '135791' });
  const code = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'done',
      (error: unknown) => (error as { code?: string }).code ?? String(error),
    );
  const drive = async (): Promise<void> => {
    world.clock.advance(1);
    for (const due of await claimAll(world.first)) await runDue(world.first, [due]);
  };
  const state = async (): Promise<string> => (await transactionRow(world.knex, id)).state;

  test('waits for a new password of its sender, and is sent with it, once', async () => {
    expect(await code(send())).toBe('DMT_NEW_OTP_NOT_AWAITED');
    await decide(id, 'release');
    await drive();
    expect([await state(), world.connector.sends.length]).toEqual(['held', 0]);
    const { details } = await world.first.transactions.get(remitter.user.userId, id);
    expect(details).toMatchObject({
      new_otp_until: new Date(world.clock.now().getTime() - 1 + DAY_MS).toISOString(),
    });
    world.clock.advance(DAY_MS / 2); // its first password is long over
    const { otpId } = await send();
    const given = await Promise.all(
      Array.from({ length: 5 }, () =>
        give(otpId).then(
          (due) => due.length,
          () => 0,
        ),
      ),
    );
    expect(given.filter((n) => n === 1)).toHaveLength(1);
    expect(await give(otpId)).toEqual([]);
    expect((await runJob(world.first, 'send', [id])).errors).toEqual([]);
    await runJob(world.first, 'settle', [id]);
    expect(await state()).toBe('succeeded');
    const [sent] = world.connector.sends;
    expect([sent?.instruction.otp, world.connector.sends.length]).toEqual(['135791', 1]);
    expect(await code(give(otpId))).toBe('done');
    expect(await code(send())).toBe('DMT_NEW_OTP_NOT_AWAITED');
    await runJob(world.first, 'send', [first]); // too late
    expect(await violationsIn(world.knex)).toEqual([]);
  });

  test('without a new password its money goes back when the day is over', async () => {
    const before = await balanceOf(world.knex, remitter.user.accountId);
    await decide(id, 'release');
    const { otpId } = await send();
    world.clock.advance(DAY_MS);
    expect(await code(give(otpId))).toBe('DMT_NEW_OTP_NOT_AWAITED');
    await drive();
    const { state: ended, statusReason } = await transactionRow(world.knex, id);
    expect([ended, statusReason, world.connector.sends.length]).toEqual(['failed', 'DMT_OTP_EXPIRED', 0]);
    expect(await balanceOf(world.knex, remitter.user.accountId)).toBeGreaterThan(before);
  });

  test('a new password that was not used in time is erased, and the money goes back', async () => {
    await decide(id, 'release');
    await give((await send()).otpId);
    world.clock.advance(600_000);
    expect(await world.first.moneyTransfer.otpExpiry.expire(10)).toMatchObject({
      finished: expect.arrayContaining([id]),
    });
    expect(await state()).toBe('failed');
  });

  test('takes the password that was sent for it, of its user, and no other transfer takes that', async () => {
    await decide(id, 'release');
    const stranger = await world.user(0n);
    expect(await code(send(stranger.userId))).toBe('TRANSACTION_NOT_FOUND');
    const { senderId, recipientId } = remitter;
    const {
      parts: [part],
    } = await world.first.moneyTransfer.transferOtps.request(remitter.user.userId, senderId, {
      recipientId,
      amountPaise: 200_000n,
    });
    expect(await code(give(part!.otpId))).toBe('DMT_OTP_REFERENCE_INVALID');
    const { otpId } = await send();
    expect(await code(give(otpId, stranger.userId))).toBe('TRANSACTION_NOT_FOUND');
    const caller = {
      ...remitter.user,
      keyId: 'key',
      scopes: [],
      services: ['dmt'],
      role: 'retailer',
    } as const;
    const another = world.first.moneyTransfer.acceptTransfers.accept(caller, 'another-key', {
      ...{ senderId, recipientId, reference: 'another', currency: 'INR' },
      parts: [{ amountPaise: 200_000n, otpId, otp: '135791' }],
    });
    expect(await code(another)).toBe('DMT_OTP_REFERENCE_INVALID');
    world.clock.advance(600_000);
    expect(await code(give(otpId))).toBe('DMT_OTP_EXPIRED');
  });

  test('the database takes a new password only where two persons let the transfer go', async () => {
    const change = (set: string): Promise<string | undefined> =>
      execute(world.knex, `update dmt_transfers set ${set} where transaction_id = ?`, [id]).then(
        () => 'done',
        (error: unknown) => (error as { constraint?: string }).constraint,
      );
    const refused = 'dmt_transfers_new_otp_after_release';
    expect(await change('new_otp_until = now()')).toBe(refused);
    await decide(id, 'release');
    expect(await change('new_otp_until = now()')).toBe('dmt_transfers_facts_stay');
    expect(await change(`otp_sealed = 'v1.a.b.c.d'`)).toBe('dmt_transfers_facts_stay');
    expect(await change(`new_otp_request_id = otp_request_id, otp_sealed = 'v1.a.b.c.d'`)).toBe(refused);
  });
});
