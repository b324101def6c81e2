/** Our accounts with providers and banks: fees that are collected, lines that persons book, settlements, floats, suspense. */
import { createReconciliationOperations } from '../../../composition/reconciliation';
import { bankJournalId, providerJournalId } from '../../../domain/funds/funds';
import { accountCode, createAccountDirectory, openAccounts } from '../../../domain/ledger/accounts';
import type { LineFormat, Part, TableFormat } from '../../../domain/reconciliation/format';
import { linesOf } from '../../../domain/reconciliation/lines';
import { businessDate } from '../../../platform/clock';
import { execute, rows } from '../../../platform/database';
import { systemIds } from '../../../platform/ids';
import { dispatched, runDue } from '../../support/driver';
import { createStaff, violationsIn } from '../../support/operations';
import { succeeded, timedOut } from '../../support/scripted-connector';
import { useWorld } from '../../support/use-world';
import { transactionRow, type World } from '../../support/world';

// Ids are of the real day, so the clock is too; at noon in India, far from any cut-off.
const TODAY = businessDate(new Date());
const DAY_MS = 86_400_000;
const AMOUNT = 150_000n;
/** Fee and tax of a payout that the provider collects later. */
const FEE = 354n;
const here = useWorld(() => ({ start: `${TODAY}T06:30:00.000Z` }));

interface Line {
  key: string;
  part: Part;
  paise: bigint;
  utr?: string;
  /** Days before today. */
  ago?: number;
}
/** `key|part|paise|utr|day`, and last `closing|paise`. */
const LINES: LineFormat = {
  kind: 'lines',
  async *read(bytes) {
    let closingPaise: bigint | undefined;
    for await (const { text, lineNo } of linesOf(bytes)) {
      const [key, part, paise, utr, day] = text.split('|') as [string, string, string?, string?, string?];
      if (key === 'closing') {
        closingPaise = BigInt(part);
        continue;
      }
      yield {
        ...{ lineNo, key, part: part as Part, kind: 'succeeded', happenedOn: day! },
        ...{ utr: utr === '' ? undefined : utr, amountPaise: BigInt(paise!) },
        ...(part === 'payment' ? { providerReference: key } : {}),
      };
    }
    return { closingPaise };
  },
};
const COMMISSIONS: TableFormat = {
  kind: 'table',
  columns: [
    { header: 'theirs', as: 'providerReference', unit: 'text' },
    { header: 'amount', as: 'amount', unit: 'rupees' },
    { header: 'commission', as: 'commission', unit: 'rupees' },
    { header: 'tds', as: 'tds', unit: 'rupees' },
    { header: 'settled_by', as: 'settlementUtr', unit: 'text' },
    { header: 'status', as: 'status', unit: 'text' },
    { header: 'at', as: 'at', unit: 'ist' },
  ],
  statuses: { OK: 'succeeded' },
};

const CHARGES: TableFormat = {
  ...COMMISSIONS,
  columns: [...COMMISSIONS.columns, { header: 'fee', as: 'fee', unit: 'paise' }],
};

let world: World;
let desk: ReturnType<typeof createReconciliationOperations>['desk'];

beforeEach(async () => {
  ({ world } = here);
  await execute(
    world.knex,
    `insert into recon_sources (name, kind, provider, bank, services, format, is_complete) values
      ('moves', 'movements', 'testpay', null, '{payout}', 'lines', false),
      ('bank', 'statement', null, 'escrow', '{}', 'lines', false),
      ('report', 'report', 'testpay', null, '{payout}', 'commissions', true),
      ('charged', 'report', 'testpay', null, '{payout}', 'charges', true)`,
  );
  const { first } = world;
  ({ desk } = createReconciliationOperations({
    ...first,
    ids: systemIds,
    accounts: createAccountDirectory({ knex: first.knex }),
    formats: { lines: LINES, commissions: COMMISSIONS, charges: CHARGES },
  } as unknown as Parameters<typeof createReconciliationOperations>[0]));
});

const takeText = (source: string, text: string) =>
  desk.importFile({
    ...{ source, businessDate: TODAY, name: 'day' },
    open: async function* () {
      await Promise.resolve();
      yield Buffer.from(text);
    },
  });
const dayBefore = (days: number) => businessDate(new Date(Date.now() - days * DAY_MS));
const take = (source: string, lines: readonly Line[], closing?: bigint) =>
  takeText(
    source,
    [
      ...lines.map(
        ({ key, part, paise, utr, ago = 0 }) => `${key}|${part}|${paise}|${utr ?? ''}|${dayBefore(ago)}`,
      ),
      ...(closing === undefined ? [] : [`closing|${closing}`]),
    ].join('\n'),
  );
const run = (source: string) => desk.run({ source, businessDate: TODAY });
/** The open breaks, by kind. */
const found = async () =>
  (await desk.breaks({ isOpen: true, limit: 100 }))
    .map(({ kind, gapPaise, suspensePaise }) => ({ kind, gapPaise, suspensePaise }))
    .toSorted((a, b) => a.kind.localeCompare(b.kind));
const rowsOf = (source: string) =>
  rows<{ key: string; state: string; rule: number | null; isBooked: boolean }>(
    world.knex,
    `select row_key as key, state, rule, journal_id is not null as "isBooked" from recon_rows r
    join recon_sources s on s.id = r.source_id where s.name = ? order by row_key`,
    [source],
  );
const balance = async (code: string): Promise<bigint> => {
  const [account] = await rows<{ paise: bigint }>(
    world.knex,
    'select credits_paise - debits_paise as paise from ledger_accounts where code = ?',
    [code],
  );
  return account?.paise ?? 0n;
};

/** A payout whose fee the provider collects later. */
async function paid(key: string): Promise<Line> {
  const id = await world.accept(here.user);
  world.connector.onSend = () => succeeded({ providerReference: key, isProviderFeeOwed: true });
  await dispatched(world.first, id);
  if ((await transactionRow(world.knex, id)).dueJob === 'settle')
    await runDue(world.first, [{ job: 'settle', id } as Parameters<typeof runDue>[1][number]]);
  return { key, part: 'payment', paise: AMOUNT };
}

/** What two persons book, by the journal that a line's reference gives. */
async function book(
  id: string,
  [debit, credit]: readonly [string, string],
  amountPaise: bigint,
): Promise<void> {
  const accounts = await openAccounts(world.knex, [debit, credit]);
  const transfers = [
    {
      ...{ debitAccountId: accounts.get(debit)!, creditAccountId: accounts.get(credit)! },
      ...{ amountPaise, code: 'test' },
    },
  ];
  await world.first.ledger.post({ journal: { id, transactionId: null, transfers } });
}

const FLOAT = accountCode.float('testpay');
const BANK = accountCode.bank('escrow');

test('a line collects the oldest fees that are owed; another sum is a break, and the float is explained to the paisa', async () => {
  const lines = [await paid('P1'), await paid('P2'), await paid('P3')];
  const float = -3n * AMOUNT;
  const two: Line = { key: 'F1', part: 'fees', paise: 2n * FEE };
  await take('moves', [...lines, two], float - two.paise);
  const first = await run('moves');
  expect(await found()).toEqual([]);
  expect(first.float).toMatchObject({ oursPaise: float, explainedPaise: -two.paise, unexplainedPaise: 0n });
  expect(
    await rows(
      world.knex,
      'select row_key as key, sum(fee_paise)::int8 as paise from recon_fee_matches group by 1',
    ),
  ).toEqual([{ key: 'F1', paise: two.paise }]);

  const more: Line = { key: 'F2', part: 'fees', paise: FEE + 1n };
  await take('moves', [...lines, two, more], float - two.paise - more.paise);
  await run('moves');
  const again = await run('moves');
  expect(await found()).toEqual([{ kind: 'fee_mismatch', gapPaise: -1n, suspensePaise: 0n }]);
  expect(again.float).toMatchObject({ unexplainedPaise: 0n });

  await book(
    providerJournalId('float.fees', 'testpay', 'F1'),
    [accountCode.feesOwed('testpay'), FLOAT],
    two.paise,
  );
  expect((await run('moves')).float).toMatchObject({ oursPaise: float - two.paise, unexplainedPaise: 0n });
  expect(await rowsOf('moves')).toContainEqual({ key: 'F1', state: 'agreed', rule: 12, isBooked: true });
  expect(await violationsIn(world.knex)).toEqual([]);
});

test('a line of collected fees that is off by a paisa is one break, and the lines of later days match what is theirs', async () => {
  const payouts = [];
  for (const ago of [3, 3, 2, 2, 1]) payouts.push({ ...(await paid(`P${payouts.length}`)), ago });
  const off: Line = { key: 'F3', part: 'fees', paise: 2n * FEE + 1n, ago: 3 };
  const later: Line[] = [
    { key: 'F2', part: 'fees', paise: 2n * FEE, ago: 2 },
    { key: 'F1', part: 'fees', paise: FEE, ago: 1 },
  ];
  await take('moves', [...payouts, off]);
  await run('moves');
  const one = [{ kind: 'fee_mismatch', gapPaise: -1n, suspensePaise: 0n }];
  expect(await found()).toEqual(one);
  await take('moves', [...payouts, off, ...later]);
  await run('moves');
  await run('moves');
  expect(await found()).toEqual(one);
  expect((await desk.breaks({ isOpen: true, limit: 9 })).map(({ ours }) => ours)).toEqual([
    { payouts: 2, fee_paise: Number(2n * FEE), from: dayBefore(3), to: dayBefore(3) },
  ]);

  // A corrected line is judged anew, and takes what it took before.
  await take('moves', [{ ...off, paise: 2n * FEE }]);
  await run('moves');
  expect(await found()).toEqual([]);
  await take('moves', [{ ...later[0]!, paise: 2n * FEE - 3n }]);
  await run('moves');
  expect(await found()).toEqual([{ kind: 'fee_mismatch', gapPaise: 3n, suspensePaise: 0n }]);
});

test('fees that no line has collected yet stay owed, and a payout that is told late makes its line exact', async () => {
  const payouts = [];
  for (const ago of [2, 2, 1]) payouts.push({ ...(await paid(`P${payouts.length}`)), ago });
  const line: Line = { key: 'F1', part: 'fees', paise: FEE, ago: 1 };
  await take('moves', [...payouts, line, { key: 'F0', part: 'fees', paise: 3n * FEE, ago: 0 }]);
  await run('moves');
  expect(await found()).toEqual([{ kind: 'fee_mismatch', gapPaise: -FEE, suspensePaise: 0n }]);
  await take('moves', [{ ...(await paid('P3')), ago: 1 }]);
  await run('moves');
  expect(await found()).toEqual([]);
});

test('what persons have booked is found by its reference, once; another amount or side waits in suspense', async () => {
  const paise = 500_000n;
  const credit = (key: string, utr: string, more: Partial<Line> = {}): Line => ({
    ...{ key, utr, part: 'credit', paise },
    ...more,
  });
  await book(bankJournalId('escrow', '000012345678'), [BANK, accountCode.capital()], paise);
  await book(bankJournalId('escrow', 'HDFCN26112800001'), [BANK, accountCode.capital()], paise);
  await book(bankJournalId('escrow', 'HDFCN26112800002'), [BANK, accountCode.capital()], paise);
  await take('bank', [
    credit('a', '000012345678'),
    credit('b', 'HDFCN26112800001', { paise: paise + 1n }),
    credit('c', 'HDFCN26112800002', { part: 'debit' }),
  ]);
  await run('bank');
  expect(await rowsOf('bank')).toEqual([
    { key: 'a', state: 'agreed', rule: 10, isBooked: true },
    { key: 'b', state: 'open', rule: null, isBooked: false },
    { key: 'c', state: 'open', rule: null, isBooked: false },
  ]);
  expect(await found()).toEqual([
    { kind: 'bank_credit_unmatched', gapPaise: paise + 1n, suspensePaise: paise + 1n },
    { kind: 'bank_debit_unmatched', gapPaise: -paise, suspensePaise: -paise },
  ]);
  expect(await balance(accountCode.unidentified('escrow'))).toBe(1n);

  // The provider names one top-up twice: one line is the booked one, the other is money that nobody has placed.
  await book(bankJournalId('escrow', 'HDFCN26112800003'), [FLOAT, BANK], paise);
  await take('moves', [credit('t1', 'HDFCN26112800003'), credit('t2', 'HDFCN26112800003')], 2n * paise);
  const { float } = await run('moves');
  expect(await rowsOf('moves')).toEqual([
    { key: 't1', state: 'agreed', rule: 10, isBooked: true },
    { key: 't2', state: 'open', rule: null, isBooked: false },
  ]);
  expect(await balance(accountCode.suspense('testpay'))).toBe(paise);
  expect(float).toMatchObject({ oursPaise: 2n * paise, theirsPaise: 2n * paise, unexplainedPaise: 0n });
  expect(await violationsIn(world.knex)).toEqual([]);
});

test('a credit is the commission of the rows that name its UTR; short or over stays a break when it is booked', async () => {
  const row = (theirs: string, utr: string) => `${theirs},500.00,10.00,0.20,${utr},OK,${TODAY} 12:00:00\n`;
  const header = `${COMMISSIONS.columns.map(({ header: name }) => name).join(',')}\n`;
  await takeText('report', header + row('a', 'S1') + row('b', 'S1') + row('c', 'S2') + row('d', 'S3'));
  const credits = (['S1', 'S2', 'S3'] as const).map((utr, i): Line => ({
    ...{ key: `c${i}`, utr, part: 'credit', paise: [1_960n, 970n, 990n][i]! },
  }));
  const sum = credits.reduce((all, { paise }) => all + paise, 0n);
  const ours = -(await balance(BANK));
  await take('bank', credits, ours + sum);
  const expected = [
    { kind: 'settlement_excess', gapPaise: 10n, suspensePaise: 0n },
    { kind: 'settlement_short', gapPaise: -10n, suspensePaise: 0n },
  ];
  const { float } = await run('bank');
  expect(await found()).toEqual(expected);
  expect((await rowsOf('bank')).map(({ state, rule }) => [state, rule])).toEqual([
    ['agreed', 11],
    ['open', null],
    ['open', null],
  ]);
  expect(float).toMatchObject({ oursPaise: ours, unexplainedPaise: 0n });

  for (const { utr, paise } of credits)
    await book(
      bankJournalId('escrow', utr!),
      [BANK, accountCode.commissionIncome('testpay', 'payout')],
      paise,
    );
  const booked = await run('bank');
  expect(booked.float).toMatchObject({ oursPaise: ours + sum, explainedPaise: 0n, unexplainedPaise: 0n });
  expect(await found()).toEqual(expected);
  expect((await rowsOf('bank')).map(({ isBooked }) => isBooked)).toEqual([true, true, true]);
});

test('a UTR is one however a report, a statement and persons write it: none of it is missing, none is booked twice', async () => {
  const row = (theirs: string, utr: string) => `${theirs},500.00,10.00,0.20,${utr},OK,${TODAY} 12:00:00\n`;
  const header = `${COMMISSIONS.columns.map(({ header: name }) => name).join(',')}\n`;
  await takeText(
    'report',
    header +
      row('a', '0000569690930707') +
      row('b', 'hdfc n52026-11/2800001') +
      row('c', 'UTR: Hdfcn52026112800001'),
  );
  const credit = (key: string, utr: string, paise: bigint): Line => ({ key, utr, paise, part: 'credit' });
  await take('bank', [credit('c1', '569690930707', 980n), credit('c2', 'HDFCN52026112800001', 1_960n)]);
  await run('bank');
  expect(await found()).toEqual([]);
  expect((await rowsOf('bank')).map(({ rule }) => rule)).toEqual([11, 11]);
  const income = accountCode.commissionIncome('testpay', 'payout');
  await book(bankJournalId('escrow', '0000569690930707'), [BANK, income], 980n);
  await book(bankJournalId('escrow', 'hdfcn5-2026112800001'), [BANK, income], 1_960n);
  expect(bankJournalId('escrow', 'rrn 569690930707')).toBe(bankJournalId('escrow', '0000569690930707'));
  await run('bank');
  expect((await rowsOf('bank')).map(({ isBooked }) => isBooked)).toEqual([true, true]);
});

test('a settlement in two credits is one matter, and a late row of a report opens it anew', async () => {
  const row = (theirs: string, utr: string) => `${theirs},500.00,10.00,0.20,${utr},OK,${TODAY} 12:00:00\n`;
  const header = `${COMMISSIONS.columns.map(({ header: name }) => name).join(',')}\n`;
  await takeText('report', header + row('a', 'S1') + row('b', 'S1') + row('c', 'S2'));
  const credit = (key: string, utr: string, paise: bigint): Line => ({ key, utr, paise, part: 'credit' });
  await take('bank', [credit('c1', 'S1', 1_000n), credit('c2', 'S1', 960n), credit('c3', 'S2', 980n)]);
  await run('bank');
  expect(await found()).toEqual([]);
  await take('bank', [credit('c4', 'S2', 5n)]);
  await run('bank');
  expect(await found()).toEqual([{ kind: 'settlement_excess', gapPaise: 5n, suspensePaise: 0n }]);
  await takeText('report', header + row('a', 'S1') + row('d', 'S1'));
  await run('bank');
  await run('bank');
  expect(await found()).toEqual([
    { kind: 'settlement_excess', gapPaise: 5n, suspensePaise: 0n },
    { kind: 'settlement_short', gapPaise: -980n, suspensePaise: 0n },
  ]);
});

test('a settlement that no bank shows is a break and a case after five days; its credit ends it', async () => {
  const row = (theirs: string, utr: string, ago: number) =>
    `${theirs},500.00,10.00,0.20,${utr},OK,${dayBefore(ago)} 12:00:00\n`;
  const header = `${COMMISSIONS.columns.map(({ header: name }) => name).join(',')}\n`;
  const lines = [
    row('a', 'S1', 5),
    row('b', 'S2', 9),
    row('c', 'S2', 5),
    row('d', 'S3', 4),
    row('e', 'S4', 9),
  ];
  await takeText('report', header + lines.join(''));
  const ofSettlements = async () => (await found()).filter(({ kind }) => kind.startsWith('settlement'));
  await run('report');
  expect(await ofSettlements()).toEqual([]); // no statement was read
  await take('bank', [{ key: 'c4', utr: 'S4', part: 'credit', paise: 980n }]);
  const { float } = await run('report');
  const missing = (gapPaise: bigint) => ({ kind: 'settlement_missing', gapPaise, suspensePaise: 0n });
  expect(new Set((await ofSettlements()).map(({ gapPaise }) => gapPaise))).toEqual(new Set([-1_960n, -980n]));
  expect(float.items.filter(({ kind }) => kind === 'settlement_missing')).toEqual([]);
  expect(
    await rows(
      world.knex,
      `select c.kind from ops_cases c join recon_breaks b on b.case_id = c.id where b.kind = 'settlement_missing'`,
    ),
  ).toEqual([{ kind: 'recon_difference' }, { kind: 'recon_difference' }]);
  await take('bank', [{ key: 'c2', utr: 'S2', part: 'credit', paise: 1_960n }]);
  await run('report');
  expect(await ofSettlements()).toEqual([missing(-980n)]);
});

test('fees that nobody collects are a break of their day after seven days; a line that takes them ends it', async () => {
  const payouts = [];
  for (const ago of [8, 8, 7, 6]) payouts.push({ ...(await paid(`P${payouts.length}`)), ago });
  await take('moves', payouts);
  const { float } = await run('moves');
  const owed = (gapPaise: bigint) => ({ kind: 'fee_uncollected', gapPaise, suspensePaise: 0n });
  expect(new Set((await found()).map(({ kind, gapPaise }) => `${kind} ${gapPaise}`))).toEqual(
    new Set([`fee_uncollected ${FEE}`, `fee_uncollected ${2n * FEE}`]),
  );
  expect(float.items).toEqual([]);
  await take('moves', [{ key: 'F1', part: 'fees', paise: 2n * FEE, ago: 1 }]);
  await run('moves');
  expect(await found()).toEqual([owed(FEE)]);
  expect(await rows(world.knex, 'select kind from ops_cases where closed_at is null')).toEqual([
    { kind: 'recon_difference' },
  ]);
});

test.each([
  ['commission', '10.02,0.20', 'commission_mismatch'],
  ['tax', '10.00,0.22', 'commission_mismatch'],
  ['commission within a paisa', '10.01,0.20', undefined],
])(
  'a row whose %s is another than ours is one break, whose gap is what the float differs by',
  async (_what, said, kind) => {
    const id = await world.accept(here.user);
    world.connector.onSend = () =>
      succeeded({ providerReference: 'P1', commissionPaise: 1_000n, tdsPaise: 20n });
    await dispatched(world.first, id);
    if ((await transactionRow(world.knex, id)).dueJob === 'settle')
      await runDue(world.first, [{ job: 'settle', id } as Parameters<typeof runDue>[1][number]]);
    const header = `${COMMISSIONS.columns.map(({ header: name }) => name).join(',')}\n`;
    await takeText('report', `${header}P1,1500.00,${said},,OK,${TODAY} 12:00:00\n`);
    await run('report');
    await run('report');
    const gap = said.startsWith('10.02') ? 2n : -2n;
    expect(await found()).toEqual(kind === undefined ? [] : [{ kind, gapPaise: gap, suspensePaise: 0n }]);
    expect(await rows(world.knex, 'select kind from ops_cases where closed_at is null')).toEqual(
      kind === undefined ? [] : [{ kind: 'recon_difference' }],
    );
  },
);

test.each([
  [2n, 'fee_mismatch'],
  [1n, undefined],
])('a row whose fee is %s paise above ours is %s', async (more, kind) => {
  await paid('P1');
  const [ours] = await rows<{ chargePaise: bigint }>(
    world.knex,
    'select charge_paise as "chargePaise" from transactions',
  );
  const header = `${CHARGES.columns.map(({ header: name }) => name).join(',')}\n`;
  const fee = ours!.chargePaise + more;
  await takeText('charged', `${header}P1,1500.00,0.00,0.00,,OK,${TODAY} 12:00:00,${fee}\n`);
  await run('charged');
  await run('charged');
  expect(await found()).toEqual(kind === undefined ? [] : [{ kind, gapPaise: -more, suspensePaise: 0n }]);
  expect(await rows(world.knex, 'select kind from ops_cases where closed_at is null')).toEqual(
    kind === undefined ? [] : [{ kind: 'recon_difference' }],
  );
});

test('a payout that our books end on the next day is in flight when the day ends', async () => {
  const id = await world.accept(here.user);
  world.connector.onSend = timedOut;
  await dispatched(world.first, id);
  await take('moves', [await paid('P1')]);
  world.clock.set(new Date(new Date(`${TODAY}T00:00:00+05:30`).getTime() + DAY_MS + 3_600_000));
  await execute(world.knex, `update transactions set provider_reference = 'P2' where id = ?`, [id]);
  await take('moves', [{ key: 'P2', part: 'payment', paise: AMOUNT }], -2n * AMOUNT);
  const { counts, due, float } = await run('moves');
  expect(counts.told).toBe(1);
  const inFlight = { subject: id, kind: 'in_flight', businessDate: TODAY, gapPaise: -AMOUNT };
  expect(float).toMatchObject({ items: [inFlight], unexplainedPaise: 0n });
  await runDue(world.first, due);
  expect(await here.state(id)).toBe('succeeded');
  expect(await desk.float({ source: 'moves', businessDate: TODAY })).toMatchObject({
    ...{ oursPaise: -AMOUNT, items: [inFlight], unexplainedPaise: 0n },
  });
});

test('money in suspense is a case after seven days and another one after thirty; both end when it is placed', async () => {
  await take('moves', [{ key: 'X', part: 'credit', paise: 2_500n }]);
  const aged = async () =>
    (
      await rows<{ situation: string }>(
        world.knex,
        `select situation from ops_cases where kind = 'recon_suspense_aged' and closed_at is null order by 1`,
      )
    ).map(({ situation }) => situation);
  await run('moves');
  world.clock.advance(7 * DAY_MS - 1);
  await run('moves');
  expect(await aged()).toEqual([]);
  world.clock.advance(1);
  await run('moves');
  await run('moves');
  expect(await aged()).toEqual(['aged']);
  world.clock.advance(23 * DAY_MS);
  await run('moves');
  expect(await aged()).toEqual(['aged', 'escalated']);

  const staff = await createStaff(world);
  const [held] = await desk.breaks({ isOpen: true, limit: 1 });
  const why = { reason: 'as seen', evidence: 'their letter' };
  const proposal = await staff.operations.reconciliation.proposal({
    ...{ breakId: held!.id, choice: 'write_off' },
    ...why,
  });
  const approval = await staff.operations.approvals.propose(proposal, staff.asha);
  await staff.operations.approvals.approve(approval.id, staff.ravi);
  staff.close();
  await run('moves');
  expect(await aged()).toEqual([]);
  expect(await balance(accountCode.suspense('testpay'))).toBe(0n);
});
