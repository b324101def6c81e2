/**
 * The guard of Eko's paths: signature and clock, initiator and agent, methods and content types, ordered
 * faults, hostile input.
 */
import {
  ACCESS_KEY,
  INITIATOR,
  newMobile,
  signedHeaders,
  startEkoSandbox,
  summaryOf,
  USER_CODE,
  type EkoSandbox,
} from '../../support/eko-sandbox';
import { until } from '../../support/until';

let t: EkoSandbox;
beforeAll(async () => {
  t = await startEkoSandbox();
});
afterAll(async () => {
  await t.close();
});

const PATH = '/customer/payment/bbps/categories';
const get = (headers: Record<string, string>) => t.client.call('GET', PATH, {}, { headers });
const REFUSED = {
  status: 1,
  response_status_id: -1,
  message: 'Unauthorized — invalid secret-key or secret-key-timestamp.',
  data: {},
};

describe('the signature', () => {
  it('is taken up to two minutes on either side, and not beyond', async () => {
    // A request that was a second on its way is on the other side of the limit: it is made again.
    const answered = (offMs: number, http: number) =>
      until(
        async () => get(signedHeaders(Date.now() + offMs)),
        (answer) => answer.http === http,
      );
    for (const offMs of [0, -119_000, 119_000]) await answered(offMs, 200);
    for (const offMs of [-121_000, 121_000, -86_400_000])
      expect(await answered(offMs, 403)).toMatchObject({ body: REFUSED });
  });

  it('is refused with another key, another timestamp, or the decoded key', async () => {
    const now = Date.now();
    const good = signedHeaders(now);
    expect(await get(signedHeaders(now, 'another access key'))).toMatchObject({ http: 403, body: REFUSED });
    expect(await get({ ...good, 'secret-key-timestamp': String(now + 1) })).toMatchObject({
      http: 403,
      body: REFUSED,
    });
    expect(await get({ ...good, 'secret-key': Buffer.from(ACCESS_KEY).toString('base64') })).toMatchObject({
      http: 403,
      body: REFUSED,
    });
    expect(await get({ ...good, 'secret-key-timestamp': 'now' })).toMatchObject({ http: 403, body: REFUSED });
    expect(await get({ ...good, 'secret-key': '' })).toMatchObject({ http: 403, body: REFUSED });
    expect(await get({ ...good, developer_key: 'another' })).toMatchObject({
      http: 403,
      body: { status: 1, message: 'Forbidden — incorrect developer_key or secret-key.' },
    });
  });

  it('shows a clock that is wrong when the sandbox’s is shifted', async () => {
    await t.client.control('POST', '/settings', { clock_shift_ms: 300_000 });
    expect((await get(signedHeaders(Date.now()))).http).toBe(403);
    expect((await get(signedHeaders(Date.now() + 300_000))).http).toBe(200);
    await t.client.control('POST', '/settings', { clock_shift_ms: 0 });
    expect((await get(signedHeaders(Date.now()))).http).toBe(200);
  });
});

it('knows its initiator and its agents', async () => {
  expect((await t.client.call('GET', PATH, { initiator_id: '9000000000' })).body).toEqual({
    status: 319,
    response_status_id: 1,
    response_type_id: -1,
    message: 'Invalid Sender/Initiator',
    invalid_params: { initiator_id: 'Merchant does not exist in system.' },
    data: { csp_id: '9000000000' },
  });
  expect((await t.client.call('GET', PATH, {}, { bare: true })).body.status).toBe(319);
  const sender = `/customer/payment/dmt-fino/sender/${newMobile()}`;
  expect((await t.client.call('GET', sender, { user_code: '99999999' })).body).toMatchObject({
    status: 463,
    invalid_params: { user_code: expect.any(String) },
  });
  expect(
    (await t.client.call('GET', sender, { initiator_id: INITIATOR }, { bare: true })).body,
  ).toMatchObject({ status: 97, invalid_params: { user_code: expect.any(String) } });
  const agent = await t.client.call('POST', '/user/network/eps-agent', {
    pan_number: 'ABCPE1234F',
    mobile: '9876500001',
    first_name: 'Test',
    last_name: 'Agent',
    email: 'agent@example.com',
    residence_address: { line: 'x' },
    dob: '1990-05-15',
    shop_name: 'Test Mobile Store',
  });
  expect(agent.body).toMatchObject({
    status: 0,
    response_status_id: -1,
    response_type_id: 1290,
    data: { user_code: expect.stringMatching(/^\d{8}$/), initiator_id: INITIATOR },
  });
  expect(
    (await t.client.call('GET', sender, { user_code: String(agent.body.data.user_code) })).body.status,
  ).toBe(308);
  const user = String(agent.body.data.user_code);
  expect((await t.client.call('PUT', `/admin/network/agent/${user}/service/53/activate`)).body).toEqual({
    status: 0,
    response_status_id: 0,
    response_type_id: 0,
    message: 'Service activated successfully.',
    data: {},
  });
  expect((await t.client.call('PUT', `/admin/network/agent/${user}/service/53/deactivate`)).body.status).toBe(
    0,
  );
  expect(
    (await t.client.call('GET', '/user/account/services', { user_code: user })).body.data.service_status_list,
  ).toEqual([expect.objectContaining({ service_code: '53', status_desc: 'DEACTIVATED' })]);
  expect((await t.client.call('PUT', '/admin/network/agent/77777777/service/53/activate')).body.status).toBe(
    1297,
  );
});

it('answers 404, 405, 413, 415 and 400 as documented', async () => {
  expect((await t.client.call('GET', '/nothing')).http).toBe(404);
  expect((await t.client.call('GET', '/customer/payment/dmt-fino')).http).toBe(405);
  expect((await t.client.call('POST', PATH)).http).toBe(405);
  expect(
    (
      await t.client.call(
        'POST',
        '/customer/payment/dmt-fino',
        {},
        { headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      )
    ).http,
  ).toBe(415);
  for (const raw of ['', '[1]', 'null', '{"a":', '"text"'])
    expect((await t.client.call('POST', '/customer/payment/dmt-fino', {}, { raw })).http).toBe(400);
  expect(
    (
      await t.client.call(
        'POST',
        '/customer/payment/dmt-fino',
        {},
        { raw: JSON.stringify({ x: 'y'.repeat(300_000) }) },
      )
    ).http,
  ).toBe(413);
});

it('never answers 5xx to hostile input, and echoes none of it', async () => {
  const hostile = [
    '__proto__',
    'planted\u0000',
    "planted' or 1=1 --",
    'planted<script>',
    '٠١٢٣',
    'x'.repeat(400),
  ];
  for (const value of hostile) {
    for (const [method, path] of [
      ['GET', `/tools/reference/transaction/${encodeURIComponent(value)}`],
      ['POST', `/customer/payment/refund/${encodeURIComponent(value)}/otp`],
      ['GET', `/customer/payment/dmt-fino/sender/${encodeURIComponent(value)}`],
    ] as const) {
      const answer = await t.client.call(method, path);
      expect(answer.http).toBeLessThan(500);
      expect(answer.text).not.toContain('planted');
    }
    const answer = await t.client.call('POST', '/customer/payment/dmt-fino', {
      customer_id: value,
      recipient_id: value,
      amount: value,
      otp: value,
      otp_ref_id: value,
      client_ref_id: value,
      [value]: value,
    });
    expect([answer.http < 500, answer.text.includes('planted')]).toEqual([true, false]);
  }
  expect((await t.client.call('GET', '/customer/payment/dmt-fino/sender/%E0%A4%A')).http).toBeLessThan(500);
  expect(
    (
      await t.client.call(
        'POST',
        '/customer/payment/dmt-fino',
        {},
        { raw: `{"__proto__":{"customer_id":"9000000000"},"initiator_id":"${INITIATOR}"}` },
      )
    ).body.status,
  ).toBe(97);
});

describe('a fault', () => {
  it('with a status answers instead, and books nothing', async () => {
    await t.client.control('POST', '/faults', {
      status: 429,
      retry_after_s: 7,
      path: '/ekoapi/v3/customer/payment/bbps',
      method: 'GET',
    });
    await t.client.control('POST', '/faults', { status: 503, times: 2 });
    const limited = await t.client.call('GET', PATH);
    expect([limited.http, limited.headers['retry-after']]).toEqual([429, '7']);
    expect((await t.client.call('POST', '/customer/payment/bbps')).http).toBe(503);
    expect((await t.client.call('GET', PATH)).http).toBe(503);
    expect((await t.client.call('GET', PATH)).http).toBe(200);
    const { body } = await t.client.control('POST', '/faults', { status: 500, times: 5 });
    expect((await t.client.control('GET', '/faults')).body.orders).toEqual([body]);
    expect((await t.client.control('DELETE', `/faults/${String(body.id)}`)).body).toEqual({ removed: 1 });
  });

  it('with a body spoils the answer of something that happened', async () => {
    const pay = (ref: string, kind?: string) =>
      (kind === undefined
        ? Promise.resolve()
        : t.client.control('POST', '/faults', { body: kind, method: 'POST' }).then(() => undefined)
      ).then(() =>
        t.client.call('POST', '/customer/payment/bbps', {
          phone_operator_code: '1',
          utility_acc_no: '9876543210',
          confirmation_mobile_no: '9876543210',
          sender_name: 'Test',
          category: 5,
          amount: 299,
          client_ref_id: ref,
          source_ip: '10.0.0.1',
        }),
      );
    expect((await pay('SPOILT1', 'garbage')).text).toBe('<html><body>Bad Gateway');
    expect((await pay('SPOILT2', 'oversized')).text.length).toBeGreaterThan(8_000_000);
    expect((await pay('SPOILT3', 'empty')).text).toBe('');
    expect((await pay('SPOILT4', 'other_amount')).body.data.amount).toBe('300.00');
    expect((await pay('SPOILT5')).body.data.amount).toBe('299.0');
    const { body } = await t.client.control(
      'GET',
      '/book/transactions?client_ref_ids=SPOILT1,SPOILT2,SPOILT3,SPOILT4',
    );
    expect(body.items).toHaveLength(4);
    for (const item of body.items as object[])
      expect(item).toMatchObject({ tx_status: '0', amount_paise: 29_900 });
  });
});

it.each([
  ['/scenarios', {}],
  ['/scenarios', { match: { any: true }, scenario: '1234' }],
  ['/faults', {}],
  ['/faults', { status: 404 }],
  ['/faults', { status: 500, body: 'empty' }],
  ['/faults', { status: 500, path: '/v1' }],
  ['/faults', { body: 'rubbish' }],
  ['/settings', { otp: '12' }],
  ['/settings', { clock_shift_ms: 1.5 }],
  ['/settings', { speed: 1 }],
  ['/settings', { recipient_limit_paise: 0 }],
  ['/deposits', { amount_paise: 0 }],
  ['/agents', { user_code: 'x' }],
  ['/agents', { user_code: '1234', aeps: 'no' }],
  ['/report-breaks', { client_ref_id: 'A', break: 'x' }],
])('control POST %s refuses %j', async (path, body) => {
  expect(await t.client.control('POST', path, body)).toMatchObject({
    http: 400,
    body: { error: { code: 'INVALID' } },
  });
});

it('keeps RazorpayX beside it, and has no Eko when it is not configured', async () => {
  expect((await summaryOf(t.client)).agents).toBeGreaterThan(0);
  const without = await startEkoSandbox({ eko: undefined });
  expect((await without.client.call('GET', PATH)).http).toBe(401); // the guard of RazorpayX
  expect((await without.client.control('GET', '/book/summary')).http).toBe(404);
  await without.close();
  expect(USER_CODE).toBe('20810200');
});
