/** Domestic money transfer through the API, with workers, on real stores; the provider is scripted. */
import { randomUUID } from 'node:crypto';
import { rows } from '../../../platform/database';
import { startPlatform, type Platform, type Reply } from '../../support/platform';
import { keepLog } from '../../support/kept-log';
import { tablesOf } from '../../support/everywhere';
import { expectProblem } from '../../support/problems';
import { until } from '../../support/until';
import {
  AADHAAR,
  ADDRESS,
  bodyOf,
  freshPid,
  phoneCheck,
  PID,
  RECIPIENT,
  type Part,
  type Ready,
} from '../../support/dmt-bodies';
import {
  createScriptedDmt,
  declined,
  deskRefused,
  deskUnknown,
  GOOD_OTP,
  refundPending,
  sentOk,
  type ScriptedDmt,
} from '../../support/scripted-dmt';

let p: Platform;
let eko: ScriptedDmt;
let user: Awaited<ReturnType<Platform['user']>>;
const logged = keepLog('debug');
let mobile = 9_876_500_000;
beforeAll(async () => {
  eko = createScriptedDmt();
  eko.onSend = () => sentOk();
  p = await startPlatform({ log: logged.log, connectors: [eko] });
  user = await p.user(100_000_000n);
});
afterAll(async () => {
  await p.close();
});
beforeEach(() => {
  mobile += 1;
  eko.onSend = () => sentOk();
  eko.onDesk = () => undefined;
});

const call = (
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> => p.call(method, url, { key: user.apiKey, body, headers });
const post = (url: string, body: unknown): Promise<Reply> => call('POST', url, body);
const ok = (reply: Reply): Record<string, unknown> => {
  expect({ status: reply.status, text: reply.text }).toMatchObject({ status: 200 });
  return reply.body;
};
async function ready(): Promise<Ready> {
  eko.profiles.set(String(mobile), { state: 'active', name: null, remainingPaise: 2_500_000n });
  const sender = ok(await post('/v1/dmt/senders', { mobile: String(mobile) })).id as string;
  for (const [url, body] of phoneCheck(sender)) ok(await post(url, body));
  const recipient = ok(await post(`/v1/dmt/senders/${sender}/recipients`, RECIPIENT)).id as string;
  return { sender, recipient };
}
const otps = async ({ sender, recipient }: Ready, amount: number): Promise<Part[]> =>
  ok(await post(`/v1/dmt/senders/${sender}/transfer-otps`, { recipient, amount })).parts as Part[];
const transfer = (body: unknown, key: string = randomUUID()): Promise<Reply> =>
  call('POST', '/v1/dmt/transfers', body, { 'idempotency-key': key });
const finished = (id: string): Promise<Record<string, unknown>> =>
  until(
    async () => (await call('GET', `/v1/dmt/transfers/${id}`)).body,
    (b) => b.status !== 'PENDING',
  );

describe('a sender, from unknown to active', () => {
  it('is looked up, enrolled, verified by eKYC, and the same number is the same sender', async () => {
    const first = ok(await post('/v1/dmt/senders', { mobile: String(mobile) }));
    const hint = `${String(mobile).slice(0, 2)}…${String(mobile).slice(-2)}`;
    expect(first).toEqual({
      id: expect.stringMatching(/^snd_[0-9a-z]{26}$/),
      object: 'dmt_sender',
      state: 'unknown',
      kyc_level: 'none',
      remaining: null,
      hint,
      verified_at: null,
      checked_at: expect.any(String),
      created_at: expect.any(String),
    });
    const url = `/v1/dmt/senders/${first.id as string}`;
    expectProblem(await post(`${url}/ekyc/verification`, { otp: GOOD_OTP }), 'DMT_EKYC_NOT_STARTED');
    expect(
      ok(await post(`${url}/enrolment`, { name: 'Test Remitter', born_on: '1990-02-28', address: ADDRESS }))
        .state,
    ).toBe('ekyc_pending');
    expect(ok(await post(`${url}/ekyc`, { aadhaar: AADHAAR, pid: freshPid() })).state).toBe('otp_pending');
    expectProblem(await post(`${url}/ekyc/verification`, { otp: '000000' }), 'DMT_REFUSED');
    expect(ok(await post(`${url}/ekyc/verification`, { otp: GOOD_OTP }))).toMatchObject({
      state: 'active',
      kyc_level: 'ekyc',
      remaining: 2_500_000,
      verified_at: expect.any(String),
    });
    expect(ok(await post('/v1/dmt/senders', { mobile: String(mobile) }))).toMatchObject({
      id: first.id,
      state: 'active',
    });
    expect(ok(await call('GET', url))).toMatchObject({ id: first.id, state: 'active' });
    expect(eko.asked.filter((a) => a.call === 'startEkyc').at(-1)!.args).toEqual([
      String(mobile),
      AADHAAR,
      expect.stringContaining('<PidData>'),
    ]);
    expect(eko.asked.filter((a) => a.call === 'enrolSender').at(-1)!.args).toEqual([
      { mobile: String(mobile), name: 'Test Remitter', bornOn: '1990-02-28', address: ADDRESS },
    ]);
  });

  it('looked up ten times at once is one row', async () => {
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => post('/v1/dmt/senders', { mobile: String(mobile) })),
    );
    expect(new Set(replies.map((r) => ok(r).id)).size).toBe(1);
  });

  it('of another user is not there, and no number stands in a path', async () => {
    const { sender, recipient } = await ready();
    const other = await p.user(0n);
    const asOther = (method: string, url: string, body?: unknown): Promise<Reply> =>
      p.call(method, url, { key: other.apiKey, body });
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['GET', '/recipients', undefined],
      ['POST', '/recipients', RECIPIENT],
      ['POST', '/transfer-otps', { recipient, amount: 200_000 }],
      ['POST', '/ekyc', { aadhaar: AADHAAR, pid: freshPid() }],
      ['POST', '/ekyc/verification', { otp: GOOD_OTP }],
      ['POST', '/enrolment', { name: 'Test Remitter', born_on: '1990-02-28', address: ADDRESS }],
    ] as const) {
      expectProblem(await asOther(method, `/v1/dmt/senders/${sender}${path}`, body), 'DMT_SENDER_NOT_FOUND');
    }
    expectProblem(await call('GET', `/v1/dmt/senders/${String(mobile)}`), 'DMT_SENDER_NOT_FOUND');
    const mine = ok(await asOther('POST', '/v1/dmt/senders', { mobile: String(mobile) })).id;
    expect(mine).not.toBe(sender);
  });

  it('that is not active sends nothing', async () => {
    const sender = ok(await post('/v1/dmt/senders', { mobile: String(mobile) })).id as string;
    for (const [url, body] of phoneCheck(sender)) ok(await post(url, body));
    const recipient = ok(await post(`/v1/dmt/senders/${sender}/recipients`, RECIPIENT)).id as string;
    expectProblem(
      await post(`/v1/dmt/senders/${sender}/transfer-otps`, { recipient, amount: 200_000 }),
      'DMT_SENDER_NOT_ACTIVE',
    );
  });

  it('eKYC that gets no answer is asked once, and says what to do', async () => {
    const sender = ok(await post('/v1/dmt/senders', { mobile: String(mobile) })).id as string;
    const before = eko.asked.length;
    for (const answer of [
      () => deskUnknown(),
      (): never => {
        throw new Error(`no route with ${AADHAAR} ${PID}`);
      },
    ]) {
      eko.onDesk = answer;
      const reply = await post(`/v1/dmt/senders/${sender}/ekyc`, { aadhaar: AADHAAR, pid: freshPid() });
      expectProblem(reply, 'PROVIDER_UNAVAILABLE');
    }
    expect(eko.asked).toHaveLength(before + 2);
  });
});

describe('recipients', () => {
  it('are added once, listed with what may be seen, and follow the provider', async () => {
    const { sender, recipient } = await ready();
    expect(
      ok(await post(`/v1/dmt/senders/${sender}/recipients`, { ...RECIPIENT, ifsc: 'sbin0000001' })).id,
    ).toBe(recipient);
    const list = ok(await call('GET', `/v1/dmt/senders/${sender}/recipients`));
    expect(list).toEqual({
      object: 'list',
      data: [
        {
          id: recipient,
          object: 'dmt_recipient',
          name: 'Test Recipient',
          bank: 'Test Bank',
          ifsc: 'SBIN0000001',
          hint: '…0000',
          is_verified: true,
          reconfirm: null,
        },
      ],
      has_more: false,
      next_cursor: null,
      url: `/v1/dmt/senders/${sender}/recipients`,
    });
    const [kept] = eko.people.get(String(mobile))!;
    eko.people.set(String(mobile), [{ ...kept!, accountNumber: '000111229999' }]);
    expect(ok(await call('GET', `/v1/dmt/senders/${sender}/recipients`)).data as unknown[]).toEqual([
      expect.objectContaining({ id: recipient, hint: '…9999' }),
    ]);
    expect(
      await rows(
        p.c.knex,
        'select r.hint from dmt_recipients r join dmt_senders s on s.id = r.sender_id where s.hint = ?',
        [`${String(mobile).slice(0, 2)}…${String(mobile).slice(-2)}`],
      ),
    ).toContainEqual({ hint: '…9999' });
  });

  it('at a branch that is gone with its bank, or of another sender, are refused', async () => {
    const a = await ready();
    mobile += 1;
    const b = await ready();
    const gone = await post(`/v1/dmt/senders/${a.sender}/recipients`, { ...RECIPIENT, ifsc: 'SYNB0000445' });
    expectProblem(gone, 'IFSC_ENDED');
    expect(gone.body.detail).toContain(
      'Syndicate Bank (SYNB) is now Canara Bank (its IFSCs begin with CNRB)',
    );
    expectProblem(
      await post(`/v1/dmt/senders/${a.sender}/recipients`, { ...RECIPIENT, ifsc: 'RBIS0COD001' }),
      'BANK_NOT_ON_RAIL',
    );
    expectProblem(
      await post(`/v1/dmt/senders/${a.sender}/transfer-otps`, { recipient: b.recipient, amount: 200_000 }),
      'DMT_RECIPIENT_NOT_FOUND',
    );
  });
});

describe('a transfer', () => {
  it('of one part: 202, then SUCCESS with charge, tax inside and UTR; it is a transaction like any other', async () => {
    const r = await ready();
    const [part] = await otps(r, 200_000);
    expect(part).toEqual({
      amount: 200_000,
      charge: 2_000,
      otp_reference: expect.stringMatching(/^otp_[0-9a-z]{26}$/),
    });
    const body = bodyOf(r, [part!]);
    const key = randomUUID();
    const reply = await transfer(body, key);
    expect(reply.status).toBe(202);
    const id = reply.body.id as string;
    expect(reply.headers.get('location')).toBe(`/v1/dmt/transfers/${id}`);
    expect(reply.body).toMatchObject({
      id: expect.stringMatching(/^dmt_/),
      object: 'dmt_transfer',
      status: 'PENDING',
      amount: 200_000,
      charge: 2_000,
      total: 202_000,
      currency: 'INR',
      reference: body.reference,
      ...r,
      parts: [{ status: 'PENDING', amount: 200_000, charge: 2_000, charge_tax: 305, utr: null }],
    });
    const final = await finished(id);
    expect(final).toMatchObject({
      id,
      status: 'SUCCESS',
      parts: [{ status: 'SUCCESS', utr: '620415011744', status_reason: null }],
    });
    expect({ ...final, status: 0, parts: 0 }).toEqual({ ...reply.body, status: 0, parts: 0 });
    const transaction = await call('GET', (final.parts as { links: { self: string } }[])[0]!.links.self);
    expect(transaction.body).toMatchObject({
      service: 'dmt',
      status: 'SUCCESS',
      amount: 200_000,
      charge: 2_000,
      fee: 0,
      tax: 0,
      reference: body.reference,
    });
    const again = await transfer(body, key);
    expect([again.status, again.text, again.headers.get('idempotent-replayed')]).toEqual([
      202,
      reply.text,
      'true',
    ]);
    expectProblem(await transfer(bodyOf(r, [part!])), 'DMT_OTP_USED');
  });

  it('of several parts: each with its own charge and state, and the whole says what became of them', async () => {
    const r = await ready();
    const parts = await otps(r, 1_200_000);
    expect(parts.map((x) => [x.amount, x.charge])).toEqual([
      [500_000, 5_000],
      [500_000, 5_000],
      [200_000, 2_000],
    ]);
    eko.onSend = ({ amountPaise }) => (amountPaise === 200_000n ? declined() : sentOk());
    const before = eko.sends.length;
    const reply = await transfer(bodyOf(r, parts));
    expect(reply.body).toMatchObject({
      status: 'PENDING',
      amount: 1_200_000,
      charge: 12_000,
      total: 1_212_000,
    });
    const final = await finished(reply.body.id as string);
    expect(final).toMatchObject({
      status: 'PARTIAL',
      parts: [{ status: 'SUCCESS' }, { status: 'SUCCESS' }, { provider_reason: 'otp_wrong' }],
    });
    expect(new Set(eko.sends.slice(before).map((s) => s.instruction.otpRef)).size).toBe(3);
    expect((final.parts as { id: string }[]).map((x) => x.id)).toEqual(
      (reply.body.parts as { id: string }[]).map((x) => x.id),
    );
    const list = await call('GET', `/v1/transactions?reference=${reply.body.reference as string}`);
    expect(list.body.data as unknown[]).toHaveLength(3);
    expect(ok(await call('GET', `/v1/dmt/senders/${r.sender}`)).remaining).toBe(1_500_000);
  });

  it('sent again at the same time with the same key is one transfer', async () => {
    const r = await ready();
    const body = bodyOf(r, await otps(r, 700_000));
    const key = randomUUID();
    const replies = await Promise.all(Array.from({ length: 12 }, () => transfer(body, key)));
    expect(new Set(replies.map((x) => x.status))).toEqual(new Set([202]));
    expect(new Set(replies.map((x) => x.text)).size).toBe(1);
    await finished(replies[0]!.body.id as string);
    expect(
      await rows(p.c.knex, 'select count(*)::int as n from transactions where reference = ?', [
        body.reference,
      ]),
    ).toEqual([{ n: 2 }]);
  });

  it("is another user's: not there", async () => {
    const r = await ready();
    const reply = await transfer(bodyOf(r, await otps(r, 200_000)));
    const other = await p.user(0n);
    expectProblem(
      await p.call('GET', `/v1/dmt/transfers/${reply.body.id as string}`, { key: other.apiKey }),
      'DMT_TRANSFER_NOT_FOUND',
    );
    expectProblem(await call('GET', '/v1/dmt/transfers/dmt_x'), 'DMT_TRANSFER_NOT_FOUND');
    await finished(reply.body.id as string);
  });

  it('needs a key, and names what is wrong in which part', async () => {
    const r = await ready();
    const parts = await otps(r, 700_000);
    expectProblem(await post('/v1/dmt/transfers', bodyOf(r, parts)), 'IDEMPOTENCY_KEY_MISSING');
    expect(
      expectProblem(
        await transfer(bodyOf(r, [parts[0]!, { ...parts[1]!, amount: 200_001 }])),
        'DMT_OTP_REFERENCE_INVALID',
      ),
    ).toMatchObject([{ pointer: '#/parts/1/otp_reference' }]);
    expect(
      expectProblem(await transfer({ ...bodyOf(r, parts), parts: [] }), 'REQUEST_FIELD_INVALID'),
    ).toMatchObject([{ pointer: '#/parts', code: 'FIELD_OUT_OF_RANGE' }]);
    expect(
      expectProblem(
        await transfer({ ...bodyOf(r, parts), parts: [{ ...parts[0], charge: undefined, otp: 'abcd' }] }),
        'REQUEST_FIELD_INVALID',
      ),
    ).toMatchObject([{ pointer: '#/parts/0/otp', code: 'FIELD_FORM_WRONG' }]);
    expectProblem(await transfer({ ...bodyOf(r, parts), hurry: true }), 'REQUEST_FIELD_UNKNOWN');
    expect(
      await rows(
        p.c.knex,
        'select d.transaction_id from dmt_transfers d join dmt_otp_requests o on o.id = d.otp_request_id where o.amount_paise = 700000',
      ),
    ).toEqual([]);
  });

  it('for which the provider sends no password is refused with its code', async () => {
    const r = await ready();
    eko.onDesk = () => deskRefused('monthly_limit');
    const reply = await post(`/v1/dmt/senders/${r.sender}/transfer-otps`, {
      recipient: r.recipient,
      amount: 200_000,
    });
    expectProblem(reply, 'DMT_REFUSED');
    expect(reply.body.detail).toContain('monthly_limit');
  });
});

describe('a refund', () => {
  it('waits for the customer, is asked for with their password, and ends as REFUNDED; a second one is refused', async () => {
    const r = await ready();
    const tid = '3570000001';
    eko.onSend = () => refundPending({ providerReference: tid });
    const reply = await transfer(bodyOf(r, await otps(r, 200_000)));
    const [part] = reply.body.parts as { id: string }[];
    await until(
      () =>
        rows<{ state: string }>(p.c.knex, 'select state from transactions where reference = ?', [
          reply.body.reference,
        ]),
      ([t]) => t?.state === 'refund_pending',
    );
    const url = `/v1/transactions/${part!.id}`;
    expect((await call('GET', url)).body).toMatchObject({ status: 'PENDING' });
    eko.onRefund = (target, otp) =>
      otp === GOOD_OTP
        ? { kind: 'refunded', sent: true, rawStatus: '74', providerReference: target.providerReference }
        : declined();
    const sent = ok(await post(`${url}/refund-otp`, {}));
    expect(sent).toEqual({
      object: 'refund_otp',
      transaction: part!.id,
      otp_reference: expect.stringMatching(/^otp_/),
    });
    expectProblem(await post(`${url}/refund`, { otp: '000000' }), 'REFUND_REFUSED');
    const refund = await post(`${url}/refund`, { otp: GOOD_OTP, otp_reference: sent.otp_reference });
    expect([refund.status, refund.body]).toEqual([
      202,
      { object: 'refund', transaction: part!.id, status: 'REFUNDED', links: { transaction: url } },
    ]);
    expect(await finished(reply.body.id as string)).toMatchObject({ status: 'REFUNDED' });
    expectProblem(await post(`${url}/refund`, { otp: GOOD_OTP }), 'ALREADY_REFUNDED');
    expectProblem(await post(`${url}/refund-otp`, {}), 'ALREADY_REFUNDED');
  });

  it('of a success, or of what is paid another way, there is none', async () => {
    const r = await ready();
    const reply = await transfer(bodyOf(r, await otps(r, 200_000)));
    await finished(reply.body.id as string);
    expectProblem(
      await post(`/v1/transactions/${(reply.body.parts as { id: string }[])[0]!.id}/refund-otp`, {}),
      'NOT_REFUNDABLE',
    );
    const payout = await p.payout(user.apiKey, '0000');
    expectProblem(
      await post(`/v1/transactions/${payout.body.id as string}/refund-otp`, {}),
      'NOT_REFUNDABLE',
    );
  });
});

it('P7 no Aadhaar number, biometrics, one-time password, mobile or account number is in a table, a job, a log or an answer', async () => {
  const secret = [
    '86420975',
    AADHAAR,
    'Ni1wbGFudGVkLWJpb21ldHJpY3M',
    String(mobile),
    RECIPIENT.account_number,
    RECIPIENT.mobile,
    'Test Remitter',
    '1990-02-28',
    '12, Test Street',
  ];
  let answers = '';
  const keep = (reply: Reply): Record<string, unknown> => {
    answers += reply.text;
    return reply.body;
  };
  const sender = keep(await post('/v1/dmt/senders', { mobile: String(mobile) })).id as string;
  keep(
    await post(`/v1/dmt/senders/${sender}/enrolment`, {
      name: 'Test Remitter',
      born_on: '1990-02-28',
      address: ADDRESS,
    }),
  );
  keep(await post(`/v1/dmt/senders/${sender}/ekyc`, { aadhaar: AADHAAR, pid: freshPid() }));
  keep(await post(`/v1/dmt/senders/${sender}/ekyc`, { aadhaar: AADHAAR.replace('8', '7'), pid: freshPid() }));
  keep(await post(`/v1/dmt/senders/${sender}/ekyc`, { aadhaar: AADHAAR, pid: { secret: PID } }));
  keep(await post(`/v1/dmt/senders/${sender}/ekyc/verification`, { otp: GOOD_OTP }));
  const recipient = keep(await post(`/v1/dmt/senders/${sender}/recipients`, RECIPIENT)).id as string;
  const parts = await otps({ sender, recipient }, 200_000);
  keep(await transfer({ ...bodyOf({ sender, recipient }, parts, '86420975'), currency: 'USD' }));
  const accepted = keep(await transfer(bodyOf({ sender, recipient }, parts, '86420975')));
  answers += JSON.stringify(await finished(accepted.id as string));
  const tables = [...(await tablesOf(p, 'public')), ...(await tablesOf(p, 'bullmq'))];
  const stored = tables.map(([, text]) => text).join('\n');
  const logText = logged.text();
  for (const value of secret) {
    for (const form of [
      value,
      Buffer.from(value).toString('hex'),
      Buffer.from(value).toString('base64').replace(/=+$/, ''),
    ]) {
      expect({
        value,
        inTables: stored.includes(form),
        inLog: logText.includes(form),
        inAnswers: answers.includes(form),
      }).toEqual({ value, inTables: false, inLog: false, inAnswers: false });
    }
  }
  expect(eko.sends.at(-1)!.instruction.otp).toBe('86420975');
});
