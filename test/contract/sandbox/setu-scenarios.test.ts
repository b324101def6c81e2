/** Scenarios by ending and by order, faults, refused callbacks, and reports, for both products. */
import { until } from '../../support/until';
import {
  billsOf,
  fetchBody,
  fetched,
  payBill,
  paymentBody,
  paymentStatus,
  rechargeBody,
  referenceOf,
  startTestSetu,
  type Body,
  type SetuAnswer,
  type TestSetu,
} from '../../support/setu';

const PAY = '/api/v2/bbps/bills/payment/request';
const SLOW_MS = 250;
const NO_ANSWER_MS = 400;
const TODAY = 'startDate=2026-11-24&endDate=2026-11-24';

// The sandbox's clock starts at nine in the morning, so that no test passes midnight in India.
const SKEW_MS = Date.parse('2026-11-24T09:00:00+05:30') - Date.now();

let t: TestSetu;
beforeAll(async () => {
  t = await startTestSetu({ slowMs: SLOW_MS, nowMs: () => Date.now() + SKEW_MS });
});
afterAll(async () => {
  await t.close();
});

const pay = (body: Body, timeoutMs?: number) => t.client.billpay('POST', PAY, body, { timeoutMs });
const recharge = (body: Body, timeoutMs?: number) =>
  t.client.recharge('POST', '/recharge/request', body, { timeoutMs });
const rechargeStatus = (paymentRefId: string) =>
  t.client.recharge('POST', '/recharge/status', { paymentRefId });
const summary = async (product: string) =>
  (await t.client.control('GET', `/${product}/book/summary`)).body as unknown as {
    balance_paise: number;
    payments: number;
  };
const toldOf = (refId: unknown) =>
  t.receiver.received.filter((r) => r.body.event === 'BILL_PAY' && r.body.data.refId === refId);
const toldOfRecharge = (transactionRefId: unknown) =>
  t.receiver.received.filter((r) => r.body.transactionRefId === transactionRefId);
const ends = (refId: unknown, status: string) =>
  until(
    () => paymentStatus(t.client, refId),
    (data) => data.status === status,
  );
const quiet = () =>
  new Promise((resolve) => {
    setTimeout(resolve, SLOW_MS + 150);
  }); // long enough for an unwanted callback to arrive

/** A payment request for a new fetch, not yet sent. */
async function request(ending: string): Promise<Body & { paymentDetails: Body }> {
  const data = await fetched(t.client, fetchBody(ending));
  return paymentBody(data.refId, billsOf(data)[0]!.amount) as Body & { paymentDetails: Body };
}

describe('a bill payment', () => {
  const BBPS_FAILURE = { failureReason: { type: 'BBPS' } };

  it.each<[string, string[], boolean, object]>([
    ['1111', ['Failure'], true, BBPS_FAILURE],
    ['2222', ['Success'], false, { transactionId: expect.any(String) }],
    ['3333', ['Failure'], true, BBPS_FAILURE],
    ['4444', ['Success', 'Credit_Adjustment'], true, { transactionId: expect.any(String) }],
  ])('of %s goes %j, with a callback for each', async (ending, path, isMoneyBack, end) => {
    const before = await summary('billpay');
    const { request: sent, answer } = await payBill(t.client, ending);
    const { refId } = answer.body.data;
    expect(
      (
        await until(
          () => toldOf(refId),
          (all) => all.length === path.length,
        )
      ).map((r) => r.body.data.status),
    ).toEqual(path);
    // The answer cannot show a credit adjustment: it stays at Success.
    expect(await paymentStatus(t.client, refId)).toMatchObject({ ...end, status: path[0] });
    expect(before.balance_paise - (await summary('billpay')).balance_paise).toBe(
      isMoneyBack ? 0 : sent.paymentDetails.amount,
    );
  });

  it.each(['2222', '3333'])('of %s has taken the money while it is processed', async (ending) => {
    const before = await summary('billpay');
    const { request: sent, answer } = await payBill(t.client, ending);
    expect((await paymentStatus(t.client, answer.body.data.refId)).status).toBe('Processing');
    expect(before.balance_paise - (await summary('billpay')).balance_paise).toBe(sent.paymentDetails.amount);
    await until(
      () => paymentStatus(t.client, answer.body.data.refId),
      (data) => data.status !== 'Processing',
    );
  });

  it.each<[string, string]>([
    ['5555', 'Success'],
    ['6666', 'Failure'],
  ])('of %s is never answered, ends in %s, and a repeat gives its reference', async (ending, end) => {
    const body = await request(ending);
    await expect(pay(body, NO_ANSWER_MS)).rejects.toThrow(/aborted|timeout/i);
    const again = await pay(body);
    expect(again.status).toBe(409);
    const { refId } = (again.body.data as { duplicate: Body }).duplicate;
    await ends(refId, end);
    await quiet();
    expect(toldOf(refId)).toEqual([]);
  });

  it('of 7777 is answered 500 and not there; the same request again is booked', async () => {
    const body = await request('7777');
    const before = await summary('billpay');
    expect((await pay(body)).status).toBe(500);
    expect(await summary('billpay')).toMatchObject({
      balance_paise: before.balance_paise,
      payments: before.payments,
    });
    const list = await t.client.billpay('GET', `/api/v2/bbps/transactions?${TODAY}&ids=${referenceOf(body)}`);
    expect(list.body.data.transactions).toEqual([]);
    const answer = await pay(body);
    expect(answer.status).toBe(200);
    await ends(answer.body.data.refId, 'Success');
  });

  it('of 8888 is told wrongly first, then twice, then late; it went through', async () => {
    const { answer } = await payBill(t.client, '8888');
    const { refId } = answer.body.data;
    const callbacks = await until(
      () => toldOf(refId),
      (all) => all.length === 5,
    );
    expect(callbacks[0]!.body.data).toMatchObject({ status: 'Failure', failureReason: { code: 'BRR005' } });
    expect(callbacks.map((r) => r.body.data.status)).toEqual([
      'Failure',
      'Success',
      'Success',
      'Success',
      'Processing',
    ]);
    expect(callbacks[1]!.raw).toBe(callbacks[2]!.raw);
    expect((await paymentStatus(t.client, refId)).status).toBe('Success');
  });

  it('of 9999 went through after a second, and nobody is told', async () => {
    const { answer } = await payBill(t.client, '9999');
    expect((await paymentStatus(t.client, answer.body.data.refId)).status).toBe('Processing');
    await ends(answer.body.data.refId, 'Success');
    await quiet();
    expect(toldOf(answer.body.data.refId)).toEqual([]);
  });
});

describe('a recharge', () => {
  it.each<[string, string, string, string[], boolean, string | null]>([
    ['1111', 'Failure', 'Failure', ['Failure'], true, 'Invalid mobile number for the operator'],
    ['2222', 'Processing', 'Successful', ['Successful'], false, null],
    ['3333', 'Processing', 'Failure', ['Failure'], true, 'Operator Internal processing error'],
    ['4444', 'Successful', 'Failure', ['Successful', 'REVERSED'], true, 'Transaction reversed by operator'],
  ])(
    'of %s is answered %s, ends in %s, and tells %j',
    async (ending, first, end, statuses, isMoneyBack, error) => {
      const before = await summary('recharge');
      const body = rechargeBody(ending);
      const {
        body: { data },
      } = await recharge(body);
      expect(data.status).toBe(first);
      const after = await until(
        async () => (await rechargeStatus(referenceOf(body))).body.data,
        (seen) => seen.status === end,
      );
      expect(after.error).toBe(error);
      const callbacks = await until(
        () => toldOfRecharge(data.transactionRefId),
        (all) => all.length === statuses.length,
      );
      expect(callbacks.map((r) => r.body.status)).toEqual(statuses);
      expect(callbacks.map((r) => r.path)).toEqual(
        statuses.map((word) =>
          word === 'REVERSED' ? '/recharge/payment/reversal' : '/recharge/payment/status',
        ),
      );
      expect(before.balance_paise - (await summary('recharge')).balance_paise).toBe(isMoneyBack ? 0 : 19_900);
    },
  );

  it.each<[string, string]>([
    ['5555', 'Successful'],
    ['6666', 'Failure'],
  ])('of %s is never answered, and ends in %s', async (ending, end) => {
    const body = rechargeBody(ending);
    await expect(recharge(body, NO_ANSWER_MS)).rejects.toThrow(/aborted|timeout/i);
    expect((await recharge(body)).body.error).toMatchObject({ code: 'ERR005' });
    await until(
      async () => (await rechargeStatus(referenceOf(body))).body.data.status,
      (status) => status === end,
    );
  });

  it('of 7777 is answered 500 and ERR999, and not found; the same request again is booked', async () => {
    const body = rechargeBody('7777');
    expect((await recharge(body)).body.error).toMatchObject({ code: 'ERR999' });
    expect((await rechargeStatus(referenceOf(body))).body.error).toMatchObject({ code: 'ERR003' });
    expect((await recharge(body)).body.data.status).toBe('Successful');
  });

  it('of 8888 is told wrongly, twice and late; it went through. Beyond the contract, which tells no Processing', async () => {
    const body = rechargeBody('8888');
    const {
      body: { data },
    } = await recharge(body);
    const callbacks = await until(
      () => toldOfRecharge(data.transactionRefId),
      (all) => all.length === 5,
    );
    expect(callbacks.map((r) => r.body.status)).toEqual([
      'Failure',
      'Successful',
      'Successful',
      'Successful',
      'Processing',
    ]);
    expect((await rechargeStatus(referenceOf(body))).body.data.status).toBe('Successful');
  });

  it('of 6666 timed out: it is told without its id', async () => {
    const body = rechargeBody('6666');
    void recharge(body).catch(() => undefined); // never answered
    const [told] = await until(
      () => t.receiver.received.filter((r) => r.body.transactionRefId === ''),
      (all) => all.length === 1,
    );
    expect(told!.body).toMatchObject({
      status: 'Failure',
      amount: expect.stringMatching(/^\d+\.\d\d$/) as string,
    });
    expect((await rechargeStatus(referenceOf(body))).body.data).toMatchObject({
      status: 'Failure',
      transactionRefId: expect.stringMatching(/^[A-Z]{7}\d{8}$/) as string,
    });
  });

  it('of 9999 went through after a second, and nobody is told', async () => {
    const body = rechargeBody('9999');
    const {
      body: { data },
    } = await recharge(body);
    expect(data.status).toBe('Processing');
    await until(
      async () => (await rechargeStatus(referenceOf(body))).body.data.status,
      (status) => status === 'Successful',
    );
    await quiet();
    expect(toldOfRecharge(data.transactionRefId)).toEqual([]);
  });
});

describe('orders', () => {
  it('are for one product, used up, and listed', async () => {
    const body = await request('0000');
    const order = await t.client.control('POST', '/billpay/scenarios', {
      match: { payment_ref_id: referenceOf(body) },
      scenario: '1111',
    });
    expect(order).toMatchObject({
      status: 201,
      body: { match: { payment_ref_id: referenceOf(body) }, scenario: '1111', left: 1 },
    });
    expect((await t.client.control('GET', '/recharge/scenarios')).body.orders).toEqual([]);
    expect((await recharge(rechargeBody('0000', { paymentRefId: referenceOf(body) }))).body.data.status).toBe(
      'Successful',
    );
    await ends((await pay(body)).body.data.refId, 'Failure');
    expect((await t.client.control('GET', '/billpay/scenarios')).body).toMatchObject({
      orders: [],
      table: { '0000': expect.any(String) },
      fetch_endings: { '0404': expect.any(String) },
    });
    expect(
      (await t.client.control('POST', '/billpay/scenarios', { match: {}, scenario: '1111' })).status,
    ).toBe(400);
    expect(
      (await t.client.control('POST', '/billpay/scenarios', { match: { any: true }, scenario: '0001' }))
        .status,
    ).toBe(400);
  });

  it('of faults hit a path, book nothing, and keep to their product', async () => {
    const body = await request('0000');
    const before = await summary('billpay');
    await t.client.control('POST', '/billpay/faults', {
      status: 429,
      retry_after_s: 7,
      times: 1,
      path: '/setu-billpay/api/v2/bbps/bills/payment/',
    });
    await t.client.control('POST', '/billpay/faults', {
      status: 503,
      times: 1,
      path: '/setu-billpay/api/v2/bbps/bills/payment/',
    });
    const first = await pay(body);
    expect([first.status, first.headers['retry-after']]).toEqual([429, '7']);
    expect((await pay(body)).status).toBe(503);
    expect((await summary('billpay')).payments).toBe(before.payments);
    expect((await pay(body)).status).toBe(200);
    await t.client.control('POST', '/recharge/faults', {
      status: 500,
      path: '/setu-recharge/recharge/status',
    });
    const refused: SetuAnswer = await rechargeStatus('UNKNOWN123');
    expect(refused).toMatchObject({ status: 500, body: { error: { code: 'ERR999' } } });
    expect(
      (await t.client.control('POST', '/recharge/faults', { status: 500, path: '/setu-billpay/api' })).status,
    ).toBe(400);
    expect((await t.client.control('POST', '/nothing/faults', { status: 500 })).status).toBe(400);
  });

  it('of tokens: all expire while a client works', async () => {
    await t.client.control('POST', '/billpay/tokens/expire');
    const body = { refId: 'X' };
    expect((await t.client.billpay('POST', '/api/v2/bbps/bills/payment/response', body)).status).toBe(401);
    await t.client.login('billpay');
    expect((await t.client.billpay('POST', '/api/v2/bbps/bills/payment/response', body)).status).toBe(400);
  });
});

describe('callbacks', () => {
  it('come again with the same bytes: a recharge after two seconds, as documented', async () => {
    const refused = new Set<string>();
    t.receiver.answer = (count) => {
      const { path, raw } = t.receiver.received[count - 1]!;
      if (!path.startsWith('/recharge/') || refused.has(raw)) return 200;
      refused.add(raw);
      return 500;
    };
    const {
      body: { data },
    } = await recharge(rechargeBody('0000'));
    const callbacks = await until(
      () => toldOfRecharge(data.transactionRefId),
      (all) => all.length === 2,
    );
    t.receiver.answer = () => 200;
    expect(callbacks[0]!.raw).toBe(callbacks[1]!.raw);
    expect(callbacks[1]!.atMs - callbacks[0]!.atMs).toBeGreaterThanOrEqual(1_900);
    await until(
      async () => (await t.client.control('GET', '/webhooks')).body.pending,
      (pending) => pending === 0,
    );
  });

  it('stop when they are switched off', async () => {
    t.sandbox.settings.callbacksOn = false;
    const { answer } = await payBill(t.client, '0000');
    await ends(answer.body.data.refId, 'Success');
    const { body } = await recharge(rechargeBody('8888'));
    await quiet();
    t.sandbox.settings.callbacksOn = true;
    expect([...toldOf(answer.body.data.refId), ...toldOfRecharge(body.data.transactionRefId)]).toEqual([]);
  });
});

/** Reads a CSV without quoted cells into rows by column. */
function table(text: string): Record<string, string>[] {
  const [head, ...lines] = text.trimEnd().split('\r\n');
  return lines.map((line) =>
    Object.fromEntries(line.split(',').map((value, i) => [head!.split(',')[i], value])),
  );
}

describe('books and reports', () => {
  const DAY = '20261124';

  it.each(['billpay', 'recharge'])('of %s agree with each other to the paisa', async (product) => {
    const { body: book } = await t.client.control('GET', `/${product}/book/summary`);
    const items: Body[] = [];
    for (let after = -1; ;) {
      const { body } = await t.client.control(
        'GET',
        `/${product}/book/payments?limit=7${after < 0 ? '' : `&after=${after}`}`,
      );
      items.push(...(body.items as Body[]));
      if (body.next_after === null) break;
      after = Number(body.next_after);
    }
    const net = items.reduce((sum, item) => sum + Number(item.net_debit_paise), 0);
    expect(book).toMatchObject({
      payments: items.length,
      net_debit_paise: net,
      balance_paise: 1_000_000_000_000 - net,
    });
    expect(Number(book.credits_paise) - Number(book.debits_paise)).toBe(book.balance_paise);
    const name = product === 'billpay' ? 'setu_bbps' : 'setu_recharge';
    const { text, headers } = await t.client.control('GET', `/reports/${name}_${DAY}.csv`);
    expect(headers['content-type']).toMatch(/^text\/csv/);
    const rows = table(text);
    expect(rows.map((row) => [row.paymentRefId, row.status, Number(row.amountPaise)])).toEqual(
      items.map((item) => [item.payment_ref_id, item.status, item.amount]),
    );
    for (const row of rows) {
      const isDone = row.status === 'Success' || row.status === 'Successful';
      expect([row.settlementDate !== '', row.settlementUtr !== '', Number(row.commission) > 0]).toEqual([
        isDone,
        isDone,
        isDone,
      ]);
      expect(Number(row.tds)).toBe(Math.round(Number(row.commission) * 0.02));
    }
  });

  it('have the columns of the day report, also of a day without payments', async () => {
    const columns = async (name: string) => (await t.client.control('GET', `/reports/${name}`)).text;
    expect(await columns('setu_bbps_20200101.csv')).toBe(
      'transactionId,refId,paymentRefId,billerId,amountPaise,custConvFee,status,commission,tds,timestamp,settlementDate,settlementUtr\r\n',
    );
    expect(await columns('setu_recharge_20200101.csv')).toBe(
      'transactionRefId,operatorRefId,paymentRefId,operator,amountPaise,status,commission,tds,timestamp,settlementDate,settlementUtr\r\n',
    );
    for (const name of ['setu_bbps_20200230.csv', 'setu_bbps_2020.csv', 'other.csv'])
      expect((await t.client.control('GET', `/reports/${name}`)).status).toBe(400);
  });

  it('have breaks to order, and the book stays right', async () => {
    const sent = await Promise.all(
      ['missing', 'amount', 'status', 'twice'].map(async (kind) => {
        const body = rechargeBody('0000');
        await recharge(body);
        expect(
          (
            await t.client.control('POST', '/recharge/report-breaks', {
              payment_ref_id: referenceOf(body),
              kind,
            })
          ).status,
        ).toBe(201);
        return [kind, referenceOf(body)] as const;
      }),
    );
    await t.client.control('POST', '/recharge/report-breaks', { payment_ref_id: 'NOBODYS1', kind: 'extra' });
    const refs = Object.fromEntries(sent);
    const rows = table((await t.client.control('GET', `/reports/setu_recharge_${DAY}.csv`)).text);
    const of = (ref: string | undefined) =>
      rows.filter((row) => row.paymentRefId === ref).map((row) => [row.status, row.amountPaise]);
    expect(of(refs.missing)).toEqual([]);
    expect(of(refs.amount)).toEqual([['Successful', '20000']]);
    expect(of(refs.status)).toEqual([['Failure', '19900']]);
    expect(of(refs.twice)).toEqual([
      ['Successful', '19900'],
      ['Successful', '19900'],
    ]);
    expect(of('NOBODYS1')).toEqual([['Successful', '10000']]);
    expect((await t.client.control('DELETE', '/recharge/report-breaks')).body).toEqual({ removed: 5 });
    expect(
      (await t.client.control('POST', '/recharge/report-breaks', { payment_ref_id: 'X', kind: 'other' }))
        .status,
    ).toBe(400);
  });

  it('are short of money when the wallet is: FUND_TRANSFER ERR001, and nothing is taken', async () => {
    const poor = await startTestSetu({ openingPaise: 100n });
    const { answer } = await payBill(poor.client, '0000');
    expect(answer.status).toBe(200);
    const data = await until(
      () => paymentStatus(poor.client, answer.body.data.refId),
      (seen) => seen.status !== 'Processing',
    );
    expect(data).toMatchObject({
      status: 'Failure',
      failureReason: { type: 'FUND_TRANSFER', code: 'ERR001' },
    });
    expect((await poor.client.control('GET', '/billpay/book/summary')).body).toMatchObject({
      balance_paise: 100,
      debits_paise: 0,
    });
    await poor.client.control('POST', '/billpay/deposits', { amount_paise: 10_000_000 });
    const rich = await payBill(poor.client, '0000');
    await until(
      () => paymentStatus(poor.client, rich.answer.body.data.refId),
      (seen) => seen.status === 'Success',
    );
    await poor.close();
  });
});
