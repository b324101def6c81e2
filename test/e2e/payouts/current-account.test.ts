/**
 * A day of payouts from a current account, with the sandbox in that profile: they succeed, queue for the balance and
 * for a floor, fail for the balance, fail at the bank, come back, and their fees are collected at its end. Then the
 * sandbox's statement and our ledger say the same, payout by payout and in the balance.
 */
import { fundsProposal, type FundsRequest } from '../../../domain/funds/funds';
import type { StatementLine } from '../../../domain/provider/provider';
import { verifyTables } from '../../../domain/verification/verify';
import { rows } from '../../../platform/database';
import { parsePublicId } from '../../../platform/ids';
import { assertCleanBooks } from '../../support/books';
import { createStaff, type Staff } from '../../support/operations';
import { startPlatform, type Platform } from '../../support/platform';
import { until } from '../../support/until';

const OPENING_PAISE = 600_000n;
const HOUR_MS = 3_600_000;
let p: Platform;
let staff: Staff;
let apiKey: string;
let startedAt: Date;

beforeAll(async () => {
  startedAt = new Date();
  p = await startPlatform({
    sandbox: { accountType: 'current_account', openingBalancePaise: OPENING_PAISE, slowMs: 300 },
  });
  staff = await createStaff(p.c);
  ({ apiKey } = await p.user(1_000_000_000n));
  await book({ action: 'float.opening', amountPaise: OPENING_PAISE, reference: 'OPENING' });
});
afterAll(async () => {
  staff.close();
  await p.close();
});

/** By the word of two persons. */
async function book(
  over: Partial<FundsRequest> & Pick<FundsRequest, 'action' | 'amountPaise'>,
): Promise<void> {
  const proposal = fundsProposal({
    provider: 'razorpayx',
    bank: 'escrow',
    reference: 'LINE-0001',
    reason: 'a line of the statement',
    evidence: 'the statement of the day',
    ...over,
  });
  const { id } = await staff.operations.approvals.propose(proposal, staff.asha);
  await staff.operations.approvals.approve(id, staff.ravi);
}
async function control(route: string, body?: object): Promise<Record<string, number>> {
  const res = await fetch(`${p.sandbox.url}/__sandbox${route}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(res.status).toBe(200);
  return (await res.json()) as Record<string, number>;
}
async function pay(ending: string, amount = 150_000): Promise<string> {
  const accepted = await p.payout(apiKey, ending, { amount });
  expect(accepted.status).toBe(202);
  return accepted.body.id as string;
}
const shown = async (id: string): Promise<Record<string, unknown>> =>
  (await p.call('GET', `/v1/transactions/${id}`, { key: apiKey })).body;
const becomes = (id: string, status: string): Promise<unknown> =>
  until(
    () => shown(id),
    (t) => t.status === status,
  );
async function statement(): Promise<StatementLine[]> {
  const lines: StatementLine[] = [];
  const provider = p.c.providers.get('razorpayx');
  const [from, to] = [new Date(startedAt.getTime() - 5_000), new Date(Date.now() + 5_000)];
  for await (const line of provider.statement!(from, to)) lines.push(line);
  return lines;
}
async function accountPaise(code: string): Promise<bigint> {
  const [found] = await rows<{ paise: bigint }>(
    p.c.knex,
    'select debits_paise - credits_paise as paise from ledger_accounts where code = ?',
    [code],
  );
  return found?.paise ?? 0n;
}

/** What left our float for a payout, and the ids under which the provider has it. */
interface Moved {
  floatPaise: bigint;
  references: string[];
}
async function moved(id: string): Promise<Moved> {
  const [found] = await rows<Moved>(
    p.c.knex,
    `select coalesce((select sum(case f.id when l.credit_account_id then l.amount_paise
          when l.debit_account_id then -l.amount_paise end) from ledger_transfers l
        where l.transaction_id = t.id and f.id in (l.credit_account_id, l.debit_account_id)), 0)::int8 as "floatPaise",
      coalesce((select array_agg(a.our_reference order by a.attempt_no) from dispatch_attempts a
        where a.transaction_id = t.id), '{}') as "references"
    from transactions t, ledger_accounts f where t.id = ? and f.code = 'float:razorpayx'`,
    [parsePublicId('transaction', id)],
  );
  return found!;
}

test('after a day of payouts that queue, fail for the balance, return and reverse, the books equal the provider’s', async () => {
  const ends = new Map<string, string>();
  const pays = async (ending: string, status: string): Promise<string> => {
    const id = await pay(ending);
    ends.set(id, status);
    return id;
  };

  // What succeeds, what the bank refuses, and what it fails after it has taken the money.
  const paid = [await pays('0000', 'SUCCESS'), await pays('2222', 'SUCCESS')];
  await pays('1111', 'FAILED');
  await Promise.all([...ends].map(([id, status]) => becomes(id, status)));
  await control('/account', { debit_before_failure: true });
  const failedLate = await pays('3333', 'FAILED');
  await becomes(failedLate, 'FAILED');
  await until(async () => (await control('/book/summary')).balance_paise === 300_000);
  const returned = await pays('4444', 'REVERSED');
  await becomes(returned, 'REVERSED');

  // Queued for a low balance, until money is added.
  const queued = await pay('0000', 400_000);
  ends.set(queued, 'SUCCESS');
  await until(async () => (await shown(queued)).status_reason === 'PROVIDER_FUNDS_SHORT');
  await control('/deposits', { amount_paise: 200_000 });
  await book({ action: 'float.top_up', amountPaise: 200_000n, reference: 'NEFT-0001' });
  await becomes(queued, 'SUCCESS');

  // Queued for a floor, although the money is there.
  await control('/account', { threshold_paise: 90_000 });
  const floored = await pay('0000', 30_000);
  ends.set(floored, 'SUCCESS');
  await until(async () => (await shown(floored)).status_reason === 'PROVIDER_FUNDS_SHORT');
  expect((await p.c.providers.get('razorpayx').balance!()).availablePaise).toBe(100_000n);
  await control('/account', { threshold_paise: 0 });
  await becomes(floored, 'SUCCESS');

  // Failed for the balance: the bank has less than Razorpay believes. The customer's payout waits, and goes.
  await control('/account', { refresh_ms: HOUR_MS });
  await control('/withdrawals', { amount_paise: 60_000 });
  await book({ action: 'float.withdrawal', amountPaise: 60_000n, reference: 'CHEQUE-0001' });
  const short = await pay('0000', 50_000);
  ends.set(short, 'SUCCESS');
  await until(async () => (await moved(short)).references.length >= 2);
  expect(await shown(short)).toMatchObject({ status: 'PENDING' });
  await control('/deposits', { amount_paise: 500_000 });
  await book({ action: 'float.top_up', amountPaise: 500_000n, reference: 'NEFT-0002' });
  await control('/account/refresh', {});
  await becomes(short, 'SUCCESS');

  // The fees of the day.
  const feesPaise = BigInt((await control('/account')).fees_due_paise!);
  expect(feesPaise).toBe(5n * 354n);
  expect(await accountPaise('owed:fees:razorpayx')).toBe(-feesPaise);
  const before = await accountPaise('float:razorpayx');
  expect((await statement()).at(-1)!.balancePaise).toBe(before);
  await control('/fees/collect', {});
  const collected = (await statement()).at(-1)!;
  await book({ action: 'float.fees', amountPaise: collected.debitPaise, reference: collected.id });

  const lines = await statement();
  expect(lines.at(-1)!.balancePaise).toBe(await accountPaise('float:razorpayx'));
  expect(await accountPaise('owed:fees:razorpayx')).toBe(0n);

  // Payout by payout.
  const unexplained = new Set(lines.map(({ id }) => id));
  for (const [id, status] of ends) {
    expect(await shown(id)).toMatchObject({ status });
    const { floatPaise, references } = await moved(id);
    const { items } = (await control(`/book/payouts?reference_ids=${references.join(',')}`)) as unknown as {
      items: { id: string; status: string; net_debit_paise: number }[];
    };
    expect(items).toHaveLength(references.length);
    expect(items.filter(({ net_debit_paise: net }) => net !== 0)).toHaveLength(status === 'SUCCESS' ? 1 : 0);
    // The sandbox names a credit by the reversal, not by the payout: its book says what came back.
    expect(items.reduce((sum, item) => sum + BigInt(item.net_debit_paise), 0n)).toBe(floatPaise);
    const debits = lines.filter(({ sourceId }) => items.some((item) => item.id === sourceId));
    expect(debits.length).toBeLessThanOrEqual(1); // a payout that failed for the balance has none
    for (const line of debits) unexplained.delete(line.id);
  }
  const others = lines.filter(({ id }) => unexplained.has(id));
  expect(others.filter(({ sourceKind }) => sourceKind === 'payout').map(({ id }) => id)).toEqual([
    collected.id,
  ]);
  expect(others.filter(({ sourceKind }) => sourceKind === 'reversal')).toHaveLength(2);
  expect(others.filter(({ sourceKind }) => sourceKind === 'bank_transfer')).toHaveLength(4);
  expect((await moved(short)).references.length).toBeGreaterThanOrEqual(2);
  expect(paid.every((id) => ends.has(id))).toBe(true);

  await assertCleanBooks(p.c.knex);
  const findings = await p.c.knex.transaction((trx) => verifyTables(trx, {}));
  expect(findings.filter(({ result }) => (result?.violations ?? 0) > 0)).toEqual([]);
});
