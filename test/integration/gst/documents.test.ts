/** Tax invoices and credit notes: from the lines of the ledger to numbers without a gap, and back to the paisa. */
import { makeDocuments } from '../../../domain/gst/documents';
import { gatherSupplies } from '../../../domain/gst/supplies';
import { createGstStep } from '../../../domain/gst/night-step';
import { createCloseStep } from '../../../domain/night/close';
import { verifyTables } from '../../../domain/verification/verify';
import { createTaxDocuments } from '../../../domain/gst/read';
import type { TransactionId } from '../../../domain/ids/ids';
import { KYC_GSTIN } from '../../../domain/kyc/sealed';
import { accountCode } from '../../../domain/ledger/accounts';
import type { AppUser } from '../../../domain/users/users';
import { businessDate, startOfBusinessDate } from '../../../platform/clock';
import { execute, rows } from '../../../platform/database';
import { systemIds, type Ids } from '../../../platform/ids';
import { plantTransactions } from '../../support/commissions';
import { doNights, nightOf } from '../../support/nights';
import { broken } from '../../support/verified-world';
import { createWorld, type World } from '../../support/world';

const OURS = '29AAGCB7383J1Z4';
const OTHER_STATE = '27AAPFU0939F1ZV';
const SAME_STATE = '29AAPFU0939F1ZR';
let world: World;

beforeEach(async () => {
  world = await createWorld();
  await execute(
    world.knex,
    `insert into gst_registrations values ('2026-04-01', ?, 'Munim of a test', 'Bengaluru 560001, Karnataka')`,
    [OURS],
  );
});
afterEach(async () => {
  await world.close();
});

/** As if their papers were approved; null: as one who is not registered for GST. */
async function registered(user: AppUser, gstin: string | null): Promise<void> {
  const id = systemIds.uuid();
  await world.knex.transaction(async (trx) => {
    await execute(trx, 'set local session_replication_role = replica');
    await execute(
      trx,
      `insert into kyc_records (id, user_id, tier, holder, state, saved_by, name_sealed, gstin_sealed, gstin_hint, made_at,
        submitted_at, decided_at, approval_id, risk, due_on, lapses_at, after_tier)
      values (:id, :user, 'full', 'individual', 'approved', :id, :name, :sealed, :hint, clock_timestamp(), now(), now(), :id, 'low',
        '2030-01-01', '2030-01-01', 'small')`,
      {
        ...{ id, user: user.userId, name: world.first.cipher.seal('nobody', 'kyc of a test') },
        hint: gstin === null ? null : `${gstin.slice(0, 2)}XXXXX0939X1Z${gstin.at(-1)}`,
        sealed: gstin === null ? null : world.first.cipher.seal(gstin, KYC_GSTIN.place(id)),
      },
    );
  });
}

function goTo(day: string): void {
  world.clock.advance(startOfBusinessDate(day).getTime() - world.clock.now().getTime());
}

/** Fee and tax of a transaction; below zero they are given back. Returns the transaction. */
async function fee(user: AppUser, paise: bigint, taxPaise: bigint, of?: string): Promise<string> {
  const id = of ?? systemIds.uuid();
  if (of === undefined)
    await plantTransactions(world.knex, [
      {
        ...{ id, userId: user.userId, service: 'payout', amountPaise: 100_000n },
        createdAt: world.clock.now(),
      },
    ]);
  const { accounts, ledger } = world.first;
  const float = await accounts.id(accountCode.float('eko'));
  const to = [
    await accounts.id(accountCode.feeIncome('payout')),
    await accounts.id(accountCode.gstPayable()),
  ];
  const posted = await ledger.post({
    journal: {
      id: systemIds.uuid(),
      transactionId: id as TransactionId,
      transfers: [paise, taxPaise].map((amount, i) =>
        amount > 0n
          ? { debitAccountId: float, creditAccountId: to[i]!, amountPaise: amount, code: ['fee', 'gst'][i]! }
          : {
              ...{ debitAccountId: to[i]!, creditAccountId: float, amountPaise: -amount },
              code: ['fee_reversed', 'gst_reversed'][i]!,
            },
      ),
    },
  });
  expect(posted.status).toBe('posted');
  return id;
}

/** Fee and tax of a settlement, out of the wallet; below zero they are given back. It has no transaction. */
async function settled(user: AppUser, paise: bigint, taxPaise: bigint): Promise<string> {
  const { accounts, ledger } = world.first;
  const id = systemIds.uuid();
  const to = [
    await accounts.id(accountCode.feeIncome('settlement')),
    await accounts.id(accountCode.gstPayable()),
  ];
  const posted = await ledger.post({
    journal: {
      id,
      transactionId: null,
      transfers: [paise, taxPaise].map((amount, i) =>
        amount > 0n
          ? { debitAccountId: user.accountId, creditAccountId: to[i]!, amountPaise: amount, code: 'fee' }
          : {
              debitAccountId: to[i]!,
              creditAccountId: user.accountId,
              amountPaise: -amount,
              code: 'fee_back',
            },
      ),
    },
  });
  expect(posted.status).toBe('posted');
  return id;
}

const deps = () => ({ knex: world.first.knex, ids: systemIds, accounts: world.first.accounts });
async function endMonth(from: string, to: string): Promise<void> {
  await gatherSupplies(deps());
  await makeDocuments(deps(), { from, to });
}
const listOf = async (user: AppUser) =>
  (
    await createTaxDocuments({ lists: world.knex, cipher: world.first.cipher }).list(user.userId, {
      ...{ from: '2026-01-01', to: '2028-12-31' },
    })
  ).data;

test('a fee of November given back on 2 December is a credit note of December that names the November invoice', async () => {
  const [here, there, nobody] = [await world.user(0n), await world.user(0n), await world.user(0n)];
  await registered(here, SAME_STATE);
  await registered(there, OTHER_STATE);
  goTo('2026-11-10');
  const odd = await fee(here, 506n, 91n);
  const far = await fee(there, 506n, 91n);
  await fee(nobody, 500n, 90n);
  await fee(nobody, -500n, -90n, await fee(nobody, 500n, 90n)); // within the month: in no document
  goTo('2026-12-01');
  await endMonth('2026-11-01', '2026-11-30');
  goTo('2026-12-02');
  await fee(here, -506n, -91n, odd);
  await fee(there, -506n, -91n, far);
  await fee(there, 1_000n, 180n);
  goTo('2027-01-01');
  await endMonth('2026-12-01', '2026-12-31');

  const line = { taxable: 506, sgst: 46, cgst: 46, utgst: 0, igst: 0, rounding: -1, total: 597 };
  const ofHere = await listOf(here);
  expect(ofHere).toMatchObject([
    {
      kind: 'invoice',
      date: '2026-11-30',
      buyer_gstin: SAME_STATE,
      place_of_supply: '29',
      invoice: null,
      ...line,
    },
    { kind: 'credit_note', date: '2026-12-31', invoice: ofHere[0]!.number, ...line },
  ]);
  const igst = { taxable: 506, sgst: 0, cgst: 0, igst: 91, rounding: 0, total: 597, place_of_supply: '27' };
  expect(await listOf(there)).toMatchObject([
    { kind: 'invoice', buyer_gstin: OTHER_STATE, ...igst },
    { kind: 'invoice', date: '2026-12-31', taxable: 1_000, igst: 180, total: 1_180 },
    { kind: 'credit_note', ...igst },
  ]);
  expect(await listOf(nobody)).toMatchObject([
    {
      kind: 'invoice',
      buyer_gstin: null,
      place_of_supply: '29',
      taxable: 500,
      cgst: 45,
      sgst: 45,
      total: 590,
    },
  ]);
  await endMonth('2026-11-01', '2026-11-30');
  await endMonth('2026-12-01', '2026-12-31');
  const numbers = await rows<{ number: string }>(
    world.knex,
    'select number from gst_documents order by number',
  );
  expect(numbers.map(({ number }) => number)).toEqual([
    ...['CRN/2627/0000001', 'CRN/2627/0000002'],
    ...['INV/2627/0000001', 'INV/2627/0000002', 'INV/2627/0000003', 'INV/2627/0000004'],
  ]);
});

test('two fees without a transaction that are given back in one night are those of two supplies, each in its month', async () => {
  const user = await world.user(100_000n);
  for (const day of ['2026-10-10', '2026-11-10']) {
    goTo(day);
    await settled(user, 500n, 91n);
  }
  goTo('2026-12-01');
  await endMonth('2026-10-01', '2026-10-31');
  await endMonth('2026-11-01', '2026-11-30');
  goTo('2026-12-02');
  await settled(user, -500n, -91n);
  await settled(user, -500n, -91n);
  await settled(user, 500n, 91n); // a later one is no supply of what came back before
  goTo('2027-01-01');
  await endMonth('2026-12-01', '2026-12-31');
  const found = await listOf(user);
  expect(found.map(({ kind, date, taxable, cgst }) => [kind, date, taxable, cgst])).toEqual([
    ['invoice', '2026-10-31', 500, 46],
    ['invoice', '2026-11-30', 500, 46],
    ['invoice', '2026-12-31', 500, 46],
    ['credit_note', '2026-12-31', 500, 46],
    ['credit_note', '2026-12-31', 500, 46],
  ]);
  expect(found.flatMap(({ invoice }) => invoice ?? []).toSorted()).toEqual(
    found.slice(0, 2).map(({ number }) => number),
  );
});

test('a settlement that comes back is the supply that it was, though a newer one had the same fee', async () => {
  const user = await world.user(100_000n);
  goTo('2026-11-30');
  const journal = await settled(user, 500n, 90n);
  goTo('2026-12-01');
  await endMonth('2026-11-01', '2026-11-30');
  await settled(user, 500n, 90n);
  const back = await settled(user, -500n, -90n);
  await world.knex.transaction(async (trx) => {
    await execute(trx, 'set local session_replication_role = replica');
    await execute(
      trx,
      `insert into settlement_items (id, batch_id, pays_by, wallet_id, user_id, account_id, beneficiary_id, amount_paise,
         fee_paise, tax_paise, journal_id, made_at)
       values (:id, :id, 'file', :id, :user, 1, :id, 1, 500, 90, :journal, now())`,
      { id: journal, user: user.userId, journal },
    );
    await execute(
      trx,
      `insert into settlement_endings (item_id, kind, journal_id, ended_at) values (:journal, 'failed', :back, now())`,
      { journal, back },
    );
  });
  goTo('2027-01-01');
  await endMonth('2026-12-01', '2026-12-31');
  const [november, december, note] = await listOf(user);
  expect([november, december, note].map((one) => [one?.kind, one?.date])).toEqual([
    ['invoice', '2026-11-30'],
    ['invoice', '2026-12-31'],
    ['credit_note', '2026-12-31'],
  ]);
  expect(note!.invoice).toBe(november!.number);
});

test('credit notes of an invoice never come to more than it: the database says so', async () => {
  const user = await world.user(0n);
  goTo('2026-11-10');
  const id = await fee(user, 500n, 91n);
  goTo('2026-12-02');
  await endMonth('2026-11-01', '2026-11-30');
  await fee(user, -500n, -91n, id);
  await endMonth('2026-12-01', '2026-12-31');
  const noteOf = (taxablePaise: number, taxPaise: number) =>
    execute(
      world.knex,
      `insert into gst_documents (id, kind, gstin, year, no, after_no, user_id, month, dated, buyer_state, taxable_paise,
        tax_paise, cgst_paise, sgst_paise, utgst_paise, igst_paise, invoice_id)
      select gen_random_uuid(), 'credit_note', gstin, year, no + 1, no, user_id, '2027-01-01', '2027-01-31', buyer_state,
        :taxablePaise, :taxPaise, 0, 0, 0, :taxPaise, invoice_id from gst_documents where kind = 'credit_note'`,
      { taxablePaise, taxPaise },
    );
  await expect(noteOf(1, 0)).rejects.toThrow('more than the invoice');
});

test('who is not registered any more by the newest approved papers is a buyer without a GSTIN', async () => {
  const user = await world.user(0n);
  await registered(user, OTHER_STATE);
  await registered(user, null);
  goTo('2026-11-10');
  await fee(user, 500n, 90n);
  goTo('2026-12-01');
  await endMonth('2026-11-01', '2026-11-30');
  expect(await listOf(user)).toMatchObject([{ buyer_gstin: null, place_of_supply: '29', igst: 0, cgst: 45 }]);
});

test('of who is not registered the place of supply is the state of the address on record, else ours', async () => {
  const places = [
    ['27', { place_of_supply: '27', place_of_supply_name: 'Maharashtra', igst: 90, cgst: 0 }],
    ['29', { place_of_supply: '29', place_of_supply_name: 'Karnataka', igst: 0, cgst: 45, sgst: 45 }],
    ['25', { place_of_supply: '26', igst: 90 }], // part of 26 since 2020
    [null, { place_of_supply: '29', igst: 0, cgst: 45, sgst: 45 }],
  ] as const;
  const users = await Promise.all(places.map(() => world.user(0n)));
  const [both, before] = [await world.user(0n), await world.user(0n)];
  await registered(both, SAME_STATE);
  await registered(before, `28${OTHER_STATE.slice(2)}`);
  goTo('2026-11-10');
  const paid: string[] = [];
  for (const [i, user] of [...users, both, before].entries()) {
    const state = places[i]?.[0] ?? (user === both ? '27' : null);
    await execute(world.knex, 'update users set state_code = :state where id = :id', {
      state,
      id: user.userId,
    });
    paid.push(await fee(user, 500n, 90n));
  }
  goTo('2026-12-01');
  await endMonth('2026-11-01', '2026-11-30');
  for (const [i, [, place]] of places.entries())
    expect(await listOf(users[i]!)).toMatchObject([{ buyer_gstin: null, ...place }]);
  expect(await listOf(both)).toMatchObject([{ buyer_gstin: SAME_STATE, place_of_supply: '29', igst: 0 }]);
  expect(await listOf(before)).toMatchObject([{ place_of_supply: '37', igst: 90 }]); // Andhra Pradesh of before
  // we are in a union territory, and so is the buyer; a note is taxed from where its invoice was written
  await execute(world.knex, "update gst_registrations set gstin = '04AAGCB7383J1ZG'");
  await execute(world.knex, "update users set state_code = '04' where id = ?", [users[0]!.userId]);
  goTo('2026-12-10');
  await fee(users[0]!, 500n, 91n);
  await fee(users[1]!, -500n, -90n, paid[1]);
  goTo('2027-01-01');
  await endMonth('2026-12-01', '2026-12-31');
  expect((await listOf(users[1]!)).at(-1)).toMatchObject({
    kind: 'credit_note',
    cgst: 45,
    sgst: 45,
    igst: 0,
  });
  const last = (await listOf(users[0]!)).at(-1);
  expect(last).toMatchObject({ place_of_supply: '04', cgst: 46, utgst: 46, sgst: 0, igst: 0, rounding: -1 });
});

test('writers at once, of whom some are killed at any place, leave numbers without a gap; April begins anew', async () => {
  const users = await Promise.all(Array.from({ length: 17 }, () => world.user(0n)));
  goTo('2027-03-31');
  for (const user of users) await fee(user, 500n, 90n);
  goTo('2027-04-30');
  for (const user of users.slice(0, 2)) await fee(user, 500n, 90n);
  await gatherSupplies(deps());
  const other = await world.process();
  const march = { from: '2027-03-01', to: '2027-03-31' };
  for (let tries = 0; tries < 4; tries += 1) {
    let left = 5 + 3 * tries;
    const killed: Ids = {
      uuid() {
        left -= 1;
        if (left < 0) throw new Error('killed');
        return systemIds.uuid();
      },
    };
    await Promise.allSettled([
      makeDocuments({ knex: world.first.knex, ids: killed, batch: 4 }, march),
      makeDocuments({ knex: other.knex, ids: killed, batch: 3 }, march),
    ]);
  }
  await Promise.all(
    [world.first, other].map(({ knex }) => makeDocuments({ knex, ids: systemIds, batch: 5 }, march)),
  );
  await makeDocuments(deps(), { from: '2027-04-01', to: '2027-04-30' });
  const numbers = await rows<{ number: string }>(
    world.knex,
    'select number from gst_documents order by dated, number',
  );
  expect(numbers.map(({ number }) => number)).toEqual([
    ...users.map((_, i) => `INV/2627/${String(i + 1).padStart(7, '0')}`),
    ...['INV/2728/0000001', 'INV/2728/0000002'],
  ]);
  await expect(
    execute(
      world.knex,
      `insert into gst_documents (id, kind, gstin, year, no, after_no, user_id, month, dated, buyer_state, taxable_paise,
        tax_paise, cgst_paise, sgst_paise, utgst_paise, igst_paise)
      select gen_random_uuid(), kind, gstin, year, no + 2, no + 1, user_id, '2027-05-01', '2027-05-31', buyer_state, 1, 0, 0, 0,
        0, 0 from gst_documents where number = 'INV/2728/0000002'`,
    ),
  ).rejects.toThrow('gst_documents_after_another');
});

test('invoices less credit notes are the fees and the tax of the ledger, to the paisa, whatever is given back when', async () => {
  const users = await Promise.all(Array.from({ length: 4 }, () => world.user(0n)));
  await registered(users[0]!, SAME_STATE);
  await registered(users[1]!, OTHER_STATE);
  const paid: { user: AppUser; fee: bigint; tax: bigint; id: string }[] = [];
  const step = createGstStep(deps());
  let state = 16;
  const random = (most: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
  for (const [first, last] of [
    ['2026-11-05', '2026-11-30'],
    ['2026-12-05', '2026-12-31'],
    ['2027-01-05', '2027-01-31'],
  ] as const) {
    goTo(first);
    for (let n = 0; n < 12; n += 1) {
      if (random(3) === 0 && paid.length > 0) {
        const [back] = paid.splice(random(paid.length), 1);
        await fee(back!.user, -back!.fee, -back!.tax, back!.id);
      } else {
        const one = { user: users[random(4)]!, fee: BigInt(100 + random(900)), tax: BigInt(1 + random(180)) };
        paid.push({ ...one, id: await fee(one.user, one.fee, one.tax) });
      }
    }
    goTo(last);
    for (const date of [first, last])
      await step.run({
        date,
        ...{ begins: world.clock.now(), ends: world.clock.now(), provider: undefined },
        ...{ progress: () => undefined, signal: new AbortController().signal },
      });
  }
  expect(businessDate(world.clock.now())).toBe('2027-01-31');
  const [tie] = await rows<Record<string, bigint>>(
    world.knex,
    `select sum(case kind when 'invoice' then taxable_paise else -taxable_paise end)::int8 as fees,
      sum(case kind when 'invoice' then tax_paise else -tax_paise end)::int8 as taxes,
      (select sum(l.taxable_paise * case d.kind when 'invoice' then 1 else -1 end)::int8 from gst_lines l
        join gst_documents d on d.id = l.document_id) as lines,
      (select credits_paise - debits_paise from ledger_accounts where code = 'income:fee:payout') as income,
      (select credits_paise - debits_paise from ledger_accounts where code = 'tax:gst-payable') as payable
    from gst_documents`,
  );
  expect(tie!.fees).toBe(tie!.income);
  expect(tie!.lines).toBe(tie!.income);
  expect(tie!.taxes).toBe(tie!.payable);
  expect(tie!.taxes).toBe(paid.reduce((sum, { tax }) => sum + tax, 0n));
});

test('the PDF is of the buyer alone; without a registration nothing is made', async () => {
  const [user, stranger] = [await world.user(0n), await world.user(0n)];
  await registered(user, OTHER_STATE);
  goTo('2026-11-10');
  await fee(user, 500n, 90n);
  await execute(world.knex, "update gst_registrations set in_force_from = '2026-12-01'");
  expect(await gatherSupplies(deps())).toBe(1);
  const november = { from: '2026-11-01', to: '2026-11-30' };
  expect(await makeDocuments(deps(), november)).toEqual({ invoices: 0, notes: 0, isRegistered: false });
  await execute(world.knex, "update gst_registrations set in_force_from = '2026-04-01'");
  expect(await makeDocuments(deps(), november)).toEqual({ invoices: 1, notes: 0, isRegistered: true });
  const documents = createTaxDocuments({ lists: world.knex, cipher: world.first.cipher });
  const { name, content } = await documents.pdf(user.userId, 'INV/2627/0000001');
  expect(name).toBe('INV-2627-0000001.pdf');
  expect(content.subarray(0, 5).toString()).toBe('%PDF-');
  await expect(documents.pdf(stranger.userId, 'INV/2627/0000001')).rejects.toMatchObject({
    code: 'TAX_DOCUMENT_NOT_FOUND',
  });
});

/** What is planted, and which checks find it. */
const PLANTED: readonly (readonly [sql: string, checks: readonly string[]])[] = [
  [
    'update gst_supplies set tax_paise = tax_paise + 1 where taxable_paise = 300',
    ['gst-supply', 'gst-payable', 'gst-invoice'],
  ],
  ['update gst_supplies set taxable_paise = 301 where taxable_paise = 300', ['gst-supply', 'gst-invoice']],
  ['delete from gst_supplies where taxable_paise = 300', ['gst-payable', 'gst-invoice']],
  ["update gst_supplies set day = '2026-12-01' where taxable_paise = 300", ['gst-invoice']],
  ["delete from gst_documents where kind = 'invoice'", ['gst-invoice', 'gst-note']],
  ["delete from gst_documents where kind = 'credit_note'", ['gst-note']],
  ["update gst_documents set tax_paise = tax_paise + 1 where kind = 'invoice'", ['gst-invoice', 'gst-lines']],
  [
    "update gst_documents set taxable_paise = taxable_paise + 1 where kind = 'credit_note'",
    ['gst-note', 'gst-lines'],
  ],
  ['update gst_supplies set origin = null where taxable_paise = -500', ['gst-note']],
  ['update gst_lines set tax_paise = tax_paise - 1', ['gst-lines']],
  ['delete from gst_lines', ['gst-lines']],
  [
    "update ledger_accounts set credits_paise = credits_paise + 1 where code = 'tax:gst-payable'",
    ['gst-payable'],
  ],
  ['update gst_reading set read_id = read_id + 100', ['gst-payable']],
];

test('the verifier holds documents against supplies, and supplies against the ledger', async () => {
  const user = await world.user(0n);
  const night = nightOf(world.first, [createCloseStep(world.first), createGstStep(deps())]);
  goTo('2026-11-10');
  const first = await fee(user, 500n, 90n);
  await fee(user, -700n, -126n, await fee(user, 700n, 126n)); // within the month
  await fee(user, 300n, 54n);
  goTo('2026-12-02');
  await doNights(world, night);
  await fee(user, -500n, -90n, first);
  goTo('2027-01-02');
  await doNights(world, night);
  await fee(user, 100n, 18n); // the night has not read it yet
  const gst = (found: Awaited<ReturnType<typeof verifyTables>>): string[] =>
    found.flatMap(({ name, result }) =>
      name.startsWith('gst-') && (result?.violations ?? 0) > 0 ? [name] : [],
    );
  const clean = await world.knex.transaction((trx) => verifyTables(trx, {}));
  expect(gst(clean)).toEqual([]);
  expect(clean.find(({ name }) => name === 'gst-invoice')!.result!.rowsChecked).toBe(2);
  for (const [sql, checks] of PLANTED)
    expect([sql, gst(await broken(world.knex, sql))]).toEqual([sql, checks]);
});
