/**
 * The sandbox as a process of its own. Killed under load, it has kept everything that it answered, does
 * nothing twice, and sends the callbacks that it still owes.
 */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  ACCOUNT,
  compileSandbox,
  createClient,
  sandboxEnvironment,
  spawnSandbox,
  startReceiver,
  type Client,
  type Receiver,
  type SandboxProcess,
} from '../../support/sandbox';
import { until } from '../../support/until';

let root: string;
let main: string;
let dir: string;
let receiver: Receiver;
const running: SandboxProcess[] = [];
const clients: Client[] = [];

beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-sandbox-process-'));
  main = compileSandbox(root);
});
afterAll(() => {
  fs.rmSync(root, { recursive: true, force: true });
});
beforeEach(async () => {
  dir = fs.mkdtempSync(path.join(root, 'book-'));
  receiver = await startReceiver();
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await Promise.all(running.splice(0).map((sandbox) => sandbox.kill('SIGKILL')));
  await receiver.close();
});

async function start(env: Record<string, string> = {}): Promise<{ sandbox: SandboxProcess; client: Client }> {
  const sandbox = await spawnSandbox(main, { ...sandboxEnvironment(dir, receiver.url), ...env });
  const client = createClient(sandbox.url);
  running.push(sandbox);
  clients.push(client);
  return { sandbox, client };
}

interface Attempt {
  key: string;
  fields: { fund_account_id: string; reference_id: string; amount: number };
  id?: string;
}

/** Sends payouts from sixteen callers until it is stopped. An attempt without an id got no answer. */
function load(client: Client, fundAccount: string): { attempts: Attempt[]; stop(): Promise<void> } {
  const attempts: Attempt[] = [];
  const work = { stopped: false };
  const caller = async (): Promise<void> => {
    while (!work.stopped) {
      const attempt: Attempt = {
        key: randomUUID(),
        fields: {
          fund_account_id: fundAccount,
          reference_id: randomUUID(),
          amount: 100_000 + attempts.length,
        },
      };
      attempts.push(attempt);
      const answer = await client.payout(attempt.fields, attempt.key, 2_000).catch(() => undefined);
      if (answer === undefined) return;
      expect(answer.status).toBe(200);
      attempt.id = String(answer.body.id);
    }
  };
  const callers = Promise.all(Array.from({ length: 16 }, caller));
  return {
    attempts,
    async stop() {
      work.stopped = true;
      await callers;
    },
  };
}

async function allPayouts(client: Client): Promise<Record<string, unknown>[]> {
  const all: Record<string, unknown>[] = [];
  for (let after: unknown = -1; ;) {
    const { body } = await client.request(
      'GET',
      `/__sandbox/book/payouts?limit=1000${after === -1 ? '' : `&after=${JSON.stringify(after)}`}`,
    );
    all.push(...body.items!);
    if (body.next_after === null) return all;
    after = body.next_after;
  }
}

it('keeps book, idempotency and owed callbacks through three kills under load', async () => {
  // so that some callbacks are waiting for a retry at every kill
  receiver.answer = () => (Math.random() < 0.3 ? 500 : 200);
  const attempts: Attempt[] = [];
  let fundAccount = '';
  for (let round = 0; round < 3; round += 1) {
    const { sandbox, client } = await start();
    fundAccount = await client.fundAccount('0000');
    const work = load(client, fundAccount);
    await until(
      () => work.attempts.filter((a) => a.id !== undefined).length,
      (n) => n >= 150 + round * 37,
    );
    await sandbox.kill('SIGKILL');
    await work.stop();
    attempts.push(...work.attempts);
    if (round === 1)
      // as a kill during a write leaves it
      fs.appendFileSync(path.join(dir, 'razorpayx.jsonl'), '{"t":"payout","n":99999,"key":"torn');
  }
  receiver.answer = () => 200;
  const { client } = await start();
  expect(await client.fundAccount('0000')).toBe(fundAccount);

  const unanswered = attempts.filter((a) => a.id === undefined);
  expect(unanswered.length).toBeGreaterThan(0);
  for (const attempt of attempts) {
    const again = await client.payout(attempt.fields, attempt.key);
    expect(again.status).toBe(200);
    expect(again.body.id).toBe(attempt.id ?? again.body.id);
  }
  const { body: book } = await until(
    () => client.request('GET', '/__sandbox/book/summary'),
    ({ body }) => (body.by_status as { processed: { count: number } }).processed.count === attempts.length,
  );
  const sum = attempts.reduce((total, a) => total + a.fields.amount + 354, 0);
  expect(book).toMatchObject({
    payouts: attempts.length,
    debits_paise: sum,
    balance_paise: 1_000_000_000_000 - sum,
  });

  const payouts = await allPayouts(client);
  expect(new Set(payouts.map((p) => p.reference_id)).size).toBe(attempts.length);
  expect(payouts.every((p) => p.status === 'processed' && (p.body_sha256 as string[]).length === 1)).toBe(
    true,
  );

  await until(
    async () => (await client.request('GET', '/__sandbox/webhooks')).body.pending,
    (pending) => pending === 0,
  );
  const reported = new Set(receiver.received.map((r) => r.body.payload.payout.entity.id));
  expect(payouts.filter((p) => !reported.has(p.id))).toEqual([]);
  const eventIds = new Map<string, unknown>();
  for (const { eventId, raw } of receiver.received)
    expect(eventIds.set(eventId, eventIds.get(eventId) ?? raw).get(eventId)).toBe(raw);
});

it('goes on after a kill with what was under way: slow steps, the refused key of 7777, queued payouts', async () => {
  const first = await start({
    MUNIM_SANDBOX_SLOW_MS: '1500',
    MUNIM_SANDBOX_OPENING_BALANCE_PAISE: '10000000',
  });
  const send = (client: Client, ending: string, key: string, more: object = {}) =>
    client
      .fundAccount(ending)
      .then((fundAccount) =>
        client.payout(
          { fund_account_id: fundAccount, reference_id: `ref ${ending} ${key.slice(0, 8)}`, ...more },
          key,
        ),
      );
  const [slow, refused, reversed, queued] = Array.from({ length: 4 }, () => randomUUID()) as [
    string,
    string,
    string,
    string,
  ];
  const slowPayout = await send(first.client, '3333', slow);
  const reversedPayout = await send(first.client, '4444', reversed);
  expect((await send(first.client, '7777', refused)).status).toBe(500);
  const queuedPayout = await send(first.client, '0000', queued, {
    amount: 40_000_000,
    queue_if_low_balance: true,
  });
  expect(queuedPayout.body.status).toBe('queued');
  await until(
    () => receiver.received.length,
    (n) => n === 1,
  ); // 4444 is processed
  await first.sandbox.kill('SIGKILL');

  const { client } = await start();
  expect((await send(client, '7777', refused)).body.status).toBe('processing');
  const statusOf = async (id: unknown) =>
    (await client.request('GET', `/v1/payouts/${String(id)}`)).body.status;
  await until(
    () => statusOf(slowPayout.body.id),
    (status) => status === 'failed',
  );
  await until(
    () => statusOf(reversedPayout.body.id),
    (status) => status === 'reversed',
  );
  expect(await statusOf(queuedPayout.body.id)).toBe('queued');
  await client.request('POST', '/__sandbox/deposits', { body: { amount_paise: 40_000_000 } });
  await until(
    () => statusOf(queuedPayout.body.id),
    (status) => status === 'processed',
  );
  // A callback delivered just before the kill may be repeated; events are identified by their ids.
  const events = (): string[] =>
    [...new Map(receiver.received.map((r) => [r.eventId, r.event])).values()].toSorted();
  await until(
    events,
    (seen) =>
      seen.join() === 'payout.failed,payout.processed,payout.processed,payout.processed,payout.reversed',
  );
});

it('keeps the settings that were changed through a kill, and takes the others from the environment', async () => {
  const first = await start({ MUNIM_SANDBOX_SLOW_MS: '1500' });
  const settings = (client: Client, body?: object) =>
    client
      .request(body === undefined ? 'GET' : 'POST', '/__sandbox/settings', { body })
      .then((answer) => answer.body);
  await settings(first.client, { delay_ms: 70, callbacks_on: false });
  expect(await settings(first.client, { delay_ms: 90 })).toEqual({
    delay_ms: 90,
    slow_ms: 1_500,
    callbacks_on: false,
  });
  await first.sandbox.kill('SIGKILL');

  const second = await start({ MUNIM_SANDBOX_DELAY_MS: '10' });
  expect(await settings(second.client)).toEqual({ delay_ms: 90, slow_ms: 300, callbacks_on: false });
  const { body } = await second.client.payout({ fund_account_id: await second.client.fundAccount('0000') });
  await until(
    async () => (await second.client.request('GET', `/v1/payouts/${String(body.id)}`)).body.status,
    (status) => status === 'processed',
  );
  expect((await second.client.request('GET', '/__sandbox/webhooks')).body).toMatchObject({
    pending: 0,
    delivered: 0,
  });
});

it('stops on SIGTERM, drops the callers that wait for nothing, and names no account number in its log', async () => {
  const { sandbox, client } = await start();
  const hanging = client.payout({ fund_account_id: await client.fundAccount('5555') }, randomUUID(), 60_000);
  hanging.catch(() => undefined);
  await client.payout({ fund_account_id: await client.fundAccount('0000') });
  await until(
    async () => (await client.request('GET', '/__sandbox/book/summary')).body.payouts,
    (n) => n === 2,
  );
  expect(await sandbox.kill('SIGTERM')).toBe(0);
  await expect(hanging).rejects.toThrow(/closed|reset|hang up/i);
  expect(sandbox.output()).toContain('sandbox ready');
  expect(sandbox.output()).not.toMatch(/76543215555|76543210000/);
  expect(sandbox.output()).not.toContain(ACCOUNT);
  const mode = fs.statSync(path.join(dir, 'razorpayx.jsonl')).mode & 0o777;
  expect(mode).toBe(0o600);
});

it('one process for a book, one account for a book, and never in production', async () => {
  await start();
  await expect(start()).rejects.toThrow(/another sandbox is using the book/);
  const run = (change: Record<string, string>) =>
    spawnSync(process.execPath, [main], {
      env: { ...sandboxEnvironment(dir, receiver.url), ...change },
      encoding: 'utf8',
    });
  const production = run({ NODE_ENV: 'production' });
  expect([production.status, production.stderr]).toEqual([
    1,
    expect.stringContaining('the sandbox never runs in production'),
  ]);
  await running[0]!.kill('SIGKILL');
  const other = run({ MUNIM_RAZORPAYX_ACCOUNT_NUMBER: '9999888877776666' });
  expect([other.status, other.stderr]).toEqual([
    1,
    expect.stringContaining('belongs to another account number'),
  ]);
});
