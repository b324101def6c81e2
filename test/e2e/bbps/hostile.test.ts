/**
 * Hostile values in every field, parameter and path of bill payment: refused with a code, or taken; never a
 * fault of ours, and nothing of the inside in an answer.
 */
import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import * as fc from 'fast-check';
import { createLog } from '../../../platform/logger';
import { HOSTILE_TEXTS, HOSTILE_TOKENS } from '../../support/hostile-values';
import { startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectNothingInside, expectProblem } from '../../support/problems';
import {
  biller,
  COUNTER_BODY,
  createScriptedBills,
  CUSTOMER,
  FASTAG,
  WATER,
} from '../../support/scripted-bbps';
import type { ErrorCode } from '../../../domain/error-codes';

const setu = createScriptedBills('setu');
const canary = randomUUID();
const errors: string[] = [];
let p: Platform;
let key: string;
let payment: string;
beforeAll(async () => {
  const log = createLog({
    process: 'test',
    level: 'error',
    destination: new Writable({
      write(chunk: Buffer, _encoding, done) {
        errors.push(chunk.toString('utf8'));
        done();
      },
    }),
  });
  setu.billers = [
    biller(),
    FASTAG,
    {
      ...WATER,
      parameters: WATER.parameters.map((q) => ({
        ...q,
        pattern: null,
        dataType: 'ALPHANUMERIC',
        minLength: null,
        maxLength: null,
      })),
    },
  ];
  p = await startPlatform({
    connectors: [setu],
    log,
    workers: ['ledger', 'dispatch', 'polling', 'maintenance'],
  });
  ({ apiKey: key } = await p.user(100_000_000_000n));
  setu.onSend = () => ({
    kind: 'succeeded',
    sent: true,
    rawStatus: 'Success',
    providerReference: 'P1',
    utr: 'AX1',
  });
  payment = (await post('/v1/bbps/payments', JSON.stringify(paymentBody()))).body.id as string;
  await p.final(key, payment);
});
afterAll(async () => {
  await p.close();
  if (errors.length > 0) throw new Error(`faults were logged: ${errors.join('').slice(0, 500)}`);
});

const post = (url: string, body: string): Promise<Reply> =>
  p.call('POST', url, {
    key,
    body,
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
  });
const get = (url: string): Promise<Reply> => p.call('GET', url, { key });
const fetchBody = () => ({ biller: WATER.id, customer: CUSTOMER, counter: COUNTER_BODY });
const paymentBody = () => ({
  ...fetchBody(),
  amount: 100_000,
  currency: 'INR',
  reference: `ref-${randomUUID().slice(0, 18)}`,
  payment_mode: 'Cash',
  remitter: { name: 'Test Payer' },
});
const complaintBody = () => ({ disposition: 'double-payment', description: 'Paid two times' });
const encoded = (text: string): string =>
  encodeURIComponent(Buffer.from(text).toString()).replaceAll('%EF%BF%BD', '%ED%A0%80');

function expectSane(reply: Reply): void {
  if (reply.status >= 500) throw new Error(`answered ${reply.status}: ${reply.text.slice(0, 300)}`);
  expectNothingInside(reply.text);
  if (reply.status >= 400) expectProblem(reply, reply.body.code as ErrorCode);
}
async function inParallel<T>(list: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = list.values();
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (const item of rest) await work(item);
    }),
  );
}
/** The body with the value at a path (`customer.parameters.0.value`) replaced by a raw JSON token. */
function bodyWith(body: object, path: string, token: string): string {
  const copy = structuredClone(body) as Record<string, unknown>;
  const parts = path.split('.');
  const last = parts.pop()!;
  let at = copy;
  for (const part of parts) at = at[part] as Record<string, unknown>;
  if (last === '__proto__')
    return JSON.stringify({ ...copy, [canary]: 1 }).replace(`"${canary}":1`, () => `"__proto__":${token}`);
  at[last] = canary;
  return JSON.stringify(copy).replace(JSON.stringify(canary), () => token);
}

const COMMON = [
  'biller',
  'customer',
  'customer.mobile',
  'customer.name',
  'customer.parameters',
  'customer.parameters.0',
  'customer.parameters.0.name',
  'customer.parameters.0.value',
  'counter',
  'counter.agent_id',
  'counter.terminal_id',
  'counter.mobile',
  'counter.geocode',
  'counter.pincode',
  'counter.ip',
  '__proto__',
];
const TOKENS = HOSTILE_TOKENS.filter((t) => t.length < 8_000);
const SOME_TOKENS = TOKENS.filter((_, i) => i % 3 === 0);

describe('bodies', () => {
  it.each(COMMON)('fetches: %s', async (field) => {
    await inParallel(SOME_TOKENS, async (token) => {
      expectSane(
        await post('/v1/bbps/fetches', bodyWith({ ...fetchBody(), biller: biller().id }, field, token)),
      );
    });
  });
  const REMITTER = ['', '.name', '.vpa', '.account_number', '.ifsc'].map((field) => `remitter${field}`);
  it.each([
    ...COMMON,
    ...REMITTER,
    'fetch',
    'amount',
    'currency',
    'reference',
    'payment_mode',
    'bill_number',
    'unknown',
  ])('payments: %s', async (field) => {
    await inParallel(COMMON.includes(field) ? SOME_TOKENS : TOKENS, async (token) => {
      expectSane(await post('/v1/bbps/payments', bodyWith(paymentBody(), field, token)));
    });
  });
  it.each(['disposition', 'description', 'unknown', '__proto__'])('complaints: %s', async (field) => {
    await inParallel(TOKENS, async (token) => {
      expectSane(
        await post(`/v1/bbps/payments/${payment}/complaints`, bodyWith(complaintBody(), field, token)),
      );
    });
  });

  it('that nobody thought of', async () => {
    const anything = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...HOSTILE_TEXTS),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...COMMON), anything, async (field, value) => {
        expectSane(
          await post('/v1/bbps/payments', bodyWith(paymentBody(), field, JSON.stringify(value) ?? 'null')),
        );
      }),
      { numRuns: 150 },
    );
  });
});

it('parameters and paths', async () => {
  const texts = HOSTILE_TEXTS.filter((t) => t.length < 3_000);
  await inParallel(texts, async (value) => {
    for (const path of [
      `billers?category=${encoded(value)}`,
      `billers?category=Water&cursor=${encoded(value)}`,
      `billers?category=Water&limit=${encoded(value)}`,
      `categories?${encoded(value)}=1`,
      `billers/${encoded(value)}`,
      `fetches/${encoded(value)}`,
      `fetches/bft_${encoded(value)}`,
      `payments/${encoded(value)}/receipt`,
      `payments/${encoded(value)}/complaints`,
      `payments/${payment}/complaints/${encoded(value)}`,
    ])
      expectSane(await get(`/v1/bbps/${path}`));
  });
  const asked = setu.reads.billers;
  await inParallel(texts, async (value) => {
    expectSane(await get(`/v1/bbps/billers?category=${encoded(value)}`));
  });
  expect(setu.reads.billers).toBe(asked); // the provider is asked for categories of its own only
});

it('both or neither of a fetch and a biller, and two amounts', async () => {
  const { biller: id, customer, counter, ...rest } = paymentBody();
  const fetch = 'bft_00000000000000000000000000';
  for (const body of [
    rest,
    { ...rest, fetch, biller: id },
    { ...rest, fetch, biller: id, customer, counter },
    { ...rest, biller: id, customer },
    { ...rest, fetch, counter },
  ])
    expectProblem(await post('/v1/bbps/payments', JSON.stringify(body)), 'REQUEST_FIELD_INVALID');
  expectProblem(await post('/v1/bbps/payments', JSON.stringify({ ...rest, fetch })), 'BBPS_FETCH_UNKNOWN');
  expectProblem(
    await post('/v1/bbps/payments', JSON.stringify({ ...rest, fetch: 'bft_zzzzzzzzzzzzzzzzzzzzzzzzzz' })),
    'BBPS_FETCH_UNKNOWN',
  );
  expectProblem(
    await p.call('POST', '/v1/bbps/payments', { key, body: paymentBody() }),
    'IDEMPOTENCY_KEY_MISSING',
  );
  expectProblem(
    await post(
      '/v1/bbps/fetches',
      JSON.stringify({ ...fetchBody(), counter: { ...COUNTER_BODY, geocode: '48.8566,2.3522' } }),
    ),
    'REQUEST_FIELD_INVALID',
  );
});
