/**
 * The scenarios of every service: the answer to the caller, the callbacks, the result of an inquiry, and the
 * final state of the book.
 */
import {
  AADHAAR_BLOCK,
  activeSender,
  byReference,
  LATLONG,
  newMobile,
  newRecipient,
  newReference,
  PID_BLOCK,
  startEkoSandbox,
  summaryOf,
  transfer,
  USER_CODE,
  type EkoAnswer,
  type EkoSandbox,
  type Json,
  type RequestOptions,
} from '../../support/eko-sandbox';
import { until } from '../../support/until';

let t: EkoSandbox;
beforeAll(async () => {
  t = await startEkoSandbox();
  await t.client.control('POST', '/agents', { user_code: USER_CODE, aeps: 'ready' });
  await t.client.control('POST', '/settings', { withdrawal_otp_above_paise: 1_000_000 });
  await t.client.call('POST', '/customer/collection/aeps-fingpay/cash-withdrawl/9000000000', {
    bank_code: 'HDFC',
    aadhar: AADHAAR_BLOCK,
    piddata: PID_BLOCK,
    latlong: LATLONG,
    amount: 10_000,
  }); // an AEPS balance to settle
  for (let i = 0; i < 4; i += 1)
    await t.client.call('POST', '/customer/collection/aeps-fingpay/cash-withdrawl/9000000000', {
      bank_code: 'HDFC',
      aadhar: AADHAAR_BLOCK,
      piddata: PID_BLOCK,
      latlong: LATLONG,
      amount: 10_000,
    });
});
afterAll(async () => {
  await t.close();
});

const reportOf = async (ref: string): Promise<Json | undefined> =>
  ((await t.client.control('GET', `/book/transactions?client_ref_ids=${ref}`)).body.items as Json[])[0];
const ended = (ref: string, status: string) =>
  until(
    () => reportOf(ref),
    (item) => item?.tx_status === status,
  );
const callbacksOf = (ref: string): string[] =>
  t.receiver.received
    .filter((c) => c.client_ref_id === ref)
    .map((c) => `${String(c.old_tx_status)}→${String(c.tx_status)}`);
/** Long enough for an unwanted callback to arrive. */
const quiet = () =>
  new Promise((resolve) => {
    setTimeout(resolve, 200);
  });

/**
 * One financial request of each kind, with the ending of its key. `cost` is its debit of the float; when
 * negative, the increase of the AEPS balance.
 */
interface Kind {
  name: string;
  cost: number;
  hasCallback: boolean;
  lateFailure: string;
  send(ending: string, ref: string, options?: RequestOptions): Promise<EkoAnswer>;
}

let settlementAccounts = 0;
const KINDS: readonly Kind[] = [
  {
    name: 'dmt',
    cost: 10_719,
    hasCallback: true,
    lateFailure: '3',
    async send(ending, ref, options) {
      const sender = await activeSender(t.client);
      const { id } = await newRecipient(t.client, sender, ending);
      return transfer(
        t.client,
        { customer_id: sender, recipient_id: id, amount: 100, client_ref_id: ref },
        {},
        options,
      );
    },
  },
  {
    name: 'bbps',
    cost: 49_929,
    hasCallback: false,
    lateFailure: '1',
    send: (ending, ref, options) =>
      t.client.call(
        'POST',
        '/customer/payment/bbps',
        {
          phone_operator_code: '159',
          utility_acc_no: `123456${ending}`,
          confirmation_mobile_no: '9903457748',
          sender_name: 'Test',
          category: 1,
          amount: 500,
          client_ref_id: ref,
          source_ip: '10.0.0.1',
        },
        options,
      ),
  },
  {
    name: 'recharge',
    cost: 29_607,
    hasCallback: false,
    lateFailure: '1',
    send: (ending, ref, options) =>
      t.client.call(
        'POST',
        '/customer/payment/bbps',
        {
          phone_operator_code: '90',
          utility_acc_no: `987654${ending}`,
          confirmation_mobile_no: '9903457748',
          sender_name: 'Test',
          category: 5,
          amount: 299,
          client_ref_id: ref,
          source_ip: '10.0.0.1',
        },
        options,
      ),
  },
  {
    name: 'aeps_withdrawal',
    cost: -301_176,
    hasCallback: false,
    lateFailure: '1',
    send: (ending, ref, options) =>
      t.client.call(
        'POST',
        `/customer/collection/aeps-fingpay/cash-withdrawl/${newMobile(ending)}`,
        {
          client_ref_id: ref,
          bank_code: 'HDFC',
          aadhar: AADHAAR_BLOCK,
          piddata: PID_BLOCK,
          latlong: LATLONG,
          amount: 3_000,
        },
        options,
      ),
  },
  {
    name: 'settlement',
    cost: 10_590,
    hasCallback: true,
    lateFailure: '1',
    async send(ending, ref, options) {
      const user = `3000${1_000 + (settlementAccounts += 1)}`;
      await t.client.control('POST', '/agents', { user_code: user, aeps: 'ready' });
      await t.client.call('POST', '/customer/collection/aeps-fingpay/cash-withdrawl/9000000000', {
        user_code: user,
        bank_code: 'HDFC',
        aadhar: AADHAAR_BLOCK,
        piddata: PID_BLOCK,
        latlong: LATLONG,
        amount: 1_000,
      });
      const { body } = await t.client.call('POST', '/user/payment/aeps/settlement/account', {
        user_code: user,
        bank_id: 2,
        ifsc: 'HDFC0000053',
        service_code: 39,
        account: `501002${ending}`,
      });
      return t.client.call(
        'POST',
        '/user/payment/aeps/settlement',
        {
          user_code: user,
          client_ref_id: ref,
          amount: 100,
          recipient_id: body.data.recipient_id,
          payment_mode: 5,
        },
        options,
      );
    },
  },
];

describe.each(KINDS)('$name', (kind) => {
  const statusOf = (answer: EkoAnswer): unknown => answer.body.data.tx_status;

  it.each(['0000', '5432'])('%s is success at once', async (ending) => {
    const ref = newReference();
    const answer = await kind.send(ending, ref);
    expect([answer.body.status, statusOf(answer)]).toEqual([0, '0']);
    expect(await reportOf(ref)).toMatchObject({
      service: kind.name,
      tx_status: '0',
      net_debit_paise: kind.cost,
    });
    expect((await byReference(t.client, ref)).body.data).toMatchObject({
      tx_status: '0',
      txstatus_desc: 'Success',
      tid: answer.body.data.tid,
      bank_ref_num: expect.stringMatching(/^\d{12}$/),
    });
    await until(
      () => callbacksOf(ref),
      (seen) => seen.join() === (kind.hasCallback ? '2→0' : ''),
    );
  });

  it('1111 is declined, and nothing is moved', async () => {
    const ref = newReference();
    const before = await summaryOf(t.client);
    const answer = await kind.send('1111', ref);
    expect(answer.http).toBe(200);
    expect(answer.body.status).not.toBe(0);
    expect(answer.body.data).toMatchObject({
      tx_status: '1',
      tid: expect.stringMatching(/^\d{10}$/),
      reason: expect.any(String),
    });
    expect((await byReference(t.client, ref)).body.data).toMatchObject({
      tx_status: '1',
      txstatus_desc: 'Fail',
      bank_ref_num: '',
    });
    expect(await reportOf(ref)).toMatchObject({ net_debit_paise: 0 });
    expect((await summaryOf(t.client)).balance_paise).toBe(before.balance_paise);
    if (kind.hasCallback)
      await until(
        () => callbacksOf(ref),
        (seen) => seen.join() === '2→1',
      );
  });

  it('2222 is awaited, then success', async () => {
    const ref = newReference();
    const answer = await kind.send('2222', ref);
    expect([answer.body.status, statusOf(answer)]).toEqual([0, '2']);
    expect((await byReference(t.client, ref)).body.data).toMatchObject({
      tx_status: '2',
      txstatus_desc: 'Initiated',
      bank_ref_num: '',
    });
    expect(await ended(ref, '0')).toMatchObject({ net_debit_paise: kind.cost });
    if (kind.hasCallback)
      await until(
        () => callbacksOf(ref),
        (seen) => seen.join() === '2→0',
      );
  });

  it('3333 is awaited, then failed (a transfer: refund pending)', async () => {
    const ref = newReference();
    expect(statusOf(await kind.send('3333', ref))).toBe('2');
    expect(await ended(ref, kind.lateFailure)).toMatchObject({
      net_debit_paise: kind.lateFailure === '3' ? kind.cost : 0,
    });
    if (kind.hasCallback)
      await until(
        () => callbacksOf(ref),
        (seen) => seen.join() === `2→${kind.lateFailure}`,
      );
  });

  it('4444 is success, then reversed with everything back', async () => {
    const ref = newReference();
    expect(statusOf(await kind.send('4444', ref))).toBe('0');
    expect(await ended(ref, '4')).toMatchObject({ txstatus_desc: 'Refunded', net_debit_paise: 0 });
    if (kind.hasCallback)
      await until(
        () => callbacksOf(ref),
        (seen) => seen.toSorted().join() === '0→4,2→0',
      );
  });

  it.each([
    ['5555', '0'],
    ['6666', '1'],
  ])('%s never answers, and ends as %s; only an inquiry finds out', async (ending, status) => {
    const ref = newReference();
    await expect(kind.send(ending, ref, { timeoutMs: 250 })).rejects.toThrow(/timeout|abort/i);
    expect(await ended(ref, status)).toMatchObject({ net_debit_paise: status === '0' ? kind.cost : 0 });
    expect((await byReference(t.client, ref)).body.data).toMatchObject({ tx_status: status });
    await quiet();
    expect(callbacksOf(ref)).toEqual([]);
  });

  it('7777 answers 500, books nothing, and is not found', async () => {
    const ref = newReference();
    const answer = await kind.send('7777', ref);
    expect([answer.http, answer.body]).toEqual([500, { status: 1, message: 'Internal Server Error' }]);
    expect((await byReference(t.client, ref)).body).toEqual({
      status: 1,
      response_status_id: -1,
      message: 'No transaction found for the given reference.',
      data: {},
    });
    expect(await reportOf(ref)).toBeUndefined();
  });

  it('8888 is success; its callbacks are repeated, out of order, and one is false', async () => {
    const ref = newReference();
    expect(statusOf(await kind.send('8888', ref))).toBe('0');
    const seen = await until(
      () => callbacksOf(ref),
      (all) => all.length === (kind.hasCallback ? 5 : 0),
    );
    expect(seen.toSorted()).toEqual(kind.hasCallback ? ['2→0', '2→0', '2→0', '2→1', '→2'] : []);
    expect(seen.indexOf('→2') >= seen.indexOf('2→0')).toBe(true);
    const raw = t.receiver.raw.filter((text) => text.includes(ref));
    expect(new Set(raw).size).toBe(kind.hasCallback ? 3 : 0); // the repeats are the same bytes
    expect((await byReference(t.client, ref)).body.data.tx_status).toBe('0');
    expect(await reportOf(ref)).toMatchObject({ tx_status: '0', net_debit_paise: kind.cost });
  });

  it('9999 is awaited, then success after a second without a callback', async () => {
    const ref = newReference();
    expect(statusOf(await kind.send('9999', ref))).toBe('2');
    expect(await ended(ref, '0')).toMatchObject({ net_debit_paise: kind.cost });
    await quiet();
    expect(callbacksOf(ref)).toEqual([]);
  });

  it('any of them can be ordered for one reference', async () => {
    const ref = newReference();
    const { body } = await t.client.control('POST', '/scenarios', {
      match: { reference_id: ref },
      scenario: '2222',
    });
    expect(body).toMatchObject({ scenario: '2222', left: 1 });
    expect(statusOf(await kind.send('0000', ref))).toBe('2');
    expect((await t.client.control('GET', '/scenarios')).body.orders).toEqual([]);
    await ended(ref, '0');
  });
});

describe.each([
  ['aeps_balance', 'balance-enquiry', 1466, 1464],
  ['aeps_statement', 'mini-statement', 1527, 1528],
] as const)('%s', (service, path, done, failed) => {
  const send = (ending: string, ref: string, options?: RequestOptions) =>
    t.client.call(
      'POST',
      `/customer/collection/aeps-fingpay/${path}/${newMobile(ending)}`,
      { client_ref_id: ref, bank_code: 'SBIN', aadhar: AADHAAR_BLOCK, piddata: PID_BLOCK, latlong: LATLONG },
      options,
    );

  it.each([
    ['0000', done],
    ['1111', failed],
    ['2222', done],
    ['3333', done],
    ['4444', done],
    ['8888', done],
    ['9999', done],
  ] as const)('%s is answered %d', async (ending, type) => {
    const ref = newReference();
    expect((await send(ending, ref)).body.response_type_id).toBe(type);
    expect(await reportOf(ref)).toMatchObject({ service, tx_status: type === done ? '0' : '1' });
  });

  it('5555 and 6666 never answer, 7777 answers 500', async () => {
    for (const [ending, status] of [
      ['5555', '0'],
      ['6666', '1'],
    ] as const) {
      const ref = newReference();
      await expect(send(ending, ref, { timeoutMs: 200 })).rejects.toThrow(/timeout|abort/i);
      await ended(ref, status);
    }
    const ref = newReference();
    expect((await send('7777', ref)).http).toBe(500);
    expect(await reportOf(ref)).toBeUndefined();
  });
});

it('callbacks come again until a 2xx, and stop when they are switched off', async () => {
  const [dmt] = KINDS;
  t.receiver.answer = () => 500;
  const ref = newReference();
  await dmt!.send('0000', ref);
  await until(
    () => callbacksOf(ref).length,
    (n) => n >= 1,
  );
  t.receiver.answer = () => 200;
  await until(
    () => callbacksOf(ref).length,
    (n) => n >= 2,
  );
  expect(new Set(t.receiver.raw.filter((raw) => raw.includes(ref))).size).toBe(1);
  const report = await until(
    async () => (await t.client.control('GET', '/webhooks')).body,
    (body) => body.pending === 0,
  );
  expect(report).toMatchObject({ disabled: 0, in_flight: 0 });
  t.sandbox.settings.callbacksOn = false;
  const silent = newReference();
  await dmt!.send('0000', silent);
  await quiet();
  t.sandbox.settings.callbacksOn = true;
  expect(callbacksOf(silent)).toEqual([]);
});

it('the book adds up: what went out less what came back is what is gone', async () => {
  const book = await summaryOf(t.client);
  expect(Number(book.opening_balance_paise) - Number(book.debits_paise) + Number(book.credits_paise)).toBe(
    book.balance_paise,
  );
  const items: Json[] = [];
  for (let after = ''; ;) {
    const { body } = await t.client.control('GET', `/book/transactions?limit=50${after}`);
    items.push(...(body.items as Json[]));
    if (body.next_after === null) break;
    after = `&after=${JSON.stringify(body.next_after)}`;
  }
  const net = (services: string[]): number =>
    items
      .filter((i) => services.includes(String(i.service)))
      .reduce((sum, i) => sum + Number(i.net_debit_paise), 0);
  expect(Number(book.opening_balance_paise) - Number(book.balance_paise)).toBe(
    net(['dmt', 'bbps', 'recharge']),
  );
  expect(book.aeps_receivable_paise).toBe(-net(['aeps_withdrawal', 'aeps_statement', 'settlement']));
});
