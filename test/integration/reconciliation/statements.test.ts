/** Statements that overlap, and lines that a bank names anew: a line is one row, a break and a posting, however often it comes. */
import { createReconciliationOperations } from '../../../composition/reconciliation';
import { createAccountDirectory } from '../../../domain/ledger/accounts';
import { createStatementsStep } from '../../../domain/reconciliation/night-step';
import { businessDate } from '../../../platform/clock';
import { execute, rows } from '../../../platform/database';
import { systemIds } from '../../../platform/ids';
import { createStaff } from '../../support/operations';
import { useWorld } from '../../support/use-world';

const DAY = '2026-11-28';
const here = useWorld(() => ({ start: `${DAY}T06:30:00.000Z` }));
const HEADER = 'Date,Text,Ref,Out,In,Bal';
const MAPPING = {
  dates: 'ymd',
  date: 'Date',
  narration: 'Text',
  debit: 'Out',
  credit: 'In',
  reference: 'Ref',
  balance: 'Bal',
};

let desk: ReturnType<typeof createReconciliationOperations>['desk'];
beforeEach(async () => {
  const { first, knex } = here.world;
  await execute(
    knex,
    `insert into recon_sources (name, kind, bank, format, mapping) values ('escrow', 'statement', 'escrow', 'mapped_csv', ?)`,
    [JSON.stringify(MAPPING)],
  );
  ({ desk } = createReconciliationOperations({
    ...first,
    ids: systemIds,
    accounts: createAccountDirectory({ knex: first.knex }),
  } as unknown as Parameters<typeof createReconciliationOperations>[0]));
});

/** Line n of the account brings n rupees. */
const line = (n: number, reference = `HDFCN52026112800${String(n).padStart(3, '0')}`, day = DAY): string =>
  `${day},NEFT,${reference},,${n}.00,${(n * (n + 1)) / 2}.00`;
const lines = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => line(from + i));
const take = (some: readonly string[], source = 'escrow') =>
  desk.importFile({
    ...{ source, businessDate: DAY, name: 'statement.csv' },
    async *open() {
      await Promise.resolve();
      yield Buffer.from(`${[HEADER, ...some].join('\n')}\n`);
    },
  });
const run = () => desk.run({ source: 'escrow', businessDate: DAY });
const count = async (table: string): Promise<number> =>
  (await rows<{ n: number }>(here.world.knex, `select count(*)::int4 as n from ${table}`))[0]!.n;

test('lines 1 to 10, then 8 to 15: fifteen rows, three of them known, and no line is posted twice', async () => {
  expect(await take(lines(1, 10))).toMatchObject({ newCount: 10, knownCount: 0 });
  await run();
  const before = await count('ledger_transfers');
  expect(await take(lines(8, 15))).toMatchObject({ newCount: 5, knownCount: 3, restatedCount: 0 });
  await run();
  expect([await count('recon_rows'), await count('recon_breaks')]).toEqual([15, 15]);
  expect(await count('ledger_transfers')).toBe(before + 5);
});

test('another word before its reference and a booking date a day later: the same row, restated, and the same break', async () => {
  const reference = 'HDFCN52026112800001';
  await take([line(1, `UTR: ${reference}`)]);
  await run();
  const transfers = await count('ledger_transfers');
  const again = await take([line(1, reference, '2026-11-29')]);
  expect(again).toMatchObject({ newCount: 0, knownCount: 1, restatedCount: 1 });
  await run();
  expect([await count('recon_rows'), await count('recon_breaks'), await count('recon_restatements')]).toEqual(
    [1, 1, 1],
  );
  expect(await count('ledger_transfers')).toBe(transfers);
  expect(await rows(here.world.knex, 'select key_version as version from recon_rows')).toEqual([
    { version: 2 },
  ]);
});

test('a night runs the statements of all banks that are there, and one that is missing is a case after its hours', async () => {
  const { world } = here;
  await execute(
    world.knex,
    `insert into recon_sources (name, kind, bank, format, mapping) values
      ('nodal', 'statement', 'nodal', 'mapped_csv', :mapping::jsonb), ('unused', 'statement', 'unused', 'mapped_csv', :mapping::jsonb)`,
    { mapping: JSON.stringify(MAPPING) },
  );
  await execute(
    world.knex,
    `insert into recon_files (source_id, file_no, business_date, name, content_digest, row_count, new_count, known_count,
      restated_count, imported_at)
    select id, 1, :date::date - 1, 'before', sha256('before'), 0, 0, 0, 0, now() from recon_sources where name = 'nodal'`,
    { date: DAY },
  );
  const ends = new Date(`${DAY}T18:30:00Z`);
  const step = createStatementsStep({
    ...world.first,
    accounts: createAccountDirectory({ knex: world.knex }),
  });
  const night = () =>
    step.run({
      ...{ date: DAY, begins: new Date(ends.getTime() - 86_400_000), ends, provider: undefined },
      ...{ signal: new AbortController().signal, progress: () => undefined },
    });
  const cases = () =>
    rows<{ subject: string; open: boolean }>(
      world.knex,
      `select subject, closed_at is null as open from ops_cases where kind = 'recon_report_missing'`,
    );
  await take([line(1)]);
  world.clock.set(new Date(ends.getTime() + 10 * 3_600_000 - 1));
  await expect(night()).rejects.toMatchObject({ why: 'the report of nodal' });
  expect([await count('recon_breaks'), await cases()]).toEqual([1, []]); // that of the other bank was looked at
  world.clock.advance(1);
  await expect(night()).rejects.toMatchObject({ why: 'the report of nodal' });
  const subject = `report:nodal:${DAY}`;
  expect(await cases()).toEqual([{ subject, open: true }]);
  await take([line(2)], 'nodal');
  const done = { sources: 2, unused: 'no statement was ever imported', escrow_open: 1, nodal_open: 1 };
  expect([await night(), await night()]).toMatchObject([done, done]);
  expect(await cases()).toEqual([{ subject, open: false }]);
  expect(await count('recon_breaks')).toBe(2);
});

test('a statement that comes no more is retired: the night goes on, a late line is judged, and its suspense grows old', async () => {
  const { world } = here;
  const staff = await createStaff(world);
  const ends = new Date(`${DAY}T18:30:00Z`);
  const at = (days: number) => new Date(ends.getTime() + days * 86_400_000);
  const step = createStatementsStep({
    ...world.first,
    accounts: createAccountDirectory({ knex: world.knex }),
  });
  /** Of so many days later. */
  const night = (days: number) => {
    world.clock.set(new Date(at(days).getTime() + 11 * 3_600_000));
    return step.run({
      ...{ date: businessDate(at(days - 1)), begins: at(days - 1), ends: at(days), provider: undefined },
      ...{ signal: new AbortController().signal, progress: () => undefined },
    });
  };
  const cases = () =>
    rows<{ kind: string; subject: string }>(
      world.knex,
      `select kind, split_part(subject, ':', 1) as subject from ops_cases where closed_at is null order by kind`,
    );
  await take([line(1)]);
  expect(await night(0)).toMatchObject({ escrow_open: 1 });
  await expect(night(1)).rejects.toMatchObject({ why: 'the report of escrow' });
  expect(await cases()).toMatchObject([{ kind: 'recon_break' }, { kind: 'recon_report_missing' }]);

  const retirement = { name: 'escrow', from: '2026-11-29', reason: 'the account was closed' };
  await expect(desk.retire({ ...retirement, name: 'nobody' }, staff.asha)).rejects.toMatchObject({
    code: 'RECON_SOURCE_UNKNOWN',
  });
  await desk.retire(retirement, staff.asha);
  const awaited = { escrow: 'no file is awaited since 2026-11-29' };
  expect(await night(1)).toEqual({ sources: 1, ...awaited, escrow_agreed: 0, escrow_open: 1 });
  expect(await cases()).toEqual([{ kind: 'recon_break', subject: 'break' }]);

  await take([line(2)]); // of the last day, and late
  expect(await night(2)).toMatchObject({ ...awaited, escrow_open: 2 });
  expect(await night(8)).toMatchObject({ ...awaited, escrow_open: 2 });
  expect(await cases()).toEqual([
    { kind: 'recon_break', subject: 'break' },
    { kind: 'recon_break', subject: 'break' },
    { kind: 'recon_suspense_aged', subject: 'suspense' },
  ]);
  expect((await desk.sources()).find(({ name }) => name === 'escrow')).toMatchObject({
    retiredFrom: '2026-11-29',
  });

  await desk.retire({ name: 'escrow', from: null, reason: 'the bank sends them again' }, staff.asha);
  await expect(night(9)).rejects.toMatchObject({ why: 'the report of escrow' });
  const audited = await rows<{ action: string }>(
    world.knex,
    `select action from audit_log where subject = 'recon_source:escrow' order by id`,
  );
  expect(audited).toEqual([{ action: 'recon.retire' }, { action: 'recon.resume' }]);
  staff.close();
});
