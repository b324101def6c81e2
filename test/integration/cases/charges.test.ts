/** A provider took another charge than the customer paid: two persons take the difference out of suspense. */
import { closeWithCleanBooks } from '../../support/books';
import { createDmtWorld, type DmtWorld, type Remitter } from '../../support/dmt-world';
import { runDue } from '../../support/driver';
import { caseIdOf, createStaff, violationsIn, type Staff } from '../../support/operations';
import { sentOk } from '../../support/scripted-dmt';
import { balances, casesOf } from '../../support/world';

const KIND = 'charge_differs';
/** What the customer of the world pays for 2,000 rupees. */
const CHARGE_PAISE = 2_000n;
const FUNDS_PAISE = 300_000n;

let world: DmtWorld;
let staff: Staff;
let remitter: Remitter;

beforeEach(async () => {
  world = await createDmtWorld();
  staff = await createStaff(world);
  remitter = await world.remitter(await world.user(FUNDS_PAISE));
});
afterEach(async () => {
  staff.close();
  await closeWithCleanBooks(world.knex, world);
});

/** Paid, with a charge that is so much above ours. */
async function paidWith(differencePaise: bigint): Promise<string> {
  const {
    parts: [id],
  } = await world.transfer(remitter);
  world.connector.onSend = () => sentOk({ chargePaise: CHARGE_PAISE + differencePaise });
  await runDue(world.first, [{ job: 'hold', id: id!, driveNo: 0 }]);
  expect(await casesOf(world.knex, id!)).toEqual([KIND]);
  return id!;
}

async function givenBack(id: string): Promise<void> {
  world.clock.advance(1_000);
  world.connector.onInquire = () => ({ ...sentOk(), kind: 'reversed' });
  await runDue(world.first, [{ job: 'poll', id, driveNo: 0 }]);
}

async function propose(id: string, choice: string): Promise<string> {
  const proposal = await staff.operations.cases.proposal({
    caseId: await caseIdOf(world.knex, id, KIND),
    choice,
    reason: 'the price list shows it',
    evidence: 'price list of this month, line 3',
  });
  return (await staff.operations.approvals.propose(proposal, staff.asha)).id;
}

async function decide(id: string, choice: string): Promise<void> {
  world.clock.advance(1_000);
  await staff.operations.approvals.approve(await propose(id, choice), staff.ravi);
}

async function offered(id: string): Promise<string[]> {
  return staff.operations.cases.offered(await caseIdOf(world.knex, id, KIND));
}

async function standing(): Promise<Record<'suspense' | 'loss' | 'float' | 'wallet', bigint>> {
  const found = await balances(world.knex);
  return {
    suspense: found['suspense:eko'] ?? 0n,
    loss: found['expense:loss:eko'] ?? 0n,
    float: found['float:eko'] ?? 0n,
    wallet: found[`wallet:${remitter.user.userId}:main`] ?? 0n,
  };
}

const NOTHING = { suspense: 0n, loss: 0n, float: 0n, wallet: 0n };

test.each([
  ['the provider is right: our loss', 'charge_stands', 360n, { loss: -360n }],
  ['the provider gives back what it took too much', 'charge_corrected', 360n, { float: -360n }],
  ['the customer paid too much and gets it back', 'charge_stands', -500n, { wallet: 500n }],
  ['the provider takes the rest', 'charge_corrected', -500n, { float: 500n }],
])('%s', async (_what, choice, differencePaise, moved) => {
  const id = await paidWith(differencePaise);
  const before = await standing();
  expect(before.suspense).toBe(-differencePaise);
  expect(await offered(id)).toEqual(['charge_stands', 'charge_corrected']);
  await decide(id, choice);
  const after = await standing();
  const change = Object.fromEntries(
    Object.entries(after).map(([account, paise]) => [
      account,
      paise - before[account as keyof typeof before],
    ]),
  );
  expect(change).toEqual({ ...NOTHING, suspense: differencePaise, ...moved });
  expect(after.suspense).toBe(0n);
  expect(await casesOf(world.knex, id)).toEqual([]);
  expect(await violationsIn(world.knex)).toEqual([]);
});

test.each([
  ['charge_stands', 360n],
  ['charge_corrected', 360n],
  ['charge_stands', -500n],
  ['charge_corrected', -500n],
])(
  'given back after %s of %s paise: the case opens again, and undoing leaves nothing',
  async (choice, paise) => {
    const beginning = await standing();
    const id = await paidWith(paise);
    await decide(id, choice);
    await givenBack(id);
    expect((await standing()).suspense).toBe(paise);
    expect(await casesOf(world.knex, id)).toEqual([KIND]);
    expect(await offered(id)).toEqual(['charge_undone']);
    await decide(id, 'charge_undone');
    expect(await standing()).toEqual(beginning);
    expect(await casesOf(world.knex, id)).toEqual([]);
    expect(await violationsIn(world.knex)).toEqual([]);
  },
);

test('what two persons have settled is no case again when the provider states the same charge once more', async () => {
  const id = await paidWith(360n);
  await decide(id, 'charge_stands');
  world.clock.advance(1_000);
  world.connector.onInquire = () => sentOk({ chargePaise: CHARGE_PAISE + 360n });
  await runDue(world.first, [{ job: 'poll', id, driveNo: 0 }]);
  expect(await casesOf(world.knex, id)).toEqual([]);
});

test('a wallet that is short refuses the undoing, and the case stays', async () => {
  const id = await paidWith(-500n);
  await decide(id, 'charge_stands');
  await givenBack(id);
  const { wallet } = await standing();
  await world.first.ledger.post({
    journal: {
      id: world.first.ids.uuid(),
      transactionId: null,
      transfers: [
        {
          debitAccountId: remitter.user.accountId,
          creditAccountId: await world.first.accounts.id('bank:escrow'),
          amountPaise: wallet,
          code: 'funding',
        },
      ],
    },
  });
  await expect(decide(id, 'charge_undone')).rejects.toMatchObject({
    code: 'APPROVAL_OVERTAKEN',
    detail: expect.stringContaining('LEDGER_INSUFFICIENT_FUNDS'),
  });
  expect(await offered(id)).toEqual(['charge_undone']);
});

test('while suspense carries it the case is not closed by hand; given back undecided, it can be', async () => {
  const id = await paidWith(360n);
  const caseId = await caseIdOf(world.knex, id, KIND);
  await expect(
    staff.operations.cases.close({ caseId, note: 'nobody looked' }, staff.asha),
  ).rejects.toMatchObject({
    code: 'CASE_CHOICE_NOT_OFFERED',
    detail: 'it offers charge_stands, charge_corrected',
  });
  await givenBack(id);
  expect((await standing()).suspense).toBe(0n);
  await staff.operations.cases.close({ caseId, note: 'it was given back' }, staff.asha);
  expect(await casesOf(world.knex, id)).toEqual([]);
});

test('two approvers at once post it once; a reversal between the two clicks makes the second fail', async () => {
  const first = await paidWith(360n);
  const proposed = await propose(first, 'charge_stands');
  const both = await Promise.allSettled([
    staff.operations.approvals.approve(proposed, staff.ravi),
    staff.operations.approvals.approve(proposed, staff.admin),
  ]);
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect((await standing()).loss).toBe(-360n);

  remitter = await world.remitter(await world.user(FUNDS_PAISE), '9876543211');
  const second = await paidWith(360n);
  const overtaken = await propose(second, 'charge_stands');
  await givenBack(second);
  await expect(staff.operations.approvals.approve(overtaken, staff.ravi)).rejects.toMatchObject({
    code: 'APPROVAL_OVERTAKEN',
  });
  expect((await standing()).loss).toBe(-360n);
});
