/** Statements: each line is of one day in India, balances lead from one to the next, and none is made up. */
import zlib from 'node:zlib';
import { execute, rows } from '../../../platform/database';
import type { AppUser } from '../../../domain/users/users';
import { createWorld, fund, type World } from '../../support/world';

let world: World;
let user: AppUser;

beforeAll(async () => {
  world = await createWorld({ start: '2026-11-01T06:00:00.000Z' });
  user = await world.user(0n);
  for (const [at, amountPaise] of MONEY) {
    world.clock.set(at);
    await fund(world.first, user.accountId, amountPaise);
  }
  await execute(world.knex, OPENED_THEN);
  world.clock.set('2026-11-03T06:00:00.000Z');
  const id = await world.accept(user, { reference: 'order-1' });
  await world.first.holds.hold([id]);
  world.clock.set('2026-11-10T06:00:00.000Z');
});
afterAll(() => world.close());

/** The second comes a millisecond before a day ends in India, the third as the next begins. */
const MONEY = [
  ['2026-11-01T06:30:00.000Z', 1_000_000n],
  ['2026-11-01T18:29:59.999Z', 20_000n],
  ['2026-11-01T18:30:00.000Z', 300_000n],
] as const;
/** The clock of the database is that of the machine. */
const OPENED_THEN = "update wallets set created_at = '2026-11-01T06:00:00Z'";
const PRICE = 150_590;
const statements = () => world.first.statements;
const csvOf = async (from: string, to: string): Promise<string[][]> => {
  const { content } = await statements().csv(user.userId, user.walletId, { from, to });
  let text = '';
  for await (const piece of content) text += piece;
  return text
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split(','));
};
const at = (instant: string, wallet = user.walletId) =>
  statements().balanceAt(user.userId, wallet, new Date(instant));

test('opening and closing balance of each day, and of all', async () => {
  const days = { from: '2026-10-31', to: '2026-11-03' };
  expect(await statements().summary(user.userId, user.walletId, days)).toMatchObject({
    ...{ opening: 0, credits: 1_320_000, debits: PRICE, closing: 1_320_000 - PRICE, lines: 4 },
    days: [
      { date: '2026-10-31', opening: 0, credits: 0, debits: 0, closing: 0, lines: 0 },
      { date: '2026-11-01', opening: 0, credits: 1_020_000, debits: 0, closing: 1_020_000, lines: 2 },
      { date: '2026-11-02', opening: 1_020_000, credits: 300_000, closing: 1_320_000, lines: 1 },
      { date: '2026-11-03', opening: 1_320_000, debits: PRICE, closing: 1_320_000 - PRICE, lines: 1 },
    ],
  });
});

test('the CSV has the lines of its days, from the opening to the closing balance', async () => {
  const [head, ...lines] = await csvOf('2026-11-02', '2026-11-03');
  expect(head!.slice(0, 4)).toEqual(['date', 'time', 'line', 'what']);
  const shown = lines.map(([date, time, , what, , reference, , debit, credit, balance]) =>
    [date, time, what, reference, debit, credit, balance].join(' | '),
  );
  expect(shown).toEqual([
    '2026-11-02 |  | Opening balance |  |  |  | 10200.00',
    '2026-11-02 | 00:00:00 | Money added |  |  | 3000.00 | 13200.00',
    '2026-11-03 | 11:30:00 | Payout: paid with charges | order-1 | 1505.90 |  | 11694.10',
    '2026-11-03 |  | Closing balance |  |  |  | 11694.10',
  ]);
});

test('the list can be narrowed to days, page by page', async () => {
  const days = { from: '2026-11-01', to: '2026-11-02' };
  const first = await world.first.wallets.statement(user.userId, user.walletId, { limit: 2, ...days });
  expect(first.data.map(({ amount }) => amount)).toEqual([300_000, 20_000]);
  const cursor = first.nextCursor!;
  const more = { limit: 2, cursor, ...days };
  const second = await world.first.wallets.statement(user.userId, user.walletId, more);
  expect([second.data.map(({ amount }) => amount), second.nextCursor]).toEqual([[1_000_000], null]);
  await expect(
    world.first.wallets.statement(user.userId, user.walletId, { limit: 2, cursor }),
  ).rejects.toMatchObject({ code: 'REQUEST_FIELD_INVALID' });
});

test('what a wallet held at an instant; where it cannot be known, it is not told', async () => {
  expect((await at('2026-11-01T18:29:59.999Z')).balance).toBe(1_000_000);
  expect((await at('2026-11-01T18:30:00.000Z')).balance).toBe(1_020_000);
  expect((await at('2026-11-09T00:00:00.000Z')).balance).toBe(1_320_000 - PRICE);
  for (const [instant, why] of [
    ['2026-11-10T06:00:00.001Z', 'in the future'],
    ['2026-11-10T05:59:30.000Z', 'may not be visible yet'],
    ['2025-11-01T00:00:00.000Z', 'was opened at'],
  ] as const)
    await expect(at(instant)).rejects.toMatchObject({
      code: 'BALANCE_NOT_KNOWN',
      detail: expect.stringContaining(why),
    });
  await execute(
    world.knex,
    `insert into restores (id, kind, point, reason, begun_at, begun_by)
     values (gen_random_uuid(), 'restore', '2026-11-04T00:00Z', 'test', '2026-11-04T06:00Z', 'test')`,
  );
  await expect(at('2026-11-04T03:00:00.000Z')).rejects.toMatchObject({ code: 'BALANCE_NOT_KNOWN' });
  expect((await at('2026-11-03T23:59:59.000Z')).balance).toBe(1_320_000 - PRICE);
});

test('where clocks differ about what came first, the balance is not known, and the days stay whole', async () => {
  const other = await world.user(0n);
  for (const instant of [
    '2026-11-05T18:30:00.200Z',
    '2026-11-05T18:29:59.900Z',
    '2026-11-05T18:30:01.000Z',
  ]) {
    world.clock.set(instant);
    await fund(world.first, other.accountId, 100n);
  }
  world.clock.set('2026-11-10T06:00:00.000Z');
  await execute(world.knex, OPENED_THEN);
  const balanceAt = (instant: string) =>
    statements().balanceAt(other.userId, other.walletId, new Date(instant));
  await expect(balanceAt('2026-11-05T18:30:00.000Z')).rejects.toMatchObject({ code: 'BALANCE_NOT_KNOWN' });
  expect((await balanceAt('2026-11-05T18:30:00.500Z')).balance).toBe(200);
  const days = { from: '2026-11-05', to: '2026-11-06' };
  const told = await statements().summary(other.userId, other.walletId, days);
  expect(told.days.map(({ lines }) => lines)).toEqual([0, 3]);
  expect([told.opening, told.closing]).toEqual([0, 300]);
});

test('a boundary is found among many lines as by reading all of them', async () => {
  const { accountId } = await manyLines(2_000);
  const all = await rows<{ id: bigint; at: Date }>(
    world.knex,
    'select id, created_at as at from ledger_transfers where credit_account_id = ? order by id',
    [accountId],
  );
  for (let i = 0; i <= 2_000; i += 97) {
    const instant = new Date(all[Math.min(i, 1_999)]!.at.getTime() + (i % 3) - 1);
    const [found] = await rows<{ lineId: bigint | null }>(
      world.first.knex,
      'select line_id as "lineId" from ledger_first_line_from(?, ?)',
      [accountId, instant],
    );
    expect(found!.lineId).toBe(all.find((line) => line.at >= instant)?.id ?? null);
  }
});

test('a long statement comes in pieces, each read when it is asked for, and can be left at any time', async () => {
  const many = await manyLines(3_500);
  const days = { from: '2026-11-06', to: '2026-11-09' };
  const { content } = await statements().csv(many.userId, many.walletId, days);
  let lines = 0;
  let pieces = 0;
  for await (const piece of content) {
    lines += piece.split('\r\n').length - 1;
    pieces += 1;
  }
  expect([lines, pieces]).toEqual([3_500 + 3, 6]);
  const { content: left } = await statements().csv(many.userId, many.walletId, days);
  await left.next();
  await left.next();
  await left.return(undefined);
  const pool = (world.first.knex.client as { pool: { numUsed(): number } }).pool;
  expect(pool.numUsed()).toBe(0);
});

test('the PDF embeds a font that has the rupee sign, and is refused where it would be too long', async () => {
  const days = { from: '2026-11-01', to: '2026-11-03' };
  const { name, content } = await statements().pdf(user.userId, user.walletId, days);
  expect([name, content.subarray(0, 5).toString()]).toEqual([
    'statement-main-2026-11-01-2026-11-03.pdf',
    '%PDF-',
  ]);
  const streams = inflated(content);
  expect(streams).toMatch(/<20b9>/i);
  expect(content.toString('latin1')).toMatch(/FontFile2/);
  expect(content.toString('latin1').match(/\/Type \/Page\b/g)).toHaveLength(1);
  const many = await manyLines(5_001);
  await expect(
    statements().pdf(many.userId, many.walletId, { from: '2026-11-06', to: '2026-11-09' }),
  ).rejects.toMatchObject({ code: 'STATEMENT_TOO_LONG' });
});

test('days that are not in order are refused, and what is not theirs is not there', async () => {
  for (const [from, to] of [
    ['2026-11-02', '2026-11-01'],
    ['2025-01-01', '2026-11-01'],
  ] as const)
    await expect(csvOf(from, to)).rejects.toMatchObject({ code: 'STATEMENT_SPAN_INVALID' });
  const stranger = await world.user(0n);
  await expect(
    statements().csv(stranger.userId, user.walletId, { from: '2026-11-01', to: '2026-11-02' }),
  ).rejects.toMatchObject({ code: 'WALLET_NOT_FOUND' });
  await expect(
    statements().balanceAt(stranger.userId, user.walletId, new Date('2026-11-02T00:00:00Z')),
  ).rejects.toMatchObject({ code: 'WALLET_NOT_FOUND' });
});

/** A user whose wallet has got as many paise, one each second from the beginning of 6 November in India. */
async function manyLines(count: number): Promise<AppUser> {
  const owner = await world.user(0n);
  await execute(
    world.knex,
    `insert into ledger_transfers (journal_id, line, debit_account_id, credit_account_id, amount_paise, code,
        debit_balance_after, credit_balance_after, created_at)
      select gen_random_uuid(), 0, b.id, :account, 1, 'funding', b.credits_paise - b.debits_paise - n, n,
        '2026-11-05T18:30:00Z'::timestamptz + n * interval '1 second'
      from ledger_accounts b, generate_series(1, :count::int) n where b.code = :bank order by n`,
    { account: owner.accountId, count, bank: 'bank:escrow' },
  );
  return owner;
}

/** What the compressed parts of a PDF say. */
function inflated(pdf: Buffer): string {
  let text = '';
  for (let from = pdf.indexOf('stream\n'); from !== -1; from = pdf.indexOf('stream\n', from + 7)) {
    if (pdf.subarray(from - 3, from).toString() === 'end') continue;
    try {
      text += zlib
        .inflateSync(pdf.subarray(from + 7), { finishFlush: zlib.constants.Z_SYNC_FLUSH })
        .toString('latin1');
    } catch {
      // a part that is not compressed
    }
  }
  return text;
}
