/** The API process dies in the middle of a withdrawal, at the two places where it hurts most; the rest of the platform ends it. */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Knex } from 'knex';
import { makeKnex, rows } from '../../../platform/database';
import { parsePublicId } from '../../../platform/ids';
import { callSandbox } from '../../../scripts/stack/sandbox-control';
import { startStack, type Stack } from '../../../scripts/stack/stack';
import { becomeStackAgent, freshFinger, PLACE } from '../../support/aeps-stack';
import { freshAadhaar } from '../../support/aeps-world';
import { assertCleanBooks } from '../../support/books';
import { freshDatabase, type TestDatabase } from '../../support/database';
import { until } from '../../support/until';

const AMOUNT = 300_000;

interface Reply {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

let database: TestDatabase;
let dataDir: string;
let stack: Stack;
let knex: Knex;
let hitsFile: string;

beforeAll(async () => {
  database = await freshDatabase();
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-aeps-kills-'));
  hitsFile = path.join(dataDir, 'kill-points.jsonl');
  knex = makeKnex(database.url, { max: 2, applicationName: 'munim-test' });
  stack = await startStack({
    dataDir,
    databaseUrl: database.appUrl,
    migrateDatabaseUrl: database.migrateUrl,
    ports: 'free',
    restart: { firstMs: 50 },
    processes: { callbacks: 0, ops: 0 },
    env: { MUNIM_KILL_POINTS: hitsFile },
  });
  await becomeStackAgent(stack);
});
afterAll(async () => {
  await stack?.stop(5_000);
  await knex?.destroy();
  await database?.drop();
  fs.rmSync(dataDir, { recursive: true, force: true });
});

async function call(
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const response = await fetch(stack.urls.api + url, {
    method,
    headers: { authorization: `Bearer ${stack.apiKey}`, 'content-type': 'application/json', ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

const order = (mobile: string): Record<string, unknown> => ({
  amount: AMOUNT,
  currency: 'INR',
  reference: `till-${mobile}`,
  customer: { mobile, bank: 'SBIN' },
  terminal: { id: 'till-7', latlong: PLACE },
  aadhaar: freshAadhaar(),
  pid: freshFinger(),
});
const aepsBalance = async (): Promise<number> =>
  ((await call('GET', '/v1/wallets')).body.data as { kind: string; balance: number }[]).find(
    ({ kind }) => kind === 'aeps',
  )!.balance;
const creditsOf = async (id: string): Promise<{ toWallet: number; toSuspense: number }> => {
  const [found] = await rows<{ toWallet: number; toSuspense: number }>(
    knex,
    `
    select count(*) filter (where a.code like 'wallet:%:aeps')::int as "toWallet",
    count(*) filter (where a.code like 'suspense:%')::int as "toSuspense"
    from ledger_transfers t join ledger_accounts a on a.id = t.credit_account_id where t.transaction_id = ?`,
    [id],
  );
  return found!;
};

/** The withdrawal during which the API dies at the point; the terminal sees its connection break. */
async function diesAt(
  point: string,
  mobile: string,
): Promise<{ key: string; before: number; again: Record<string, unknown> }> {
  const before = await aepsBalance();
  const pid = stack.pids().api;
  const armed = await fetch(`${stack.urls.admin.api!}/kill-points?point=${point}&signal=SIGKILL`, {
    method: 'POST',
  });
  expect(armed.ok).toBe(true);
  const [key, again] = [randomUUID(), order(mobile)];
  await expect(call('POST', '/v1/aeps/withdrawals', again, { 'idempotency-key': key })).rejects.toThrow(
    'fetch failed',
  );
  expect(fs.readFileSync(hitsFile, 'utf8')).toContain(`"point":"${point}","signal":"SIGKILL"`);
  await until(
    () => stack.pids().api,
    (pids) => pids!.length === 1 && pids![0] !== pid![0],
  );
  await stack.ready(30_000);
  return { key, before, again: { ...again, pid: freshFinger() } }; // a new capture of the finger
}

/** What the terminal does: the same key again until it knows, then a look by the id. */
async function learns({
  key,
  again,
}: {
  key: string;
  again: Record<string, unknown>;
}): Promise<Record<string, unknown>> {
  const [transaction] = await until(
    () =>
      rows<{ id: string; state: string }>(
        knex,
        'select t.id, t.state from transactions t join requests r on r.id = t.request_id where r.idempotency_key = ?',
        [key],
      ),
    (found) => ['succeeded', 'in_review', 'failed'].includes(found[0]?.state ?? ''),
  );
  const repeated = await call('POST', '/v1/aeps/withdrawals', again, { 'idempotency-key': key });
  expect(repeated.headers.get('idempotent-replayed')).toBe('true');
  expect(parsePublicId('transaction', repeated.body.id as string)).toBe(transaction!.id);
  const looked = await call('GET', `/v1/aeps/withdrawals/${repeated.body.id as string}`);
  expect([looked.status, looked.body.status, looked.body.instruction]).toEqual([
    200,
    repeated.body.status,
    repeated.body.instruction,
  ]);
  return { ...looked.body, state: transaction!.state };
}
/** By our reference: the provider was asked for one withdrawal, once. */
async function expectOneCall(id: string): Promise<void> {
  const attempts = await rows<{ reference: string }>(
    knex,
    'select our_reference as reference from dispatch_attempts where transaction_id = ?',
    [id],
  );
  expect(attempts).toHaveLength(1);
  const { items } = await callSandbox<{ items: Record<string, unknown>[] }>(
    stack.urls.sandbox,
    `/eko/book/transactions?client_ref_ids=${attempts[0]!.reference}`,
  );
  expect(items).toEqual([
    expect.objectContaining({
      service: 'aeps_withdrawal',
      tx_status: '0',
      amount_paise: AMOUNT,
      requests_seen: 1,
    }),
  ]);
}

test(
  'killed at aeps.answered: nobody kept what the provider said; polling finds it, in time or ' +
    'for review, and nothing is credited twice',
  async () => {
    const died = await diesAt('aeps.answered', '9123450000');
    const seen = await learns(died);
    const id = parsePublicId('transaction', seen.id as string)!;
    const isInTime = seen.state === 'succeeded';
    expect(seen).toMatchObject(
      isInTime
        ? { status: 'SUCCESS', instruction: 'hand_out_cash' }
        : { state: 'in_review', status: 'PENDING', instruction: 'do_not_hand_out_cash' },
    );
    expect([await creditsOf(id), await aepsBalance()]).toEqual(
      isInTime
        ? [{ toWallet: 1, toSuspense: 0 }, died.before + AMOUNT]
        : [{ toWallet: 0, toSuspense: 1 }, died.before],
    );
    await expectOneCall(id);
  },
);

test('killed at aeps.settled: it is done, only the answer was lost; the terminal learns it, and nothing is credited twice', async () => {
  const died = await diesAt('aeps.settled', '9123460000');
  const seen = await learns(died);
  expect(seen).toMatchObject({ state: 'succeeded', status: 'SUCCESS', instruction: 'hand_out_cash' });
  const id = parsePublicId('transaction', seen.id as string)!;
  expect([await creditsOf(id), await aepsBalance()]).toEqual([
    { toWallet: 1, toSuspense: 0 },
    died.before + AMOUNT,
  ]);
  await expectOneCall(id);
  await assertCleanBooks(knex);
});
