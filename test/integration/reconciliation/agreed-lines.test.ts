/** Lines that agree have no key of their own: what later files say of them, what they are settled by, and how they are listed. */
import { createReconciliationOperations } from '../../../composition/reconciliation';
import { createAccountDirectory } from '../../../domain/ledger/accounts';
import type { TableFormat } from '../../../domain/reconciliation/format';
import { businessDate } from '../../../platform/clock';
import { execute, rows } from '../../../platform/database';
import { systemIds } from '../../../platform/ids';
import { dispatched, runDue } from '../../support/driver';
import { succeeded } from '../../support/scripted-connector';
import { useWorld } from '../../support/use-world';
import { attemptsOf, transactionRow } from '../../support/world';

// Ids are of the real day, so the clock is too; at noon in India, far from any cut-off.
const TODAY = businessDate(new Date());
const here = useWorld(() => ({ start: `${TODAY}T06:30:00.000Z` }));
const UTR = 'SETTLED0001';

const FORMAT: TableFormat = {
  kind: 'table',
  columns: [
    { header: 'theirs', as: 'providerReference', unit: 'text' },
    { header: 'ours', as: 'ourReference', unit: 'text' },
    { header: 'amount', as: 'amount', unit: 'paise' },
    { header: 'status', as: 'status', unit: 'text' },
    { header: 'commission', as: 'commission', unit: 'paise' },
    { header: 'tds', as: 'tds', unit: 'paise' },
    { header: 'at', as: 'at', unit: 'iso' },
    { header: 'settledBy', as: 'settlementUtr', unit: 'text' },
  ],
  statuses: { OK: 'succeeded', NO: 'failed' },
};
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
    `insert into recon_sources (name, kind, provider, services, bank, format, mapping) values
      ('test', 'report', 'testpay', '{payout}', null, 'test_day', null),
      ('escrow', 'statement', null, '{}', 'escrow', 'mapped_csv', ?)`,
    [JSON.stringify(MAPPING)],
  );
  ({ desk } = createReconciliationOperations({
    ...first,
    ids: systemIds,
    accounts: createAccountDirectory({ knex: first.knex }),
    formats: { test_day: FORMAT },
  } as unknown as Parameters<typeof createReconciliationOperations>[0]));
});

interface Line {
  theirs: string;
  ours: string;
  amount: number;
  at: string;
}
let made = 0;

/** A payout of 1,500.00 on which the provider pays 1.00 less 2 paise, and its line. */
async function paid(): Promise<{ id: string; line: Line }> {
  const { world } = here;
  const theirs = `P${(made += 1)}`;
  const id = await world.accept(here.user);
  world.connector.onSend = () => succeeded({ providerReference: theirs });
  await dispatched(world.first, id);
  const { dueJob } = await transactionRow(world.knex, id);
  if (dueJob === 'settle')
    await runDue(world.first, [{ job: 'settle', id } as Parameters<typeof runDue>[1][number]]);
  await world.knex.transaction(async (trx) => {
    await execute(trx, 'set local session_replication_role = replica');
    await execute(
      trx,
      'update transactions set agreed_commission_paise = 100, agreed_tds_paise = 2 where id = ?',
      [id],
    );
  });
  const [attempt] = await attemptsOf(world.knex, id);
  return {
    id,
    line: { theirs, ours: attempt!.ourReference, amount: 150_000, at: `${TODAY}T12:00:00+05:30` },
  };
}

const takeText = (source: string, text: string) =>
  desk.importFile({
    ...{ source, businessDate: TODAY, name: 'day.csv' },
    open: async function* () {
      await Promise.resolve();
      yield Buffer.from(text);
    },
  });
const HEADER = FORMAT.columns.map(({ header }) => header).join(',');
const take = (lines: readonly Line[], note = '') =>
  takeText(
    'test',
    `${HEADER}\n${lines.map((l) => `${l.theirs},${l.ours},${l.amount},OK,100,2,${l.at},${UTR}${note}\n`).join('')}`,
  );
const run = async (source = 'test') => (await desk.run({ source, businessDate: TODAY })).counts;
const kept = () =>
  rows<{ key: string | null; seq: number; state: string; ours: string | null; paise: bigint }>(
    here.world.knex,
    `select row_key as key, seq, state, our_reference as ours, amount_paise as paise from recon_rows
    where source_id = (select id from recon_sources where name = 'test') order by provider_reference, seq`,
  );
const sums = () =>
  rows<{ utr: string; paise: bigint; count: number }>(
    here.world.knex,
    'select settlement_utr as utr, paise, row_count as count from recon_settlement_sums order by 1',
  );

test('a line that agrees has no key; one that a later file says otherwise gets it, and no line is there twice', async () => {
  const [a, b, c] = [await paid(), await paid(), await paid()];
  expect(await take([a.line, b.line, c.line])).toMatchObject({ newCount: 3 });
  expect(await kept()).toMatchObject(
    Array.from({ length: 3 }, () => ({ key: null, ours: null, state: 'agreed' })),
  );
  expect(await sums()).toEqual([{ utr: UTR, paise: 294n, count: 3 }]);
  expect((await run()).open).toEqual({});
  // The same day again with another amount, another reference of ours, and one that is as it was.
  const again = [{ ...a.line, amount: 140_000 }, { ...b.line, ours: 'another' }, c.line];
  expect(await take(again)).toMatchObject({ newCount: 0, knownCount: 3, restatedCount: 2 });
  expect(await kept()).toMatchObject([
    { key: a.line.theirs, seq: 1, state: 'matched', ours: a.line.ours, paise: 140_000n },
    { key: b.line.theirs, seq: 1, state: 'matched', ours: 'another' },
    { key: null, state: 'agreed' },
  ]);
  expect(await sums()).toEqual([{ utr: UTR, paise: 98n, count: 1 }]);
  expect((await run()).open).toEqual({ amount_mismatch: 1 });
  const before = await rows<{ before: { our_reference: string } }>(
    here.world.knex,
    'select before from recon_restatements order by row_key',
  );
  expect(before.map((one) => one.before.our_reference)).toEqual([a.line.ours, b.line.ours]);
  expect(await take([a.line, b.line, c.line, (await paid()).line])).toMatchObject({
    newCount: 1,
    knownCount: 3,
    restatedCount: 2,
  });
  expect((await run()).open).toEqual({});
  expect(await sums()).toEqual([{ utr: UTR, paise: 196n, count: 2 }]);
});

test('the same line twice in a file, and twice in a later one, is a second row with the key of the first', async () => {
  const [a, b] = [await paid(), await paid()];
  expect(await take([a.line, b.line, a.line])).toMatchObject({ newCount: 3, knownCount: 0 });
  expect(await kept()).toMatchObject([
    { key: a.line.theirs, seq: 1 },
    { key: a.line.theirs, seq: 2, state: 'open' },
    { key: null },
  ]);
  expect((await run()).open).toEqual({ duplicate_at_provider: 1 });
  expect(await take([b.line, b.line])).toMatchObject({ newCount: 1, knownCount: 1, restatedCount: 0 });
  expect((await run()).open).toEqual({ duplicate_at_provider: 2 });
  expect(await take([a.line, b.line, a.line, b.line])).toMatchObject({ newCount: 0, knownCount: 4 });
  expect((await run()).open).toEqual({ duplicate_at_provider: 2 });
});

test('a line that waits under its key stays that line when it agrees later', async () => {
  const a = await paid();
  const early = { ...a.line, ours: 'early' };
  await take([early]);
  expect(await kept()).toMatchObject([{ key: a.line.theirs, state: 'open' }]);
  expect(await take([a.line, (await paid()).line])).toMatchObject({
    newCount: 1,
    knownCount: 1,
    restatedCount: 1,
  });
  expect((await run()).open).toEqual({});
  expect(await kept()).toMatchObject([{ key: a.line.theirs, seq: 1, state: 'agreed' }, { key: null }]);
});

test('a credit of the bank is compared with all lines that it settles, with and without a key', async () => {
  const [a, b, c] = [await paid(), await paid(), await paid()];
  await take([a.line, { ...b.line, amount: 150_100 }]);
  await run();
  expect(await sums()).toEqual([{ utr: UTR, paise: 98n, count: 1 }]);
  await takeText('escrow', `Date,Text,Ref,Out,In,Bal\n${TODAY},NEFT,${UTR},,1.96,1.96\n`);
  expect((await run('escrow')).open).toEqual({});
  await take([c.line]);
  expect((await run('escrow')).open).toEqual({ settlement_short: 1 });
});

test('lists go through lines with a key and lines without one, each once', async () => {
  const [a, b, c, d] = [await paid(), await paid(), await paid(), await paid()];
  await take([a.line, { ...b.line, amount: 1 }, { ...c.line, amount: 2 }, d.line]);
  const seen: unknown[] = [];
  let cursor: string | null = '1.';
  while (cursor !== null) {
    const at: number = cursor.indexOf('.');
    const after = { seq: Number(cursor.slice(0, at)), key: cursor.slice(at + 1) };
    const page: Awaited<ReturnType<typeof desk.lines>> = await desk.lines({
      source: 'test',
      limit: 1,
      after,
    });
    seen.push(...page.data.map(({ key, ourReference, state }) => [key, ourReference, state]));
    cursor = page.nextCursor;
  }
  expect(seen).toEqual([
    ...[b, c].map(({ line }) => [line.theirs, line.ours, 'matched']),
    ...[a, d]
      .toSorted((x, y) => (x.id < y.id ? -1 : 1))
      .map(({ line }) => [line.theirs, line.ours, 'agreed']),
  ]);
  expect((await desk.lines({ source: 'test', limit: 10, state: 'matched' })).data).toHaveLength(2);
  expect((await desk.lines({ source: 'test', limit: 10, fileNo: 2 })).data).toEqual([]);
});

test('the database holds that only what agrees is without a key, and that a key stays', async () => {
  const [a, b] = [await paid(), await paid()];
  await take([a.line, { ...b.line, amount: 1 }]);
  const change = (set: string, where: string) =>
    execute(here.world.knex, `update recon_rows set ${set} where ${where}`);
  await expect(change(`state = 'matched'`, 'row_key is null')).rejects.toThrow(
    'recon_rows_without_key_agrees',
  );
  await expect(change('row_key = null', 'row_key is not null')).rejects.toThrow('recon_rows_key_stays');
  await expect(change(`row_key = 'other'`, 'true')).rejects.toThrow('recon_rows_key_stays');
  await expect(
    execute(
      here.world.knex,
      `insert into recon_fee_matches (transaction_id, source_id, row_key, seq, fee_paise)
      select gen_random_uuid(), source_id, 'nobody', 1, 1 from recon_rows limit 1`,
    ),
  ).rejects.toThrow('of source');
});

test.each([
  ['12:00:60+05:30', 'at is no time'],
  ['12:61:00+05:30', 'at is no time'],
  ['25:00:00+05:30', 'at is no time'],
  ['1 :00:00+05:30', 'at is no time'],
  ['1a:00:00+05:30', 'at is no time'],
  ['12:00:00', 'at is no time'],
])('a time %s is none', async (time, detail) => {
  const row = (at: string): string => `A,B,1,OK,,,${TODAY}T${at},\n`;
  await expect(takeText('test', `${HEADER}\n${row('12:00:00.5Z')}${row(time)}`)).rejects.toMatchObject({
    code: 'RECON_FILE_REFUSED',
    detail: expect.stringContaining(`line 3: ${detail}`) as string,
  });
});
