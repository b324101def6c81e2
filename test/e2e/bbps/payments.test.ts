/** Bills over HTTP, through real workers, from a scripted provider: from the catalogue to receipt and complaint. */
import { randomUUID } from 'node:crypto';
import { rows } from '../../../platform/database';
import { startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { until } from '../../support/until';
import {
  bill,
  biller,
  COUNTER_BODY,
  createScriptedBills,
  CUSTOMER,
  FASTAG,
  fetchedBill,
  ok,
  paid,
  processing,
  ticket,
  WATER,
} from '../../support/scripted-bbps';
import { closeWithCleanBooks } from '../../support/books';

const setu = createScriptedBills('setu');
const eko = createScriptedBills('eko', { complaints: false });
let p: Platform;
let key: string;
beforeAll(async () => {
  eko.billers = [biller({ id: '90', name: 'Other Power', category: '8' })];
  p = await startPlatform({ connectors: [setu, eko] });
  ({ apiKey: key } = await p.user(1_000_000_000n));
  setu.onInquire = () => paid();
});
afterAll(async () => {
  await closeWithCleanBooks(p.c.knex, p);
});

const get = (url: string, headers: Record<string, string> = {}): Promise<Reply> =>
  p.call('GET', url, { key, headers });
const post = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> =>
  p.call('POST', url, { key, body, headers });
const fetchBody = (over: Record<string, unknown> = {}): Record<string, unknown> => ({
  biller: biller().id,
  customer: CUSTOMER,
  counter: COUNTER_BODY,
  ...over,
});
const pay = (over: Record<string, unknown>, idempotencyKey = randomUUID()): Promise<Reply> =>
  post(
    '/v1/bbps/payments',
    {
      amount: 287_000,
      currency: 'INR',
      reference: `ref-${randomUUID().slice(0, 18)}`,
      payment_mode: 'Cash',
      force: true, // one bill for all tests of this file
      ...over,
    },
    { 'idempotency-key': idempotencyKey },
  );
async function fetched(over: Record<string, unknown> = {}): Promise<string> {
  const reply = await post('/v1/bbps/fetches', fetchBody(over));
  expect(reply.status).toBe(201);
  return reply.body.id as string;
}

it('the catalogue: categories, pages of billers, one biller', async () => {
  expect((await get('/v1/bbps/categories')).body).toMatchObject({
    object: 'list',
    data: [{ id: 'Electricity', object: 'biller_category' }, { id: 'Water' }, { id: 'Fastag' }],
    has_more: false,
  });
  setu.billers.push(...Array.from({ length: 4 }, (_, i) => biller({ id: `POWER0000MUM0${i}` })));
  const first = await get('/v1/bbps/billers?category=Electricity&limit=3');
  expect(first.body).toMatchObject({
    data: [
      { id: 'POWER0000DEL01', object: 'biller', fetch: 'mandatory', exactness: 'exact', available: true },
      {},
      {},
    ],
    has_more: true,
  });
  const next = await get(first.headers.get('link')!.slice(1).split('>')[0]!);
  expect((next.body.data as { id: string }[]).map((b) => b.id)).toEqual(['POWER0000MUM02', 'POWER0000MUM03']);
  expect((await get(`/v1/bbps/billers/${WATER.id}`)).body).toMatchObject({
    id: WATER.id,
    convenience_fees: [{ flat: 200, percent_bps: 50, from_amount: 0, to_amount: null }],
    min_amount: 10_000,
    parameters: [{ name: 'Consumer Number', pattern: '^[0-9]{9,12}$' }],
  });
  expectProblem(await get('/v1/bbps/billers/NOSUCHBILLER'), 'BBPS_BILLER_NOT_FOUND');
  expectProblem(await get('/v1/bbps/billers?category=Nothing'), 'BBPS_CATEGORY_UNKNOWN');
  expectProblem(await get('/v1/bbps/billers'), 'REQUEST_FIELD_INVALID');
});

it('fetch, pay, receipt', async () => {
  const fetch = await post('/v1/bbps/fetches', fetchBody());
  expect(fetch.status).toBe(201);
  expect(fetch.body).toMatchObject({
    object: 'bill_fetch',
    state: 'fetched',
    exactness: 'exact',
    used: false,
    bills: [{ amount: 287_000, bill_number: 'B-7001', customer_name: 'Test Customer' }],
  });
  const idempotencyKey = randomUUID();
  const reference = `ref-${randomUUID().slice(0, 18)}`;
  const accepted = await pay({ fetch: fetch.body.id, reference }, idempotencyKey);
  expect(accepted.body).toMatchObject({
    object: 'transaction',
    service: 'bbps',
    status: 'PENDING',
    amount: 287_000,
    fee: 500,
    tax: 90,
    biller: { id: biller().id },
    payment_mode: 'Cash',
    fetch: fetch.body.id,
  });
  expect(accepted.status).toBe(202);
  const again = await pay({ fetch: fetch.body.id, reference }, idempotencyKey);
  expect([again.status, again.text, again.headers.get('idempotent-replayed')]).toEqual([
    202,
    accepted.text,
    'true',
  ]);
  const id = accepted.body.id as string;
  expect(await p.final(key, id)).toMatchObject({ status: 'SUCCESS', utr: 'AX0112299990000001' });
  expect(setu.sends.at(-1)!.instruction).toMatchObject({
    fetchRef: `F${setu.fetches.at(-1)!.ourReference}`,
    amountPaise: 287_000n,
    ownFeePaise: 590n,
    convenienceFeePaise: 0n,
    bill: { billNumber: 'B-7001' },
    customer: { mobile: CUSTOMER.mobile },
  });
  expect((await get(`/v1/bbps/payments/${id}/receipt`)).body).toMatchObject({
    object: 'bill_receipt',
    bbps_reference: 'AX0112299990000001',
    approval_reference: 'PAYREF0001',
    biller: { id: biller().id, name: 'Test Power' },
    customer: { name: 'Test Customer', parameters: CUSTOMER.parameters },
    bill: { bill_number: 'B-7001', bill_date: '2026-10-20', due_date: '2026-11-10', period: 'OCT 2026' },
    amount: 287_000,
    convenience_fee: 0,
    fee: 500,
    tax: 90,
    total: 287_590,
    payment_mode: 'Cash',
    channel: 'AGT',
    paid_at: expect.any(String),
  });
  expectProblem(await pay({ fetch: fetch.body.id }), 'BBPS_FETCH_USED');
});

it('a biller without bills is paid straight, and its convenience fee is passed on', async () => {
  const accepted = await pay({
    biller: WATER.id,
    customer: CUSTOMER,
    counter: COUNTER_BODY,
    amount: 100_000,
  });
  expect(accepted.body).toMatchObject({ amount: 100_000, charge: 826, fee: 500, tax: 90 }); // (2.00 + 0.5 % of 1,000.00) x 1.18
  expect((await p.final(key, accepted.body.id as string)).status).toBe('SUCCESS');
  expect((await get(`/v1/bbps/payments/${accepted.body.id as string}/receipt`)).body).toMatchObject({
    convenience_fee: 826,
    total: 101_416,
    bill: null,
  });
});

it('a slow fetch is 202, and waiting for it asks the provider until it has ended', async () => {
  setu.onStartFetch = ({ ourReference }) => ok(processing(`F${ourReference}`));
  let answers = 0;
  setu.onFetched = (refId) => ok((answers += 1) > 1 ? fetchedBill(refId) : processing(refId));
  const started = await post('/v1/bbps/fetches', fetchBody());
  expect([started.status, started.body.state, started.headers.get('retry-after')]).toEqual([
    202,
    'processing',
    '1',
  ]);
  expectProblem(await pay({ fetch: started.body.id }), 'BBPS_FETCH_UNFINISHED');
  const ended = await get(`/v1/bbps/fetches/${started.body.id as string}`, { prefer: 'wait=10' });
  expect(ended.body).toMatchObject({ state: 'fetched', bills: [{ amount: 287_000 }] });
  expect(answers).toBe(2);
  setu.onStartFetch = ({ ourReference }) => ok(fetchedBill(`F${ourReference}`));
});

it(
  'complaints: none before the cool-off of a utility, none at all about what has not ' +
    'succeeded; a tag can be complained about at once',
  async () => {
    setu.onStartFetch = ({ ourReference, biller: { id } }) =>
      ok(
        fetchedBill(
          `F${ourReference}`,
          id === FASTAG.id
            ? { exactness: 'range', bills: [bill({ amountPaise: 0n, minPaise: 10_000n })] }
            : {},
        ),
      );
    const power = (await pay({ fetch: await fetched() })).body.id as string;
    const tag = (await pay({ fetch: await fetched({ biller: FASTAG.id }), amount: 50_000 })).body
      .id as string;
    expect([(await p.final(key, power)).status, (await p.final(key, tag)).status]).toEqual([
      'SUCCESS',
      'SUCCESS',
    ]);
    const complaint = {
      disposition: 'account-not-updated',
      description: 'The tag still shows the old balance',
    };
    const early = await post(`/v1/bbps/payments/${power}/complaints`, complaint);
    expectProblem(early, 'BBPS_COMPLAINT_TOO_EARLY');
    expect(early.body.detail).toMatch(/from 20\d\d-\d\d-\d\dT/);
    const raised = await post(`/v1/bbps/payments/${tag}/complaints`, complaint);
    expect(raised.body).toMatchObject({
      object: 'complaint',
      payment: tag,
      npci_code: 'D32',
      type: 'complaint',
      state: 'open',
      description: complaint.description,
    });
    expect(raised.status).toBe(201);
    expectProblem(await post(`/v1/bbps/payments/${tag}/complaints`, complaint), 'BBPS_COMPLAINT_OPEN');
    setu.onComplaint = (refId) => ok(ticket(refId, { status: 'RESOLVED', remarks: 'Balance updated' }));
    const self = (raised.body.links as { self: string }).self;
    const closed = await until(
      async () => (await get(self)).body,
      (b) => b.state === 'closed',
    );
    expect(closed).toMatchObject({
      status: 'RESOLVED',
      dispute_id: 'TKT0001',
      due_on: '2026-11-20',
      remarks: 'Balance updated',
    });
    expect((await get(`/v1/bbps/payments/${tag}/complaints`)).body).toMatchObject({
      data: [{ id: raised.body.id, state: 'closed' }],
    });
    expectProblem(
      await post(`/v1/bbps/payments/${power}/complaints`, { ...complaint, disposition: 'others' }),
      'REQUEST_FIELD_INVALID',
    );
  },
);

it('a provider that hangs holds up nobody else', async () => {
  let release: () => void = () => undefined;
  const hanging = new Promise<void>((resolve) => {
    release = resolve;
  });
  setu.onSend = async () => {
    await hanging;
    return paid();
  };
  eko.onSend = () => paid({ providerReference: 'EKO1', utr: undefined });
  const stuck = (await pay({ fetch: await fetched() })).body.id as string;
  await until(
    () => setu.sends.length,
    (n) => n > 0,
  );
  const quick = await pay({ fetch: await fetched({ biller: '90' }) });
  expect((await p.final(key, quick.body.id as string)).status).toBe('SUCCESS');
  expect((await get(`/v1/bbps/payments/${quick.body.id as string}/receipt`)).body).toMatchObject({
    bbps_reference: 'EKO1',
    approval_reference: null,
  });
  expectProblem(
    await post(`/v1/bbps/payments/${quick.body.id as string}/complaints`, {
      disposition: 'double-payment',
      description: 'Paid two times',
    }),
    'BBPS_COMPLAINT_NOT_POSSIBLE',
  );
  expect((await get(`/v1/transactions/${stuck}`)).body.status).toBe('PENDING');
  expectProblem(await get(`/v1/bbps/payments/${stuck}/receipt`), 'BBPS_RECEIPT_NOT_READY');
  release();
  expect((await p.final(key, stuck)).status).toBe('SUCCESS');
});

it('nobody sees what is not theirs, and a key does what its scopes say', async () => {
  const fetch = await fetched();
  const payment = (await pay({ fetch })).body.id as string;
  await p.final(key, payment);
  const stranger = (await p.user(1_000_000n)).apiKey;
  expectProblem(await p.call('GET', `/v1/bbps/fetches/${fetch}`, { key: stranger }), 'BBPS_FETCH_NOT_FOUND');
  expectProblem(
    await p.call('GET', `/v1/bbps/payments/${payment}/receipt`, { key: stranger }),
    'TRANSACTION_NOT_FOUND',
  );
  expectProblem(
    await p.call('GET', `/v1/bbps/payments/${payment}/complaints`, { key: stranger }),
    'TRANSACTION_NOT_FOUND',
  );
  expectProblem(
    await p.call('POST', '/v1/bbps/payments', {
      key: stranger,
      body: { fetch, amount: 287_000, currency: 'INR', reference: 'r-1', payment_mode: 'Cash' },
      headers: { 'idempotency-key': randomUUID() },
    }),
    'BBPS_FETCH_UNKNOWN',
  );
  await p.c
    .knex('api_keys')
    .update({ scopes: ['wallets:read'] })
    .where(
      'id',
      (await rows<{ id: string }>(p.c.knex, 'select id from api_keys order by created_at desc limit 1'))[0]!
        .id,
    );
  await until(
    () => p.call('GET', '/v1/bbps/categories', { key: stranger }),
    (r) => r.status === 403,
  );
});
