/** The connector with a current account, against the sandbox: balance, fees that are owed, failure for the balance. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import type { Connector } from '../../../domain/connectors';
import type { PayoutInstruction } from '../../../domain/payouts/port';
import type { StatementLine } from '../../../domain/provider/provider';
import { createRazorpayxConnector } from '../../../providers/razorpayx/connector';
import { startSandbox, type Sandbox } from '../../../sandbox/app';
import { beneficiary, KEYS, until } from '../../support/razorpayx-connected';

const CURRENT = { ...KEYS, accountType: 'current_account' as const };
let sandbox: Sandbox;
let connector: Connector;
let dir: string;

const connect = (over: Partial<Parameters<typeof createRazorpayxConnector>[0]> = {}): Connector =>
  createRazorpayxConnector({
    ...CURRENT,
    baseUrl: `${sandbox.url}/v1`,
    timeouts: { connectMs: 10_000, totalMs: 10_000 },
    sleep: async () => undefined,
    ...over,
  });

beforeEach(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-account-'));
  sandbox = await startSandbox({
    host: '127.0.0.1',
    port: 0,
    dir,
    ...CURRENT,
    callbackUrl: 'http://127.0.0.1:9/callbacks/razorpayx',
    openingBalancePaise: 1_000_000n,
    delayMs: 0,
    slowMs: 100,
  });
  connector = connect();
});
afterEach(async () => {
  await connector.close();
  await sandbox.close();
  fs.rmSync(dir, { recursive: true, force: true });
});

async function control(route: string, body: object): Promise<void> {
  const res = await fetch(`${sandbox.url}/__sandbox${route}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(res.ok).toBe(true);
}
async function instruct(amountPaise: bigint): Promise<PayoutInstruction> {
  const registered = await connector.payout!.registerBeneficiary(beneficiary('0000'));
  if (!registered.ok) throw new Error(registered.outcome.rawStatus);
  return {
    ourReference: randomUUID(),
    idempotencyKey: randomUUID(),
    amountPaise,
    currency: 'INR',
    mode: 'IMPS',
    narration: null,
    refs: registered.refs,
  };
}
const send = (instruction: PayoutInstruction): ReturnType<NonNullable<Connector['payout']>['send']> =>
  connector.payout!.send(instruction, connector.payout!.prepare(instruction));
const outcome = (instruction: PayoutInstruction, kind: string) =>
  until(async () => {
    const answer = await connector.payout!.inquire({ ourReference: instruction.ourReference });
    return answer.kind === kind ? answer : undefined;
  }, kind);

test('the balance is that of our account, with the time of its refresh', async () => {
  const before = Date.now();
  const balance = await connector.balance!();
  expect(balance).toEqual({
    amountPaise: 1_000_000n,
    availablePaise: 1_000_000n,
    refreshedAt: expect.any(Date),
  });
  expect(Math.abs(balance.refreshedAt.getTime() - before)).toBeLessThan(60_000);
});

test('an account of another type is not among the balances, and an overloaded provider is left alone for a while', async () => {
  const lite = connect({ accountType: 'razorpayx_lite' });
  await expect(lite.balance!()).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  await lite.close();
  await control('/faults', { status: 429, retry_after_s: 0, path: '/v1/banking_balances', times: 1 });
  await expect(connector.balance!()).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  await until(() => connector.balance!().catch(() => undefined), 'the end of the pause');
});

test('the fee of a payout is owed, and its line debits the amount alone', async () => {
  const instruction = await instruct(150_000n);
  await send(instruction);
  expect(await outcome(instruction, 'succeeded')).toMatchObject({
    providerFeePaise: 300n,
    providerTaxPaise: 54n,
    isProviderFeeOwed: true,
  });
  const lines: StatementLine[] = [];
  const now = Date.now();
  for await (const line of connector.statement!(new Date(now - 60_000), new Date(now + 60_000)))
    lines.push(line);
  expect(lines.at(-1)).toMatchObject({ debitPaise: 150_000n, balancePaise: 850_000n, sourceKind: 'payout' });
});

test('a payout that the bank refuses for our balance failed through no fault of the customer', async () => {
  await control('/account', { refresh_ms: 3_600_000 });
  await control('/withdrawals', { amount_paise: 900_000 });
  const instruction = await instruct(150_000n);
  expect(await send(instruction)).toMatchObject({ kind: 'pending', rawReason: 'payout_bank_processing' });
  expect(await outcome(instruction, 'failed')).toMatchObject({
    isShortOfFunds: true,
    rawReason: 'insufficient_funds',
  });
});

test('one that is queued for a floor waits, whatever the balance says', async () => {
  await control('/account', { threshold_paise: 950_000 });
  const instruction = await instruct(150_000n);
  expect(await send(instruction)).toMatchObject({
    kind: 'pending',
    rawStatus: 'queued',
    rawReason: 'low_balance',
  });
  await control('/account', { threshold_paise: 0 });
  expect(await outcome(instruction, 'succeeded')).toBeDefined();
});

test('an unknown type of account is refused at the start', () => {
  expect(() => connect({ accountType: 'savings' })).toThrow('the type of the account is not known');
});
