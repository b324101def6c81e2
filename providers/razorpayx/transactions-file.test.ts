/** The movements of an account as a file: pages or items, fees in the debit or beside it, and what is refused. */
import { UnreadableLine, type ReportLine } from '../../domain/reconciliation/format';
import { RAZORPAYX_TRANSACTIONS } from './transactions-file';

const item = (over: object, source: object): object => ({
  ...{ id: 'txn_00000000000001', entity: 'transaction', account_number: '000111222333', currency: 'INR' },
  ...{ amount: 100_000, credit: 0, debit: 100_000, balance: 900_000, created_at: 1_795_800_600 },
  ...over,
  source,
});
const PAYOUT = {
  ...{ id: 'pout_00000000000001', entity: 'payout', fund_account_id: 'fa_00000000000001', amount: 100_000 },
  ...{ fees: 354, tax: 54, status: 'processed', utr: '000123456789' },
};

async function read(text: string): Promise<ReportLine[]> {
  async function* bytes(): AsyncGenerator<Buffer> {
    await Promise.resolve();
    yield Buffer.from(text.slice(0, 50));
    yield Buffer.from(text.slice(50));
  }
  const lines: ReportLine[] = [];
  for await (const line of RAZORPAYX_TRANSACTIONS.read(bytes(), undefined)) lines.push(line);
  return lines;
}
const refusal = (text: string): Promise<string> =>
  read(text).then(
    () => 'taken',
    (error: unknown) => (error instanceof UnreadableLine ? error.message : String(error)),
  );

test('a debit without its fees, with its fees, what came back, and what Razorpay collects', async () => {
  const reversal = {
    id: 'rvrsl_1',
    entity: 'reversal',
    payout_id: PAYOUT.id,
    amount: 100_000,
    fees: 354,
    tax: 54,
  };
  const { fund_account_id: _none, ...collected } = PAYOUT;
  const page = {
    entity: 'collection',
    count: 3,
    items: [
      item({ id: 'txn_00000000000002', debit: 100_354, amount: 100_354 }, PAYOUT),
      item({ id: 'txn_00000000000003', debit: 0, credit: 100_354 }, reversal),
      item(
        { id: 'txn_00000000000004', debit: 1_062, amount: 1_062 },
        { ...collected, amount: 1_062, fees: 0, tax: 0 },
      ),
    ],
  };
  const lines = await read(`${JSON.stringify(item({}, PAYOUT))}\n${JSON.stringify(page)}\n`);
  expect(
    lines.map(({ part, kind, amountPaise, feePaise, providerReference }) => [
      part,
      kind,
      amountPaise,
      feePaise,
      providerReference,
    ]),
  ).toEqual([
    ['payment', 'succeeded', 100_000n, undefined, PAYOUT.id],
    ['payment', 'succeeded', 100_000n, 354n, PAYOUT.id],
    ['return', 'reversed', 100_000n, 354n, PAYOUT.id],
    ['fees', 'succeeded', 1_062n, undefined, PAYOUT.id],
  ]);
  expect(new Set(lines.map(({ key }) => key)).size).toBe(4);
});

test.each([
  ['no JSON', 'id,amount\n', 'line 1: it is not one JSON text'],
  [
    'half a paisa',
    JSON.stringify(item({ debit: 1.5 }, PAYOUT)),
    'line 1: an item breaks the contract in debit',
  ],
  [
    'beyond exact numbers',
    JSON.stringify(item({ debit: 1e21 }, PAYOUT)),
    'line 1: an item breaks the contract in debit',
  ],
  [
    'two accounts',
    `${JSON.stringify(item({}, PAYOUT))}\n${JSON.stringify(item({ account_number: '999' }, PAYOUT))}`,
    'line 2: it holds items of several accounts',
  ],
])('%s is refused with its line', async (_what, text, message) => {
  expect(await refusal(text)).toContain(message);
});
