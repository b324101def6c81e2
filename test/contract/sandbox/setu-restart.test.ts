/**
 * Setu's products after a restart and after kills under load: everything that was answered is there, nothing
 * is there twice, and the wallet adds up.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startSandbox } from '../../../sandbox/app';
import {
  compileSandbox,
  sandboxEnvironment,
  sandboxOptions,
  spawnSandbox,
  type SandboxProcess,
} from '../../support/sandbox';
import { until } from '../../support/until';
import {
  billsOf,
  createSetuClient,
  fetchBody,
  fetched,
  payBill,
  paymentBody,
  paymentStatus,
  rechargeBody,
  referenceOf,
  SETU,
  setuConfig,
  startSetuReceiver,
  startTestSetu,
  type Body,
  type SetuClient,
} from '../../support/setu';

const PAY = '/api/v2/bbps/bills/payment/request';

const environment = (dir: string, url: string): Record<string, string> => ({
  ...sandboxEnvironment(dir, url),
  MUNIM_SETU_BILLPAY_CLIENT_ID: SETU.billpay.clientId,
  MUNIM_SETU_BILLPAY_SECRET: SETU.billpay.secret,
  MUNIM_SETU_PARTNER_ID: SETU.billpay.partnerId,
  MUNIM_SANDBOX_SETU_BILLPAY_CALLBACK_URL: `${url}/billpay`,
  MUNIM_SETU_RECHARGE_CLIENT_ID: SETU.recharge.clientId,
  MUNIM_SETU_RECHARGE_SECRET: SETU.recharge.secret,
  MUNIM_SETU_PRODUCT_INSTANCE_ID: SETU.recharge.productInstanceId,
  MUNIM_SANDBOX_SETU_RECHARGE_CALLBACK_URL: `${url}/recharge`,
});

const running: SandboxProcess[] = [];
const start = async (main: string, env: Record<string, string>): Promise<SandboxProcess> => {
  const sandbox = await spawnSandbox(main, env);
  running.push(sandbox);
  return sandbox;
};
afterEach(async () => {
  await Promise.all(running.splice(0).map((sandbox) => sandbox.kill('SIGKILL')));
});

interface Attempt {
  body: Body;
  transactionRefId?: unknown;
}

/** Eight callers that send recharges until the sandbox is gone. */
function load(client: SetuClient): { attempts: Attempt[]; done: Promise<unknown> } {
  const attempts: Attempt[] = [];
  const caller = async (): Promise<void> => {
    for (;;) {
      const attempt: Attempt = { body: rechargeBody('0000') };
      attempts.push(attempt);
      const answer = await client
        .recharge('POST', '/recharge/request', attempt.body, { timeoutMs: 2_000 })
        .catch(() => undefined);
      if (answer === undefined) return;
      attempt.transactionRefId = answer.body.data.transactionRefId;
    }
  };
  return { attempts, done: Promise.all(Array.from({ length: 8 }, caller)) };
}

it('keeps the settings that were changed through a kill', async () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-setu-process-'));
  const main = compileSandbox(root);
  const dir = path.join(root, 'book');
  const env = environment(dir, 'http://127.0.0.1:9/nowhere');
  const first = await start(main, env);
  const before = createSetuClient(first.url);
  const { body: defaults } = await before.control('GET', '/settings');
  await before.control('POST', '/settings', { cool_off_ms: 0, wallet_balance_on: false });
  const { body: changed } = await before.control('POST', '/settings', { low_balance_paise: 4_200 });
  expect(changed).toEqual({
    ...defaults,
    cool_off_ms: 0,
    wallet_balance_on: false,
    low_balance_paise: 4_200,
  });
  await before.close();
  await first.kill('SIGKILL');

  const second = await start(main, env);
  const after = createSetuClient(second.url);
  expect((await after.control('GET', '/settings')).body).toEqual(changed);
  await after.login('recharge');
  expect((await after.recharge('GET', '/wallet/balance')).body).toMatchObject({ error: { code: 'ERR012' } });
  await after.close();
  await second.kill('SIGKILL');
  fs.rmSync(root, { recursive: true, force: true });
});

it('keeps what it answered through two kills under load', async () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-setu-process-'));
  const main = compileSandbox(root);
  const receiver = await startSetuReceiver();
  const dir = path.join(root, 'book');
  const attempts: Attempt[] = [];
  for (let round = 0; round < 2; round += 1) {
    const sandbox = await start(main, environment(dir, receiver.url));
    const client = createSetuClient(sandbox.url);
    await client.login('recharge');
    const work = load(client);
    await until(
      () => work.attempts.filter((a) => a.transactionRefId !== undefined).length,
      (n) => n >= 100 + round * 33,
    );
    await sandbox.kill('SIGKILL');
    await work.done;
    await client.close();
    attempts.push(...work.attempts);
  }
  const sandbox = await start(main, environment(dir, receiver.url));
  const client = createSetuClient(sandbox.url);
  const unanswered = attempts.filter((a) => a.transactionRefId === undefined);
  expect(unanswered.length).toBeGreaterThan(0);
  for (const { body, transactionRefId } of attempts) {
    const again = await client.recharge('POST', '/recharge/request', body);
    const {
      body: { data },
    } = await client.recharge('POST', '/recharge/status', { paymentRefId: referenceOf(body) });
    expect([
      again.status === 500 || transactionRefId === undefined,
      data.status,
      data.transactionRefId,
    ]).toEqual([true, 'Successful', transactionRefId ?? data.transactionRefId]);
  }
  const { body: book } = await client.control('GET', '/recharge/book/summary');
  expect(book).toMatchObject({
    payments: attempts.length,
    balance_paise: 1_000_000_000_000 - attempts.length * 19_900,
  });
  await until(
    async () => (await client.control('GET', '/webhooks')).body.pending,
    (pending) => pending === 0,
  );
  const callbacks = new Set(receiver.received.map((r) => r.body.transactionRefId));
  expect(callbacks.size).toBe(attempts.length);
  await client.close();
  await sandbox.kill('SIGTERM');
  await receiver.close();
  fs.rmSync(root, { recursive: true, force: true });
});

it('gives the folder back when the book of Setu is damaged', async () => {
  const own = await startTestSetu();
  await own.sandbox.close();
  const file = `${own.dir}/setu.jsonl`;
  const good = fs.readFileSync(file, 'utf8');
  fs.writeFileSync(file, `nonsense\n${good}`);
  const options = { ...sandboxOptions(own.dir, own.receiver.url), setu: setuConfig(own.receiver.url) };
  await expect(startSandbox(options)).rejects.toThrow(/damaged at byte 0/);
  fs.writeFileSync(file, good);
  const again = await startSandbox(options);
  await again.close();
  await own.close();
});

it('forgets nothing at a restart: rows, references, wallets, steps under way, refused requests, callbacks owed', async () => {
  const own = await startTestSetu({ slowMs: 1_500 });
  own.receiver.answer = () => 503;
  const slow = await payBill(own.client, '3333');
  const done = await payBill(own.client, '0000');
  await until(
    () => paymentStatus(own.client, done.answer.body.data.refId),
    (seen) => seen.status === 'Success',
  );
  const refusedData = await fetched(own.client, fetchBody('7777'));
  const refused = paymentBody(refusedData.refId, billsOf(refusedData)[0]!.amount);
  expect((await own.client.billpay('POST', PAY, refused)).status).toBe(500);
  const reversed = rechargeBody('4444');
  const first = await own.client.recharge('POST', '/recharge/request', reversed);
  const book = await own.client.control('GET', '/billpay/book/summary');
  await own.client.close();
  await own.sandbox.close();
  // as a kill during a write leaves it
  fs.appendFileSync(`${own.dir}/setu.jsonl`, '{"t":"add","kind":"payment","n":999,"at');

  own.receiver.answer = () => 200;
  const again = await startSandbox({
    ...sandboxOptions(own.dir, own.receiver.url),
    slowMs: 100,
    setu: setuConfig(own.receiver.url, { openingBalancePaise: 5n }),
  });
  const client = createSetuClient(again.url);
  expect((await client.control('GET', '/billpay/book/summary')).body).toMatchObject({
    payments: book.body.payments,
    debits_paise: book.body.debits_paise,
    references_refused_and_not_booked: 1,
  });
  expect((await client.billpay('POST', PAY, done.request)).status).toBe(409);
  expect(await paymentStatus(client, done.answer.body.data.refId)).toMatchObject({ status: 'Success' });
  expect((await client.billpay('POST', PAY, refused)).status).toBe(200);
  await until(
    () => paymentStatus(client, slow.answer.body.data.refId),
    (seen) => seen.status === 'Failure',
  );
  await until(
    async () =>
      (await client.recharge('POST', '/recharge/status', { paymentRefId: referenceOf(reversed) })).body.data
        .error,
    (error) => error === 'Transaction reversed by operator',
  );
  await until(
    async () => (await client.control('GET', '/webhooks')).body.pending,
    (pending) => pending === 0,
  );
  const callbacks = own.receiver.received.filter(
    (r) => r.body.event === 'BILL_PAY' && r.body.data.refId === done.answer.body.data.refId,
  );
  expect(callbacks.length).toBeGreaterThanOrEqual(2);
  expect(new Set(callbacks.map((r) => r.raw)).size).toBe(1);
  expect(
    own.receiver.received.some(
      (r) =>
        r.path === '/recharge/payment/reversal' &&
        r.body.transactionRefId === first.body.data.transactionRefId,
    ),
  ).toBe(true);
  expect((await client.control('GET', '/recharge/book/summary')).body).toMatchObject({ net_debit_paise: 0 });
  await client.close();
  await again.close();
  await own.receiver.close();
  fs.rmSync(own.dir, { recursive: true, force: true });
});
