/**
 * The postings of a money transfer, to the paisa: 2,000 rupees with a charge of 20, agency model, for which the
 * provider pays 11.35 less TDS of 0.23. Hold and in-flight are one account here, clearing:dmt.
 */
import { rows } from '../../../platform/database';
import { closeWithCleanBooks } from '../../support/books';
import { runDue } from '../../support/driver';
import { createDmtWorld, type DmtWorld, type Remitter } from '../../support/dmt-world';
import { declined, initiated, refundDone, refundPending, sentOk } from '../../support/scripted-dmt';
import { balances, casesOf } from '../../support/world';
import type { ProviderOutcome } from '../../../domain/provider/outcome';

let world: DmtWorld;
let remitter: Remitter;
beforeAll(async () => {
  world = await createDmtWorld();
});
afterAll(async () => {
  await closeWithCleanBooks(world.knex, world);
});
let mobile = 9_000_000_000;
beforeEach(async () => {
  mobile += 1;
  remitter = await world.remitter(await world.user(300_000n), String(mobile));
});

/** Journals of a transaction, each as `debit -> credit paise`, in order. */
async function postings(id: string): Promise<string[]> {
  const found = await rows<{ line: string }>(
    world.knex,
    `
    select d.code || ' -> ' || c.code || ' ' || x.amount_paise as line from ledger_transfers x
    join ledger_accounts d on d.id = x.debit_account_id join ledger_accounts c on c.id = x.credit_account_id
    where x.transaction_id = ? order by x.id`,
    [id],
  );
  return found.map((f) => f.line.replaceAll(`:${remitter.user.userId}`, ':R'));
}
async function sent(answer: ProviderOutcome): Promise<string> {
  const {
    parts: [id],
  } = await world.transfer(remitter);
  world.connector.onSend = () => answer;
  await runDue(world.first, [{ job: 'hold', id: id!, driveNo: 0 }]);
  return id!;
}
async function told(id: string, answer: ProviderOutcome): Promise<void> {
  world.clock.advance(1);
  world.connector.onInquire = () => answer;
  await runDue(world.first, [{ job: 'poll', id, driveNo: 0 }]);
}

const HOLD = 'wallet:R:main -> clearing:dmt 202000';
const CAPTURE = ['clearing:dmt -> float:eko 200000', 'clearing:dmt -> float:eko 2000'];
const EARNED = [
  'float:eko -> income:commission:eko:dmt 1112',
  'tax:tds-receivable:eko -> income:commission:eko:dmt 23',
];
const TAKEN_BACK = [
  'income:commission:eko:dmt -> float:eko 1112',
  'income:commission:eko:dmt -> tax:tds-receivable:eko 23',
];
const RELEASE = 'clearing:dmt -> wallet:R:main 202000';
const RP = ['clearing:dmt -> payable:refund:R 202000', 'receivable:eko:refund -> float:eko 202000'];
const RF = ['payable:refund:R -> wallet:R:main 202000', 'float:eko -> receivable:eko:refund 202000'];

test('HOLD and CAPTURE; nothing is posted while it is in flight', async () => {
  const id = await sent(initiated());
  expect(await postings(id)).toEqual([HOLD]);
  await told(id, sentOk());
  expect(await postings(id)).toEqual([HOLD, ...CAPTURE, ...EARNED]);
});

test('RELEASE on a definite failure: amount and charge', async () => {
  expect(await postings(await sent(declined()))).toEqual([HOLD, RELEASE]);
});

test('RP and RF: owed to the customer, credited by the refund; the commission goes back with the money', async () => {
  const id = await sent(refundPending());
  expect(await postings(id)).toEqual([HOLD, ...RP, ...EARNED]);
  await told(id, refundDone());
  expect(await postings(id)).toEqual([HOLD, ...RP, ...EARNED, ...RF, ...TAKEN_BACK]);
});

test("RV: a success that the bank sends back; with the customer's consent, or at once", async () => {
  const id = await sent(sentOk());
  await told(id, { ...sentOk(), kind: 'reversed' });
  expect(await postings(id)).toEqual([
    HOLD,
    ...CAPTURE,
    ...EARNED,
    'float:eko -> wallet:R:main 200000',
    'float:eko -> wallet:R:main 2000',
    ...TAKEN_BACK,
  ]);
});

test('RV: a success that becomes a refund waits for consent', async () => {
  const id = await sent(sentOk());
  await told(id, refundPending());
  expect(await postings(id)).toEqual([
    HOLD,
    ...CAPTURE,
    ...EARNED,
    'receivable:eko:refund -> payable:refund:R 200000',
    'receivable:eko:refund -> payable:refund:R 2000',
  ]);
  await told(id, refundDone());
  expect((await postings(id)).slice(-4)).toEqual([...RF, ...TAKEN_BACK]);
});

test('what the provider states outweighs what was agreed, and is given back as it was posted', async () => {
  const id = await sent(sentOk({ commissionPaise: 1_200n, tdsPaise: 25n }));
  expect((await postings(id)).slice(-2)).toEqual([
    'float:eko -> income:commission:eko:dmt 1175',
    'tax:tds-receivable:eko -> income:commission:eko:dmt 25',
  ]);
  await told(id, { ...sentOk({ commissionPaise: 1_135n, tdsPaise: 23n }), kind: 'reversed' });
  expect((await postings(id)).slice(-2)).toEqual([
    'income:commission:eko:dmt -> float:eko 1175',
    'income:commission:eko:dmt -> tax:tds-receivable:eko 25',
  ]);
});

test.each([
  ['the known figure is no news', 1_135n, []],
  ['another one is a case, and moves nothing', 1_136n, ['commission_differs']],
])(
  'a commission that is stated after the success is posted once: %s',
  async (_what, commissionPaise, cases) => {
    const id = await sent(sentOk());
    for (let again = 0; again < 2; again += 1) await told(id, sentOk({ commissionPaise, tdsPaise: 23n }));
    expect(await postings(id)).toEqual([HOLD, ...CAPTURE, ...EARNED]);
    expect(await casesOf(world.knex, id)).toEqual(cases);
  },
);

test('a refund that takes back another commission than was paid gives back what was posted, and is a case', async () => {
  const id = await sent(refundPending());
  await told(id, { ...refundDone(), commissionPaise: 1_000n, tdsPaise: 20n });
  expect((await postings(id)).slice(-2)).toEqual(TAKEN_BACK);
  expect(await casesOf(world.knex, id)).toEqual(['commission_differs']);
});

test('a charge that is not the one that the customer paid: the difference is on suspense, with a case', async () => {
  const id = await sent(sentOk({ chargePaise: 2_360n, chargeTaxPaise: 360n }));
  expect((await postings(id)).slice(-1)).toEqual(['suspense:eko -> float:eko 360']);
  expect(await casesOf(world.knex, id)).toEqual(['charge_differs']);
  await told(id, { ...sentOk(), kind: 'reversed' });
  expect((await postings(id)).slice(-1)).toEqual(['float:eko -> suspense:eko 360']);
});

test('the outcome keeps the figures as the provider stated them', async () => {
  const id = await sent(
    sentOk({ commissionPaise: 1_135n, tdsPaise: 23n, chargePaise: 2_000n, chargeTaxPaise: 305n }),
  );
  expect(
    await rows(
      world.knex,
      `
      select commission_paise as commission, tds_paise as tds, charge_paise as charge, charge_tax_paise as tax
      from transaction_outcomes where transaction_id = ?`,
      [id],
    ),
  ).toEqual([{ commission: 1_135n, tds: 23n, charge: 2_000n, tax: 305n }]);
});

test("no fee and no tax of ours: the charge is the provider's, and the tax inside it is only shown", async () => {
  const { id, parts } = await world.transfer(remitter);
  expect(
    await rows(
      world.knex,
      'select fee_paise as fee, tax_paise as tax, charge_paise as charge, total_paise as total from transactions where id = ?',
      [parts[0]],
    ),
  ).toEqual([{ fee: 0n, tax: 0n, charge: 2_000n, total: 202_000n }]);
  expect((await world.first.moneyTransfer.transfers.get(remitter.user.userId, id)).parts).toMatchObject([
    { amount: 200_000, charge: 2_000, charge_tax: 305 },
  ]);
  expect(
    Object.keys(await balances(world.knex)).filter(
      (code) => code.startsWith('income:fee:') || code.startsWith('tax:gst-') || code.startsWith('expense:'),
    ),
  ).toEqual([]);
});

test('the charge is 1 %, ten rupees at the least', async () => {
  const charge = (paise: bigint) => world.first.policies.charge('dmt', 'IMPS', paise, world.clock.now());
  expect(charge(10_000n)).toEqual({ chargePaise: 1_000n, taxWithinPaise: 153n });
  expect(charge(100_000n)).toEqual({ chargePaise: 1_000n, taxWithinPaise: 153n });
  expect(charge(100_050n)).toEqual({ chargePaise: 1_001n, taxWithinPaise: 153n });
  expect(charge(500_000n)).toEqual({ chargePaise: 5_000n, taxWithinPaise: 763n });
  expect(() => world.first.policies.charge('dmt', 'IMPS', 100n, new Date('2024-10-31T18:29:59Z'))).toThrow(
    expect.objectContaining({ code: 'PRICE_NOT_FOUND' }),
  );
  expect(world.first.policies.charge('dmt', 'IMPS', 100n, new Date('2024-10-31T18:30:00Z')).chargePaise).toBe(
    1_000n,
  );
});
