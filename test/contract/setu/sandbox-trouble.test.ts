import { startTestSetu, type Body } from '../../support/setu';
import { topUp } from '../../support/setu-flows';
import { until } from '../../support/until';
import { SETU_KEYS } from '../../support/setu-scripted';
import {
  t,
  another,
  control,
  pay,
  recharge,
  isOpen,
  payable,
  MONEY,
  sendWith,
  ask,
  paymentsOf,
  ends,
  useSetuSandbox,
} from '../../support/setu-sandbox-connector';

useSetuSandbox();

describe.each(MONEY)('$name when something is wrong', (money) => {
  const fault = (what: Body): Promise<Body> =>
    control('POST', `/${money.product}/faults`, { path: money.path, ...what });

  it('P4 7777: a 500 is unknown, then not found; the same bytes again make one payment', async () => {
    const sendIt = await money.ready('7777');
    const { ourReference, outcome } = await sendIt();
    expect(outcome).toMatchObject({ kind: 'unknown', sent: true, httpStatus: 500 });
    expect(await ask(money, { ourReference })).toMatchObject({ kind: 'not_found' });
    await ends(money, await sendIt(), 'succeeded');
    expect((await sendIt()).outcome).toMatchObject({ kind: 'pending', sent: true });
    expect(await paymentsOf(money, ourReference)).toEqual([
      expect.objectContaining({ requests_seen: expect.any(Number) as number }),
    ]);
  });

  it('P4 a repeat is told that it is one, whatever became of the first', async () => {
    const sendIt = await money.ready('1111');
    const sent = await sendIt();
    await ends(money, sent, 'failed');
    expect((await sendIt()).outcome).toMatchObject(
      money.name === 'bbps'
        ? {
            kind: 'pending',
            rawStatus: 'duplicate-ref-id',
            httpStatus: 409,
            providerReference: sent.outcome.providerReference,
          }
        : { kind: 'pending', rawStatus: 'ERR005', httpStatus: 500 },
    );
    await ends(money, sent, 'failed');
  });

  it.each([500, 503])('P5 %i is unknown, and nothing was booked', async (status) => {
    const sendIt = await money.ready('0000');
    await fault({ status });
    const { ourReference, outcome } = await sendIt();
    expect(outcome).toMatchObject({ kind: 'unknown', sent: true, httpStatus: status });
    expect(await ask(money, { ourReference })).toMatchObject({ kind: 'not_found' });
  });

  it('P5 429 is unknown, nothing was booked, and the next call waits', async () => {
    const sendIt = await money.ready('0000');
    await fault({ status: 429, retry_after_s: 2 });
    const own = another();
    const { ourReference, outcome } = await sendIt(own);
    expect(outcome).toMatchObject({ kind: 'unknown', sent: true, httpStatus: 429, retryAfterMs: 2_000 });
    expect((await sendIt(own)).outcome).toMatchObject({
      kind: 'unknown',
      sent: false,
      rawStatus: '<rate limited>',
    });
    expect(await ask(money, { ourReference })).toMatchObject({ kind: 'not_found' });
  });

  it('tokens that run out in the middle are noticed by nobody, and one request fetches the next for all', async () => {
    const ready = await Promise.all(
      ['0000', '2222', '4444', '0000', '2222', '4444'].map((ending) => money.ready(ending)),
    );
    const before = (await control('GET', `/${money.product}/tokens`)).requested as number;
    await control('POST', `/${money.product}/tokens/expire`);
    const all = await Promise.all(ready.map((sendIt) => sendIt()));
    expect(all.map(({ outcome }) => outcome.kind)).not.toContain('unknown');
    expect(((await control('GET', `/${money.product}/tokens`)).requested as number) - before).toBe(1);
    await control('POST', `/${money.product}/tokens/expire`);
    await ends(money, all[0]!, 'succeeded');
  });

  it('no token, no call: with wrong credentials, and when the door is broken', async () => {
    const wrong = another({
      billpay: { ...SETU_KEYS.billpay, secret: 'not the secret', baseUrl: `${t.sandbox.url}/setu-billpay` },
      recharge: {
        ...SETU_KEYS.recharge,
        secret: 'not the secret',
        baseUrl: `${t.sandbox.url}/setu-recharge`,
        accountsBaseUrl: `${t.sandbox.url}/setu-accounts`,
      },
    });
    const sendIt = await money.ready('0000');
    const { ourReference, outcome } = await sendIt(wrong);
    expect(outcome).toMatchObject({ kind: 'unknown', sent: false, rawStatus: '<no token>' });
    await fault({
      status: 503,
      path: money.name === 'bbps' ? '/setu-billpay/api/v2/auth/token' : '/setu-accounts/v1/users/login',
    });
    expect((await sendIt(another())).outcome).toMatchObject({
      kind: 'unknown',
      sent: false,
      rawStatus: '<no token>',
    });
    expect(await ask(money, { ourReference })).toMatchObject({ kind: 'not_found' });
  });
});

describe('settings of ours that are wrong', () => {
  it('another product instance is refused at the door; another partner id is refused for good, and nothing is booked', async () => {
    const wrong = another({
      billpay: { ...SETU_KEYS.billpay, partnerId: '4712', baseUrl: `${t.sandbox.url}/setu-billpay` },
      recharge: {
        ...SETU_KEYS.recharge,
        productInstanceId: 'another-instance',
        baseUrl: `${t.sandbox.url}/setu-recharge`,
        accountsBaseUrl: `${t.sandbox.url}/setu-accounts`,
      },
    });
    const [bill, mobile] = [await sendWith(MONEY[0]!, wrong), await sendWith(MONEY[1]!, wrong)];
    expect(bill.outcome).toMatchObject({
      kind: 'failed',
      sent: true,
      rawStatus: 'invalid-params',
      httpStatus: 400,
    });
    expect(mobile.outcome).toMatchObject({
      kind: 'unknown',
      sent: false,
      rawStatus: 'ERR009',
      httpStatus: 500,
    });
    expect([
      await paymentsOf(MONEY[0]!, bill.ourReference),
      await paymentsOf(MONEY[1]!, mobile.ourReference),
    ]).toEqual([[], []]);
  });

  it('a wallet that is empty fails what it should pay, in so many words', async () => {
    const poor = await startTestSetu({ openingPaise: 100n });
    const own = another({}, poor.sandbox.url);
    const instruction = await payable('0000', {}, own);
    const { providerReference } = await pay(instruction, own);
    expect(
      await until(
        () =>
          own.bbps!.inquire({
            ourReference: instruction.ourReference,
            providerReference: providerReference!,
          }),
        (a) => !isOpen(a),
      ),
    ).toMatchObject({
      kind: 'failed',
      rawReason: 'ERR001',
      description: 'FUND_TRANSFER: Insufficient funds',
    });
    expect(await recharge(topUp(), own)).toMatchObject({ kind: 'failed', sent: true, rawReason: 'ERR001' });
    await poor.close();
  });
});
