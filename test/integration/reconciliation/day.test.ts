/** A day with planted breaks: each is found, nothing else is, and a second run changes nothing. */
import { createReconciliationOperations } from '../../../composition/reconciliation';
import { createAccountDirectory } from '../../../domain/ledger/accounts';
import { createReconcileStep } from '../../../domain/reconciliation/night-step';
import type { TableFormat } from '../../../domain/reconciliation/format';
import type { BreakView } from '../../../domain/reconciliation/listing';
import { businessDate } from '../../../platform/clock';
import { execute, rows } from '../../../platform/database';
import { systemIds } from '../../../platform/ids';
import { dispatched, runDue } from '../../support/driver';
import { createStaff, violationsIn, type Staff } from '../../support/operations';
import { failed, succeeded, timedOut } from '../../support/scripted-connector';
import { useWorld } from '../../support/use-world';
import { attemptsOf, transactionRow, type World } from '../../support/world';

// Ids are of the real day, so the clock is too; at noon in India, far from any cut-off.
const TODAY = businessDate(new Date());
const here = useWorld(() => ({ start: `${TODAY}T06:30:00.000Z` }));

const FORMAT: TableFormat = {
  kind: 'table',
  columns: [
    { header: 'theirs', as: 'providerReference', unit: 'text' },
    { header: 'ours', as: 'ourReference', unit: 'text' },
    { header: 'amount', as: 'amount', unit: 'rupees' },
    { header: 'status', as: 'status', unit: 'text' },
    { header: 'at', as: 'at', unit: 'ist' },
  ],
  statuses: { OK: 'succeeded', NO: 'failed' },
};
const HEADER = FORMAT.columns.map(({ header }) => header).join(',');

let world: World;
let staff: Staff;
let desk: ReturnType<typeof createReconciliationOperations>['desk'];

beforeEach(async () => {
  ({ world } = here);
  staff = await createStaff(world);
  await execute(
    world.knex,
    `insert into recon_sources (name, kind, provider, services, format) values ('test', 'report', 'testpay', '{payout}', 'test_day')`,
  );
  const { first } = world;
  ({ desk } = createReconciliationOperations({
    ...first,
    ids: systemIds,
    accounts: createAccountDirectory({ knex: first.knex }),
    formats: { test_day: FORMAT },
  } as unknown as Parameters<typeof createReconciliationOperations>[0]));
});
afterEach(() => {
  staff.close();
});

interface Line {
  theirs: string;
  ours: string;
  amount: string;
  status: string;
}
let made = 0;

/** A payout of 1,500.00, and its line in the report of the day. */
async function paid(
  onSend: (ref: string) => ReturnType<typeof succeeded> = (ref) => succeeded({ providerReference: ref }),
): Promise<{ id: string; line: Line }> {
  const theirs = `P${(made += 1)}`;
  const id = await world.accept(here.user);
  world.connector.onSend = () => onSend(theirs);
  await dispatched(world.first, id);
  const { dueJob } = await transactionRow(world.knex, id);
  if (dueJob === 'settle')
    await runDue(world.first, [{ job: 'settle', id } as Parameters<typeof runDue>[1][number]]);
  const [attempt] = await attemptsOf(world.knex, id);
  return { id, line: { theirs, ours: attempt!.ourReference, amount: '1500.00', status: 'OK' } };
}

const take = (lines: readonly Line[], name = 'day.csv') =>
  takeText(
    [HEADER, ...lines.map((l) => `${l.theirs},${l.ours},${l.amount},${l.status},${TODAY} 12:00:00`)].join(
      '\n',
    ) + '\n',
    name,
  );
const takeText = (text: string, name = 'day.csv') =>
  desk.importFile({
    ...{ source: 'test', businessDate: TODAY, name },
    open: async function* () {
      await Promise.resolve();
      yield Buffer.from(text);
    },
  });
const run = () => desk.run({ source: 'test', businessDate: TODAY });
const open = () => desk.breaks({ isOpen: true, limit: 100 });
const kinds = (found: readonly BreakView[]) => found.map(({ kind }) => kind).toSorted();
const balance = async (code: string): Promise<bigint> => {
  const [found] = await rows<{ paise: bigint }>(
    world.knex,
    'select credits_paise - debits_paise as paise from ledger_accounts where code = ?',
    [code],
  );
  return found?.paise ?? 0n;
};

/** One person proposes what becomes of the break of this kind, and only another one can approve it. */
const settle = async (kind: string, choice: string, candidate?: string) => {
  const [found] = (await open()).filter((one) => one.kind === kind);
  const proposal = await staff.operations.reconciliation.proposal({
    ...{ breakId: found!.id, choice, reason: 'as seen', evidence: 'their letter' },
    ...(candidate === undefined ? {} : { candidate }),
  });
  const approval = await staff.operations.approvals.propose(proposal, staff.asha);
  await expect(staff.operations.approvals.approve(approval.id, staff.asha)).rejects.toMatchObject({
    code: 'APPROVAL_NEEDS_ANOTHER',
  });
  return staff.operations.approvals.approve(approval.id, staff.ravi);
};

test('planted breaks of every kind are found, and no other; a second run posts and opens nothing', async () => {
  const good = [await paid(), await paid(), await paid()];
  const missing = await paid();
  const dearer = await paid();
  const refusedThere = await paid();
  const twice = await paid();
  const unknownEnd = await paid(timedOut);
  const lines = [
    ...good.map(({ line }) => line),
    { ...dearer.line, amount: '1501.00' },
    { ...refusedThere.line, status: 'NO' },
    ...[twice.line, twice.line, unknownEnd.line],
    { theirs: 'PX', ours: 'nobody', amount: '25.00', status: 'OK' },
    { theirs: '1.23457E+17', ours: 'damaged', amount: '1.00', status: 'OK' },
    { theirs: 'PY', ours: good[0]!.line.ours, amount: '1500.00', status: 'OK' },
  ];
  expect(await take(lines)).toMatchObject({
    isKnownFile: false,
    rowCount: lines.length,
    newCount: lines.length,
  });
  const { counts, due } = await run();
  expect(counts.told).toBe(1);
  await runDue(world.first, due);
  expect(await here.state(unknownEnd.id)).toBe('succeeded');
  const found = await open();
  expect(kinds(found)).toEqual([
    'amount_mismatch',
    'duplicate_at_provider',
    'duplicate_at_provider',
    'identifier_damaged',
    'missing_at_provider',
    'missing_with_us',
    'status_mismatch',
  ]);
  const of = (kind: string) => found.filter((one) => one.kind === kind);
  expect(of('missing_at_provider')).toMatchObject([
    { transactionId: missing.id, gapPaise: 150_000n, suspensePaise: 0n },
  ]);
  expect(of('amount_mismatch')).toMatchObject([
    { transactionId: dearer.id, gapPaise: -100n, suspensePaise: -100n },
  ]);
  expect(of('status_mismatch')).toMatchObject([
    { transactionId: refusedThere.id, gapPaise: 150_000n, suspensePaise: 0n },
  ]);
  expect(of('missing_with_us')).toMatchObject([{ gapPaise: -2_500n, suspensePaise: -2_500n }]);
  expect(
    of('duplicate_at_provider')
      .map(({ transactionId }) => transactionId ?? '')
      .toSorted(),
  ).toEqual([good[0]!.id, twice.id].toSorted());
  expect(await balance('suspense:testpay')).toBe(-(100n + 2_500n + 2n * 150_000n));

  const before = await rows<{ n: number }>(world.knex, 'select count(*)::int4 as n from ledger_transfers');
  await Promise.all([run(), run()]);
  expect(await take(lines)).toMatchObject({ isKnownFile: true });
  expect(await rows<{ n: number }>(world.knex, 'select count(*)::int4 as n from ledger_transfers')).toEqual(
    before,
  );
  expect((await open()).map(({ id }) => id).toSorted()).toEqual(found.map(({ id }) => id).toSorted());
  expect(await violationsIn(world.knex)).toEqual([]);
});

test('a row that may be one of several, or whose references are damaged, is one break: its candidates are not missing too', async () => {
  const [first, second, hurt, good] = [await paid(), await paid(), await paid(), await paid()];
  await take([
    good.line,
    { ...first.line, ours: second.line.ours },
    { ...hurt.line, theirs: '1.23457E+17', ours: '2.34568E+17' },
  ]);
  await run();
  const found = await open();
  expect(kinds(found)).toEqual(['ambiguous', 'identifier_damaged']);
  const ambiguous = found.find(({ kind }) => kind === 'ambiguous')!;
  expect(ambiguous.candidates.toSorted()).toEqual([first.id, second.id].toSorted());
  expect(found.find(({ kind }) => kind === 'identifier_damaged')!.candidates).toContain(hurt.id);
});

test('two persons say which candidate a row is about: the next run compares them, and the other one is missing', async () => {
  const [first, second, hurt, good] = [await paid(), await paid(), await paid(), await paid()];
  await take([
    good.line,
    { ...first.line, ours: second.line.ours },
    { ...hurt.line, theirs: '1.23457E+17', ours: '2.34568E+17', amount: '1500.00' },
  ]);
  await run();
  const [ambiguous] = (await open()).filter(({ kind }) => kind === 'ambiguous');
  expect(await desk.show(ambiguous!.id)).toMatchObject({ choices: ['link'] });
  await expect(settle('ambiguous', 'link', good.id)).rejects.toMatchObject({
    code: 'RECON_CANDIDATE_UNKNOWN',
  });
  await expect(settle('ambiguous', 'link')).rejects.toMatchObject({ code: 'RECON_CANDIDATE_UNKNOWN' });
  await settle('ambiguous', 'link', first.id);
  await settle('identifier_damaged', 'link', hurt.id);
  expect(await open()).toEqual([]);
  await run();
  expect(await open()).toMatchObject([{ kind: 'missing_at_provider', transactionId: second.id }]);
  expect(await rows(world.knex, `select state, rule from recon_rows where rule = 13`)).toEqual([
    { state: 'agreed', rule: 13 },
    { state: 'agreed', rule: 13 },
  ]);
  expect(await rows(world.knex, 'select id from ops_cases where closed_at is null')).toEqual([]);
});

test('a row in suspense that is linked gives its suspense back; a transaction that is taken is refused', async () => {
  const { id, line } = await paid();
  await take([
    { theirs: 'PX', ours: 'nobody', amount: '1500.00', status: 'OK' },
    { theirs: 'PY', ours: 'nobody either', amount: '1500.00', status: 'OK' },
  ]);
  await run();
  expect(await balance('suspense:testpay')).toBe(-300_000n);
  const held = (await open()).filter(({ kind }) => kind === 'missing_with_us');
  expect(held.map(({ candidates }) => candidates)).toEqual([[id], [id]]);
  const propose = async (one: BreakView) =>
    staff.operations.approvals.propose(
      await staff.operations.reconciliation.proposal({
        ...{ breakId: one.id, choice: 'link', candidate: id, reason: 'as seen', evidence: 'their letter' },
      }),
      staff.asha,
    );
  const [won, lost] = [await propose(held[0]!), await propose(held[1]!)];
  await staff.operations.approvals.approve(won.id, staff.ravi);
  await expect(staff.operations.approvals.approve(lost.id, staff.ravi)).rejects.toMatchObject({
    ...{ code: 'APPROVAL_OVERTAKEN', cause: { code: 'RECON_LINK_TAKEN' } },
  });
  expect(await balance('suspense:testpay')).toBe(-150_000n);
  await run();
  expect(await open()).toMatchObject([{ kind: 'missing_with_us', suspensePaise: -150_000n }]);
  expect(await take([{ ...line, theirs: 'PX', ours: 'nobody' }], 'again.csv')).toMatchObject({
    knownCount: 1,
  });
  expect(await violationsIn(world.knex)).toEqual([]);
});

test('a night says that no report was ever imported; one that is missing is a case after its hours, and ends it', async () => {
  const midnight = new Date(`${TODAY}T18:30:00Z`);
  const step = createReconcileStep({
    ...world.first,
    accounts: createAccountDirectory({ knex: world.knex }),
  });
  const night = () =>
    step.run({
      ...{ date: TODAY, begins: new Date(midnight.getTime() - 86_400_000), ends: midnight },
      ...{ provider: 'testpay', signal: new AbortController().signal, progress: () => undefined },
    });
  const cases = () =>
    rows<{ subject: string; open: boolean }>(
      world.knex,
      `select subject, closed_at is null as open from ops_cases where kind = 'recon_report_missing' order by subject`,
    );
  world.clock.set(midnight);
  const never = { sources: 0, test: 'no report was ever imported' };
  expect(await night()).toEqual(never);
  expect(await cases()).toEqual([]); // nothing was paid on that day
  world.clock.set(new Date(`${TODAY}T06:30:00Z`));
  await paid();
  world.clock.set(midnight);
  expect([await night(), await night()]).toEqual([never, never]);
  expect(await cases()).toEqual([{ subject: 'report:test', open: true }]);

  await execute(
    world.knex,
    `insert into recon_files (source_id, file_no, business_date, name, content_digest, row_count, new_count, known_count,
      restated_count, imported_at)
    select id, 1, :date::date - 1, 'before', sha256('before'), 0, 0, 0, 0, now() from recon_sources where name = 'test'`,
    { date: TODAY },
  );
  const waits = { why: 'the report of test' };
  world.clock.set(new Date(midnight.getTime() + 10 * 3_600_000 - 1));
  await expect(night()).rejects.toMatchObject(waits);
  expect(await cases()).toHaveLength(1);
  world.clock.advance(1);
  await expect(night()).rejects.toMatchObject(waits);
  await expect(night()).rejects.toMatchObject(waits);
  const ofDay = `report:test:${TODAY}`;
  expect(await cases()).toContainEqual({ subject: ofDay, open: true });
  await take([{ theirs: 'PX', ours: 'nobody', amount: '0.00', status: 'NO' }]);
  expect(await night()).toMatchObject({ sources: 1 });
  expect(await cases()).toEqual([
    { subject: 'report:test', open: false },
    { subject: ofDay, open: false },
  ]);
});

test('a payment that no report has stays as it is, and is a case after three; one sent before midnight waits two days', async () => {
  const day = (n: number) => businessDate(new Date(Date.parse(`${TODAY}T06:30:00Z`) + n * 86_400_000));
  const missing = await paid();
  world.clock.set(new Date(`${TODAY}T23:30:00+05:30`));
  const late = await paid();
  const cases = () => rows<{ n: number }>(world.knex, 'select count(*)::int4 as n from ops_cases');
  const seen: unknown[] = [];
  for (const n of [0, 1, 2, 3]) {
    await desk.importFile({
      ...{ source: 'test', businessDate: day(n), name: `${n}.csv` },
      open: async function* () {
        await Promise.resolve();
        yield Buffer.from(`${HEADER}\nP-${n},other-${n},0.00,NO,${day(n)} 12:00:00\n`);
      },
    });
    await desk.run({ source: 'test', businessDate: day(n) });
    const found = (await open()).filter(({ transactionId }) => transactionId !== null);
    const kindOf = (id: string) => found.find(({ transactionId }) => transactionId === id)?.kind;
    const waits = (await cases())[0]!.n - (n + 1); // each report has a row that is no payment of ours
    seen.push([found.length, kindOf(missing.id), kindOf(late.id), waits]);
  }
  const [gone, timing] = ['missing_at_provider', 'cutoff_timing'];
  expect(seen).toEqual([
    [2, gone, timing, 0],
    [2, gone, timing, 0],
    [2, gone, timing, 1],
    [2, gone, gone, 2],
  ]);
  expect([await here.state(missing.id), await here.state(late.id)]).toEqual(['succeeded', 'succeeded']);
});

test('overlapping and corrected files: known lines stay, a restated one is judged anew and its suspense goes back', async () => {
  const all = [await paid(), await paid(), await paid(), await paid()];
  const lines = all.map(({ line }) => line);
  expect(await take([{ ...lines[0]!, amount: '1400.00' }, lines[1]!, lines[2]!])).toMatchObject({
    newCount: 3,
  });
  await run();
  expect(kinds(await open())).toEqual(['amount_mismatch', 'missing_at_provider']);
  expect(await balance('suspense:testpay')).toBe(10_000n);
  expect(await take(lines.slice(0), 'corrected.csv')).toMatchObject({
    newCount: 1,
    knownCount: 3,
    restatedCount: 1,
  });
  await run();
  expect(await open()).toEqual([]);
  expect(await balance('suspense:testpay')).toBe(0n);
  expect(await rows(world.knex, 'select id from ops_cases where closed_at is null')).toEqual([]);
  expect(await take([{ ...lines[0]!, amount: '1400.00' }], 'again.csv')).toMatchObject({ restatedCount: 1 });
  await run();
  expect(await open()).toMatchObject([{ kind: 'amount_mismatch', suspensePaise: 10_000n }]);
  expect(await violationsIn(world.knex)).toEqual([]);
});

test('two persons write off what is in suspense, or take the word of the report', async () => {
  const { id, line } = await paid();
  await take([
    { ...line, status: 'NO' },
    { theirs: 'PX', ours: 'nobody', amount: '25.00', status: 'OK' },
  ]);
  await run();
  await settle('missing_with_us', 'write_off');
  expect([await balance('suspense:testpay'), await balance('expense:loss:testpay')]).toEqual([0n, -2_500n]);
  await expect(settle('status_mismatch', 'write_off')).rejects.toMatchObject({
    code: 'RECON_CHOICE_NOT_OFFERED',
  });
  await run();
  expect(kinds(await open())).toEqual(['status_mismatch']);
  expect(await here.state(id)).toBe('succeeded');
  await settle('status_mismatch', 'their_word');
  expect(await here.state(id)).toBe('reversed');
  await run();
  expect(await open()).toEqual([]);
  expect(await rows(world.knex, 'select id from ops_cases where closed_at is null')).toEqual([]);
  expect(await violationsIn(world.knex)).toEqual([]);
});

test('a payment that failed with us and went there is a late success when two persons say so', async () => {
  const { id, line } = await paid((ref) => failed({ providerReference: ref }));
  await take([line]);
  await run();
  expect(await open()).toMatchObject([{ kind: 'status_mismatch', gapPaise: -150_000n, suspensePaise: 0n }]);
  world.clock.advance(1_000); // what is said at the instant of the failure is not newer
  await settle('status_mismatch', 'their_word');
  expect(await here.state(id)).toBe('in_review');
  await run();
  expect(await open()).toEqual([]);
});

test.each([
  ['another header', `theirs,ours,amount,state,at\n`, 'line 1: it does not have the columns'],
  ['an amount that is none', `${HEADER}\nA,B,1.5x,OK,${TODAY} 12:00:00\n`, 'line 2: amount is not a number'],
  [
    'a fraction of a paisa',
    `${HEADER}\nA,B,1.00,OK,${TODAY} 12:00:00\nC,D,1.005,OK,${TODAY} 12:00:00\n`,
    'line 3: amount has a fraction',
  ],
  ['NaN', `${HEADER}\nA,B,NaN,OK,${TODAY} 12:00:00\n`, 'line 2: amount is no amount'],
  ['a day in another order', `${HEADER}\nA,B,1.00,OK,03/04/2026 12:00:00\n`, 'line 2: at is no time'],
  ['no reference', `${HEADER}\n,,1.00,OK,${TODAY} 12:00:00\n`, 'line 2: the row has no reference'],
  ['a row that is cut', `${HEADER}\nA,B,1.00\n`, 'line 2: it does not have the columns'],
])('%s refuses the file with its line, and imports nothing', async (_what, text, detail) => {
  await expect(takeText(text)).rejects.toMatchObject({
    code: 'RECON_FILE_REFUSED',
    detail: expect.stringContaining(detail) as string,
  });
  expect(
    await rows(world.knex, 'select row_key from recon_rows union all select name from recon_files'),
  ).toEqual([]);
  await expect(run()).rejects.toMatchObject({ code: 'RECON_REPORT_MISSING' });
});

test('an exponent is read exactly, and a balance of crores is no float', async () => {
  await takeText(`${HEADER}\nA,B,2.20834002375E9,OK,${TODAY} 12:00:00\n`);
  expect(await rows(world.knex, 'select amount_paise as "paise" from recon_rows')).toEqual([
    { paise: 220_834_002_375n },
  ]);
});

test('a row that was written off and is restated moves the rest alone: what is at a loss is in the account', async () => {
  const codes = ['float:testpay', 'suspense:testpay', 'expense:loss:testpay'];
  const before = await balance('float:testpay');
  const books = async () => {
    const [float, ...others] = await Promise.all(codes.map(balance));
    return [float! - before, ...others];
  };
  const restated = async (amount: string) => {
    await take([{ theirs: 'PX', ours: 'nobody', amount, status: 'OK' }], `${amount}.csv`);
    await run();
    await run();
    return books();
  };
  expect(await restated('25.00')).toEqual([2_500n, -2_500n, 0n]);
  await settle('missing_with_us', 'write_off');
  expect(await books()).toEqual([2_500n, 0n, -2_500n]);
  expect(await restated('30.00')).toEqual([3_000n, -500n, -2_500n]);
  expect(await restated('29.00')).toEqual([2_900n, -400n, -2_500n]);
  await settle('missing_with_us', 'write_off');
  expect(await restated('29.00')).toEqual([2_900n, 0n, -2_900n]);
});

test('what was written off and is explained later waits in suspense, and two persons take the loss back', async () => {
  const codes = ['float:testpay', 'suspense:testpay', 'expense:loss:testpay'];
  const books = () => Promise.all(codes.map(balance));
  const late = await paid(timedOut);
  const [float] = (await books()) as [bigint];
  await take([{ ...late.line, theirs: 'PX', ours: 'nobody' }]);
  await run();
  await settle('missing_with_us', 'write_off');
  expect(await books()).toEqual([float + 150_000n, 0n, -150_000n]);
  await take([{ ...late.line, theirs: 'PX' }], 'corrected.csv');
  for (const _again of [1, 2]) {
    await run();
    expect(await open()).toMatchObject([{ kind: 'missing_with_us', gapPaise: 0n, suspensePaise: 150_000n }]);
    expect(await books()).toEqual([float, 150_000n, -150_000n]);
  }
  const [found] = await open();
  expect((await desk.show(found!.id)).choices).toEqual(['loss_back']);
  const summaries = await rows<{ summary: string }>(
    world.knex,
    "select summary from ops_cases where kind = 'recon_break' and closed_at is null",
  );
  expect(summaries).toMatchObject([
    { summary: expect.stringContaining('written off (₹1,500.00)') as string },
  ]);
  await settle('missing_with_us', 'loss_back');
  expect(await books()).toEqual([float, 0n, 0n]);
  await run();
  expect(await open()).toEqual([]);
  await runDue(world.first, [{ job: 'settle', id: late.id } as Parameters<typeof runDue>[1][number]]);
  expect(await violationsIn(world.knex)).toEqual([]);
});

test('a written-off row that was restated, its rest in suspense, and is explained then: all of it goes back', async () => {
  const codes = ['suspense:testpay', 'expense:loss:testpay'];
  const books = () => Promise.all(codes.map(balance));
  const late = await paid(timedOut);
  const said = async (amount: string, ours = 'nobody') => {
    await take([{ ...late.line, theirs: 'PX', ours, amount }], `${amount}-${ours}.csv`);
    await run();
    await run();
    return books();
  };
  expect(await said('1400.00')).toEqual([-140_000n, 0n]);
  await settle('missing_with_us', 'write_off');
  expect(await said('1500.00')).toEqual([-10_000n, -140_000n]);
  expect(await said('1500.00', late.line.ours)).toEqual([140_000n, -140_000n]);
  await settle('missing_with_us', 'loss_back');
  expect(await books()).toEqual([0n, 0n]);
  await runDue(world.first, [{ job: 'settle', id: late.id } as Parameters<typeof runDue>[1][number]]);
  expect(await violationsIn(world.knex)).toEqual([]);
});
