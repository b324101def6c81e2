/** What two persons decide about a case: every way out of a review, and of a transaction that the provider leaves open. */
import { execute, rows } from '../../../platform/database';
import { claimAll, runDue, runJob } from '../../support/driver';
import { caseIdOf, createStaff, violationsIn, type Staff } from '../../support/operations';
import {
  failed,
  pending,
  succeeded,
  unsignedHeaders,
  callbackBody,
  refused,
  reversed,
} from '../../support/scripted-connector';
import { FUNDS_PAISE, useWorld } from '../../support/use-world';
import { attemptsOf, balances, casesOf, movesOf, transactionRow, type World } from '../../support/world';

const here = useWorld();
let world: World;
let staff: Staff;

beforeEach(async () => {
  ({ world } = here);
  staff = await createStaff(world);
});
afterEach(() => {
  staff.close();
});

/** Failed, given back, and then paid by the provider after all. */
async function late(): Promise<string> {
  const id = await here.sent(() => failed());
  await runDue(world.first, [{ job: 'settle', id, driveNo: 0 }]);
  world.clock.advance(1_000);
  world.connector.onInquire = () => succeeded();
  await here.told(id, succeeded());
  await here.pollByClock(id, 1);
  expect(await here.state(id)).toBe('in_review');
  return id;
}

/** Stopped while its money is held: the provider spoke of an attempt that we had called unsent. */
async function stopped(): Promise<string> {
  const id = await here.held();
  world.connector.onSend = refused;
  await runJob(world.first, 'send', [id]);
  const [attempt] = await attemptsOf(world.knex, id);
  const { due } = await world.first.callbackReceiver.receive(
    'testpay',
    unsignedHeaders(`evt_${id}`),
    callbackBody({
      event: 'payout.updated',
      target: { ourReference: attempt!.ourReference, providerReference: 'pout_1', amountPaise: '150000' },
    }),
  );
  await runJob(world.first, 'callback', [due!.id]);
  expect(await here.state(id)).toBe('in_review');
  return id;
}

async function propose(id: string, kind: string, choice: string): Promise<string> {
  const proposal = await staff.operations.cases.proposal({
    caseId: await caseIdOf(world.knex, id, kind),
    choice,
    reason: 'the statement shows it',
    evidence: 'statement of today, line 7',
  });
  return (await staff.operations.approvals.propose(proposal, staff.asha)).id;
}

async function decide(id: string, kind: string, choice: string): Promise<void> {
  await staff.operations.approvals.approve(await propose(id, kind, choice), staff.ravi);
}

const violations = (): Promise<string[]> => violationsIn(world.knex);

describe('a review of held money', () => {
  test.each([
    ['succeeded', 'succeeded', FUNDS_PAISE - 150_590n],
    ['failed', 'failed', FUNDS_PAISE],
    ['reversed', 'reversed', FUNDS_PAISE],
    ['refunded', 'refunded', FUNDS_PAISE],
  ])('ends as %s, posted at once, and its case closes', async (choice, state, wallet) => {
    const id = await stopped();
    await decide(id, 'outcome_of_abandoned_attempt', choice);
    expect(await transactionRow(world.knex, id)).toMatchObject({ state, dueAt: null, postedCount: 1 });
    expect((await balances(world.knex))[`wallet:${here.user.userId}:main`]).toBe(wallet);
    expect((await balances(world.knex))['clearing:payout']).toBeUndefined();
    expect(await casesOf(world.knex, id)).toEqual([]);
    expect(await movesOf(world.knex, id)).toEqual([
      'accepted>held',
      'held>dispatched',
      'dispatched>held',
      'held>in_review',
      `in_review>${state}`,
    ]);
    expect(await violations()).toEqual([]);
  });
});

describe('a review after a late success', () => {
  test.each([
    ['succeeded', 'succeeded', FUNDS_PAISE - 150_590n, { 'expense:loss:testpay': undefined }],
    ['failed', 'failed', FUNDS_PAISE, { 'expense:loss:testpay': -150_000n }],
    [
      'reversed',
      'reversed',
      FUNDS_PAISE,
      { 'float:testpay': undefined, 'expense:provider-fee:testpay': undefined },
    ],
    ['refunded', 'refunded', FUNDS_PAISE, { 'float:testpay': undefined, 'tax:gst-input': undefined }],
  ])('ends as %s, and suspense is empty', async (choice, state, wallet, others) => {
    const id = await late();
    await decide(id, 'late_success', choice);
    expect(await transactionRow(world.knex, id)).toMatchObject({ state, dueAt: null });
    const after = await balances(world.knex);
    expect(after[`wallet:${here.user.userId}:main`]).toBe(wallet);
    expect(after['suspense:testpay']).toBeUndefined();
    for (const [code, balance] of Object.entries(others)) expect(after[code]).toBe(balance);
    expect(await casesOf(world.knex, id)).toEqual([]);
    expect(await violations()).toEqual([]);
  });

  test('the provider says once more that it succeeded: nothing is new, whatever was decided', async () => {
    const id = await late();
    await decide(id, 'late_success', 'failed');
    world.clock.advance(1_000);
    expect(await here.told(id, succeeded(), 'poll')).toBe('repeat');
    expect((await balances(world.knex))['suspense:testpay']).toBeUndefined();
  });

  test('a wallet that is short refuses it: nothing is done, the review stays, and another choice can be made', async () => {
    const id = await late();
    await world.first.ledger.post({
      journal: {
        id: world.first.ids.uuid(),
        transactionId: null,
        transfers: [
          {
            debitAccountId: here.user.accountId,
            creditAccountId: await world.first.accounts.id('bank:escrow'),
            amountPaise: FUNDS_PAISE,
            code: 'funding',
          },
        ],
      },
    });
    const proposed = await propose(id, 'late_success', 'succeeded');
    await expect(staff.operations.approvals.approve(proposed, staff.ravi)).rejects.toMatchObject({
      code: 'APPROVAL_OVERTAKEN',
      detail: expect.stringContaining('LEDGER_INSUFFICIENT_FUNDS'),
    });
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'in_review', dueAt: null });
    await decide(id, 'late_success', 'failed');
    expect(await here.state(id)).toBe('failed');
  });
});

describe('a transaction that the provider leaves open', () => {
  async function exhausted(): Promise<string> {
    const id = await here.sent();
    world.connector.onInquire = () => pending();
    world.clock.advance(25 * 3_600_000);
    await here.pollByClock(id, 1);
    expect(await casesOf(world.knex, id)).toContain('polling_exhausted');
    return id;
  }

  test.each([
    ['succeeded', FUNDS_PAISE - 150_590n],
    ['failed', FUNDS_PAISE],
  ])('is %s by the word of two persons', async (choice, wallet) => {
    const id = await exhausted();
    await decide(id, 'polling_exhausted', choice);
    expect(await here.state(id)).toBe(choice);
    expect((await balances(world.knex))[`wallet:${here.user.userId}:main`]).toBe(wallet);
    expect(await violations()).toEqual([]);
  });

  test('an answer between the two clicks makes the second fail, says what came, and stands', async () => {
    const id = await exhausted();
    const proposed = await propose(id, 'polling_exhausted', 'failed');
    world.clock.advance(1_000);
    expect(await here.told(id, succeeded())).toBe('apply');
    await expect(staff.operations.approvals.approve(proposed, staff.ravi)).rejects.toMatchObject({
      code: 'APPROVAL_OVERTAKEN',
      detail: expect.stringMatching(/nothing was done: an answer came at .*: callback says succeeded/),
    });
    await runJob(world.first, 'settle', [id]);
    expect(await here.state(id)).toBe('succeeded');
    expect(await staff.operations.approvals.get(proposed)).toMatchObject({
      state: 'overtaken',
      note: expect.stringContaining('callback says succeeded'),
    });
    await expect(staff.operations.approvals.approve(proposed, staff.ravi)).rejects.toMatchObject({
      code: 'APPROVAL_DECIDED',
    });
  });

  test('a failure for our balance between the two clicks makes the second fail, though it is sent again by then', async () => {
    const id = await exhausted();
    const proposed = await propose(id, 'polling_exhausted', 'failed');
    world.clock.advance(1_000);
    expect(await here.told(id, failed({ isShortOfFunds: true }))).toBe('retry');
    world.connector.onSend = () => pending({ providerReference: 'pout_2' });
    world.clock.advance(120_000);
    for (const due of await claimAll(world.first)) await runDue(world.first, [due]);
    const again = { state: 'dispatched', attemptNo: 2 };
    expect(await transactionRow(world.knex, id)).toMatchObject(again);
    await expect(staff.operations.approvals.approve(proposed, staff.ravi)).rejects.toMatchObject({
      code: 'APPROVAL_OVERTAKEN',
      detail: expect.stringMatching(/nothing was done: an answer came at .*: callback says failed/),
    });
    expect(await transactionRow(world.knex, id)).toMatchObject(again);
    expect((await balances(world.knex))['clearing:payout']).toBe(150_590n);
  });

  test('the second click and the answer at once: one of them is posted', async () => {
    const id = await exhausted();
    const proposed = await propose(id, 'polling_exhausted', 'failed');
    world.clock.advance(1_000);
    await Promise.allSettled([
      staff.operations.approvals.approve(proposed, staff.ravi),
      here.told(id, succeeded()),
    ]);
    await runJob(world.first, 'settle', [id]);
    const { state, postedCount } = await transactionRow(world.knex, id);
    expect(postedCount).toBe(1);
    expect(['succeeded', 'failed']).toContain(state);
    expect(await violations()).toEqual([]);
  });

  test('nobody approves what they proposed, viewers neither propose nor approve, and the database says the same', async () => {
    const id = await exhausted();
    const proposed = await propose(id, 'polling_exhausted', 'failed');
    const { approvals } = staff.operations;
    await expect(approvals.approve(proposed, staff.asha)).rejects.toMatchObject({
      code: 'APPROVAL_NEEDS_ANOTHER',
    });
    await expect(approvals.reject(proposed, staff.asha, 'my own')).rejects.toMatchObject({
      code: 'APPROVAL_NEEDS_ANOTHER',
    });
    await expect(approvals.approve(proposed, staff.viewer)).rejects.toMatchObject({
      code: 'OPS_ROLE_MISSING',
    });
    await expect(propose(id, 'polling_exhausted', 'succeeded')).rejects.toMatchObject({
      code: 'APPROVAL_OPEN',
    });
    const set =
      "update approvals set state = 'approved', decided_at = proposed_at, decided_by = ? where id = ?";
    await expect(execute(world.knex, set, [staff.asha.userId, proposed])).rejects.toMatchObject({
      constraint: 'approvals_two_persons',
    });
    await expect(execute(world.knex, set, [staff.viewer.userId, proposed])).rejects.toMatchObject({
      constraint: 'approvals_by_permitted',
    });
    await approvals.reject(proposed, staff.ravi, 'the statement does not show it');
    await expect(execute(world.knex, set, [staff.ravi.userId, proposed])).rejects.toMatchObject({
      constraint: 'approvals_decided_once',
    });
    expect(await here.state(id)).toBe('dispatched');
    const audited = await rows<{ action: string; outcome: string }>(
      world.knex,
      'select action, outcome from audit_log where subject = ? order by id',
      [`approval:${proposed}`],
    );
    expect(audited).toEqual([
      { action: 'approval.propose', outcome: 'succeeded' },
      { action: 'approval.reject', outcome: 'succeeded' },
    ]);
  });

  test('a choice that the state does not offer is refused with those that it does', async () => {
    const id = await exhausted();
    await expect(propose(id, 'polling_exhausted', 'reversed')).rejects.toMatchObject({
      code: 'CASE_CHOICE_NOT_OFFERED',
      detail: 'it offers succeeded, failed, refunded',
    });
  });
});

describe('what the provider keeps after we gave it back', () => {
  const KIND = 'contradiction_succeeded';

  /** Paid, given back by the provider's word, and paid after all by its next. */
  async function kept(): Promise<string> {
    const id = await here.sent(() => succeeded());
    await runDue(world.first, [{ job: 'settle', id, driveNo: 0 }]);
    world.clock.advance(1_000);
    await here.told(id, reversed());
    await runJob(world.first, 'settle', [id]);
    expect(await here.state(id)).toBe('reversed');
    world.clock.advance(1_000);
    world.connector.onInquire = () => succeeded();
    await here.told(id, succeeded());
    await here.pollByClock(id, 1);
    expect(await casesOf(world.knex, id)).toEqual([KIND]);
    return id;
  }

  test('is written off by two persons: our loss, out of the float, and the wallet keeps its money', async () => {
    const id = await kept();
    const before = await balances(world.knex);
    const proposed = await propose(id, KIND, 'write_off');
    expect(await balances(world.knex)).toEqual(before);
    const { approval, result } = await staff.operations.approvals.approve(proposed, staff.ravi);
    expect(result).toMatchObject({ transaction: id, written_off_paise: '150000' });
    const after = await balances(world.knex);
    expect(after['expense:loss:testpay']).toBe(-150_000n);
    expect(after['float:testpay']).toBe((before['float:testpay'] ?? 0n) + 150_000n);
    expect(after[`wallet:${here.user.userId}:main`]).toBe(FUNDS_PAISE);
    const posted = await rows<{ line: string }>(
      world.knex,
      `select d.code || ' -> ' || c.code || ' ' || x.amount_paise || ' ' || x.code as line from ledger_transfers x
      join ledger_accounts d on d.id = x.debit_account_id join ledger_accounts c on c.id = x.credit_account_id
      where x.journal_id = ?`,
      [approval.journalId],
    );
    expect(posted).toEqual([{ line: 'expense:loss:testpay -> float:testpay 150000 written_off' }]);
    expect(await here.state(id)).toBe('reversed');
    expect(await casesOf(world.knex, id)).toEqual([]);
    expect(await violations()).toEqual([]);
  });

  test('is written off once, also by two approvers at once, and not again when the case comes back', async () => {
    const id = await kept();
    const proposed = await propose(id, KIND, 'write_off');
    await expect(staff.operations.approvals.approve(proposed, staff.asha)).rejects.toMatchObject({
      code: 'APPROVAL_NEEDS_ANOTHER',
    });
    const both = await Promise.allSettled([
      staff.operations.approvals.approve(proposed, staff.ravi),
      staff.operations.approvals.approve(proposed, staff.admin),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'APPROVAL_DECIDED' },
    });
    expect((await balances(world.knex))['expense:loss:testpay']).toBe(-150_000n);
    world.clock.advance(1_000);
    await here.told(id, succeeded());
    await here.pollByClock(id, 1);
    expect(await casesOf(world.knex, id)).toEqual([]);
    expect((await balances(world.knex))['expense:loss:testpay']).toBe(-150_000n);
    expect(await violations()).toEqual([]);
  });

  test('an answer that came since makes the approval fail, and nothing is posted', async () => {
    const id = await kept();
    const proposed = await propose(id, KIND, 'write_off');
    world.clock.advance(1_000);
    world.connector.onInquire = () => succeeded();
    await here.told(id, succeeded(), 'poll');
    await expect(staff.operations.approvals.approve(proposed, staff.ravi)).rejects.toMatchObject({
      code: 'APPROVAL_OVERTAKEN',
    });
    expect((await balances(world.knex))['expense:loss:testpay']).toBeUndefined();
  });

  test('it is offered only where the money was given back', async () => {
    const id = await here.sent(() => succeeded());
    await runDue(world.first, [{ job: 'settle', id, driveNo: 0 }]);
    world.clock.advance(1_000);
    world.connector.onInquire = () => failed();
    await here.told(id, failed());
    await here.pollByClock(id, 1);
    await expect(propose(id, 'contradiction_failed', 'write_off')).rejects.toMatchObject({
      code: 'CASE_CHOICE_NOT_OFFERED',
    });
  });
});
