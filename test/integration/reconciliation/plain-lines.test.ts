/** Plain lines are read here and all others by PostgreSQL: whichever reads a file, the same comes of it. */
import * as fc from 'fast-check';
import type { Knex } from 'knex';
import { createReconciliationOperations } from '../../../composition/reconciliation';
import { createAccountDirectory } from '../../../domain/ledger/accounts';
import type { TableFormat } from '../../../domain/reconciliation/format';
import { systemClock } from '../../../platform/clock';
import { execute, makeKnex, rows } from '../../../platform/database';
import { systemIds } from '../../../platform/ids';
import { freshDatabase, type TestDatabase } from '../../support/database';

const FORMAT: TableFormat = {
  kind: 'table',
  columns: [
    { header: 'theirs', as: 'providerReference', unit: 'text' },
    { header: 'ours', as: 'ourReference', unit: 'text' },
    { header: 'what', unit: 'text' },
    { header: 'amount', as: 'amount', unit: 'paise' },
    { header: 'fee', as: 'fee', unit: 'rupees' },
    { header: 'tds', as: 'tds', unit: 'share' },
    { header: 'status', as: 'status', unit: 'text' },
    { header: 'at', as: 'at', unit: 'iso' },
    { header: 'sent', unit: 'ist' },
    { header: 'utr', as: 'utr', unit: 'text' },
  ],
  statuses: { OK: 'succeeded', NO: 'failed' },
  leaveOut: { header: 'what', values: ['question'] },
  credits: { header: 'what', values: ['withdrawal'] },
};
const HEADER = FORMAT.columns.map(({ header }) => header);

let database: TestDatabase;
let knex: Knex;
let desk: ReturnType<typeof createReconciliationOperations>['desk'];
beforeAll(async () => {
  database = await freshDatabase();
  knex = makeKnex(database.appUrl, { max: 2 });
  ({ desk } = createReconciliationOperations({
    ...{ knex, clock: systemClock, ids: systemIds, accounts: createAccountDirectory({ knex }) },
    formats: { test_day: FORMAT },
  } as unknown as Parameters<typeof createReconciliationOperations>[0]));
});
afterAll(async () => {
  await knex.destroy();
  await database.drop();
});

let made = 0;

/** What comes of a file: its rows, or why it is refused. */
async function outcomeOf(text: string, sizes: readonly number[] = [65_536]): Promise<unknown> {
  const source = `source-${(made += 1)}`;
  await execute(
    knex,
    `insert into recon_sources (name, kind, provider, services, format) values (?, 'report', 'testpay', '{payout}', 'test_day')`,
    [source],
  );
  const bytes = Buffer.from(text);
  const importing = desk.importFile({
    ...{ source, businessDate: '2026-11-28', name: 'day.csv' },
    open: async function* () {
      await Promise.resolve();
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = sizes[i % sizes.length]!;
        yield bytes.subarray(at, at + size);
        at += size;
      }
    },
  });
  const counts = await importing.catch(
    (error: unknown) => (error as { detail?: string }).detail ?? String(error),
  );
  const found = await rows<{ line: number; said: string }>(
    knex,
    `select line_no as line, concat_ws('|', row_key, seq, state, part, kind, coalesce(status_word, '-'), is_credit, happened_on,
      coalesce(provider_reference, '-'), coalesce(our_reference, '-'), amount_paise, coalesce(fee_paise::text, '-'),
      coalesce(tds_paise::text, '-'), coalesce(utr, '-')) as said
    from recon_rows where source_id = (select id from recon_sources where name = ?) order by line_no`,
    [source],
  );
  return { counts, found };
}

/** The same file with its cells in quotes, of which no line is plain. */
const inQuotes = (cells: readonly string[]): string[] =>
  cells.map((cell) => (cell === '' ? '' : `"${cell}"`));

const text = (lines: readonly (readonly string[])[], end: string, last: string): string =>
  lines.map((cells) => cells.join(',')).join(end) + last;

const reference = fc.oneof(
  { weight: 8, arbitrary: fc.stringMatching(/^[A-Z0-9]{1,8}$/) },
  fc.constantFrom('', 'ü', 'a b', 'é'),
);
const paise = fc.oneof(
  { weight: 20, arbitrary: fc.nat({ max: 10_000_000 }).map(String) },
  fc.constantFrom(
    '999999999999999',
    '1000000000000000',
    '1000000000000001',
    '007',
    '+5',
    '1.0',
    '4294967296',
    '99999999999',
  ),
);
const rupees = fc.oneof(
  {
    weight: 20,
    arbitrary: fc
      .tuple(fc.nat({ max: 99_999 }), fc.nat({ max: 99 }))
      .map(([r, p]) => `${r}.${String(p).padStart(2, '0')}`),
  },
  fc.constantFrom('', '7', '7.5', '1E3', '9999999999999', '9999999999999.99', '.5', '5.', '1.000'),
);
const share = fc.oneof(
  {
    weight: 20,
    arbitrary: fc
      .tuple(fc.nat({ max: 999 }), fc.nat({ max: 9_999 }))
      .map(([r, p]) => `${r}.${String(p).padStart(4, '0')}`),
  },
  fc.constantFrom('', '0.005', '0.00499999', '0.0049999999', '1', '0.995'),
);
const clock = fc
  .tuple(fc.nat({ max: 23 }), fc.nat({ max: 59 }), fc.nat({ max: 59 }))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
const day = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('2026-11-28', '2026-11-27', '2024-02-29') },
  fc.constant('2026-12-31'),
);
const iso = fc.oneof(
  { weight: 20, arbitrary: fc.tuple(day, clock).map(([d, c]) => `${d}T${c}+05:30`) },
  fc.constantFrom('2026-11-28T23:59:59.5Z', '2026-11-28T18:30:00Z', '2026-11-28T24:00:00+05:30'),
);
const ist = fc.tuple(day, clock).map(([d, c]) => `${d} ${c}`);
/** As banks and people write it: one form is kept, whoever reads it. */
const utr = fc.constantFrom(
  ...['', '569690930707', '0000569690930707', 'HDFCN52026112800001', 'hdfc n52026-11/2800001'],
  ...['UTR: Hdfcn52026112800001', 'none'],
);
const line = fc.tuple(
  ...[reference, reference, fc.constantFrom('payment', 'withdrawal', 'question', '', 'x'.repeat(40)), paise],
  ...[rupees, share, fc.constantFrom('OK', 'NO', 'NEW', 'late'), iso, ist, utr],
);
/** Now and then a cell that the whole file is refused for. */
const wrong = fc.tuple(
  fc.nat({ max: HEADER.length - 1 }),
  fc.constantFrom(
    '',
    'x',
    '-1',
    'NaN',
    '1.234',
    '2026-02-30T10:00:00+05:30',
    '2026-11-28T10:00:60+05:30',
    '2026-11-28 10:61:00',
  ),
);

test('a file and the same with its cells in quotes come to the same rows, or are refused for the same', async () => {
  let refused = 0;
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { minLength: 1, maxLength: 8 }),
      fc.option(fc.tuple(fc.nat({ max: 7 }), wrong), { freq: 3 }),
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 4 }),
      fc.tuple(fc.constantFrom('\n', '\r\n'), fc.boolean()),
      async (lines, mistake, sizes, [end, hasLast]) => {
        const cells = lines.map((one) => [...one]);
        if (mistake !== null) cells[mistake[0] % cells.length]![mistake[1][0]] = mistake[1][1];
        const last = hasLast ? end : '';
        const plain = (await outcomeOf(text([HEADER, ...cells], end, last), sizes)) as { counts: unknown };
        const quoted = await outcomeOf(text([HEADER, ...cells.map(inQuotes)], end, last));
        expect(plain).toEqual(quoted);
        if (typeof plain.counts === 'string') refused += 1;
        else taken += 1;
      },
    ),
    { numRuns: 50 },
  );
  expect([refused > 0, taken > 5]).toEqual([true, true]);
}, 120_000);

const ROW = (n: number, amount = '100'): string =>
  `P${n},O${n},payment,${amount},,,OK,2026-11-28T10:00:00+05:30,2026-11-28 10:00:00,`;
const refusal = async (...lines: readonly string[]): Promise<unknown> =>
  ((await outcomeOf(`${[HEADER.join(','), ...lines].join('\n')}\n`)) as { counts: unknown }).counts;

test.each([
  ['a quote that does not end', [ROW(1), `"P2${ROW(2)}`, ROW(3)], 'line 3: it does not have the columns'],
  ['a cell too many', [ROW(1), `${ROW(2)},more`, ROW(3)], 'line 3: it does not have the columns'],
  ['a carriage return in a line', [ROW(1), `P\r${ROW(2)}`], 'line 3: it does not have the columns'],
  ['an empty line', [ROW(1), '', ROW(3)], 'line 3: it does not have the columns'],
  ['bytes that are not UTF-8', [ROW(1), ROW(2).replace('P2', '\u0000')], 'line 3: it is not UTF-8'],
  [
    'an amount behind a cell of several lines',
    ['"P\n1"' + ROW(1).slice(2), ROW(2, 'x')],
    'line 3: amount is not a number',
  ],
])('%s refuses the file with its line', async (_what, lines, detail) => {
  expect(await refusal(...lines)).toContain(detail);
});

test('a file of many lines that are not plain is read in parts, and each line keeps its number', async () => {
  const lines = Array.from({ length: 14_000 }, (_, i) =>
    i % 7_000 === 3 ? ROW(i) : `"P${i}"${ROW(i).slice(`P${i}`.length)}`,
  );
  const { counts, found } = (await outcomeOf(`${[HEADER.join(','), ...lines].join('\n')}\n`)) as {
    counts: { newCount: number };
    found: { line: number; said: string }[];
  };
  expect(counts.newCount).toBe(14_000);
  expect(found.every(({ line: at, said }) => said.startsWith(`P${at - 2}|`))).toBe(true);
  expect(await refusal(...lines.slice(0, 13_000), `"x",${ROW(1)}`)).toContain('line 13002: ');
});
