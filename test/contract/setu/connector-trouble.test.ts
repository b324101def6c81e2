import { FakeClock } from '../../../platform/clock';
import { createSetuConnector } from '../../../providers/setu/connector';
import type { Json } from '../../support/setu-contract';
import { payment, topUp } from '../../support/setu-flows';
import { SETU_KEYS } from '../../support/setu-scripted';
import {
  useScriptedSetu,
  PAY,
  TOKEN,
  LOGIN,
  server,
  connector,
  open,
  connect,
  pay,
  recharge,
} from '../../support/setu-connected';

useScriptedSetu();

describe('P5 unknown is not failed', () => {
  it('a payment whose answer is lost is found by the list, once there is no more doubt that it exists', async () => {
    for (const lost of ['drop', 'hang'] as const) {
      const instruction = payment();
      server.order(PAY, lost);
      expect(
        await connector.bbps!.send(instruction, connector.bbps!.prepare(instruction), {
          timeouts: { totalMs: lost === 'hang' ? 1_000 : 10_000 },
        }),
      ).toMatchObject({
        kind: 'unknown',
        sent: true,
        rawStatus: lost === 'hang' ? '<timeout>' : '<connection reset>',
      });
      const found = await connector.bbps!.inquire({ ourReference: instruction.ourReference });
      expect(found).toMatchObject({
        kind: 'pending',
        rawStatus: 'Processing',
        providerReference: expect.stringMatching(/^PAY/) as string,
      });
      const query = server.seen.findLast((s) => s.route === '/api/v2/bbps/transactions')!.query;
      expect(Object.fromEntries(query)).toEqual({
        startDate: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string,
        endDate: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string,
        ids: instruction.ourReference,
        limit: '100',
      });
    }
  });

  it('listed, but its state cannot be asked: pending with their reference', async () => {
    const instruction = payment();
    const { providerReference } = await pay(instruction);
    server.order('/api/v2/bbps/bills/payment/response', { status: 500, body: { success: false } });
    expect(await connector.bbps!.inquire({ ourReference: instruction.ourReference })).toEqual({
      kind: 'pending',
      sent: true,
      rawStatus: '<listed>',
      providerReference,
    });
  });

  describe('a payment whose money came back', () => {
    const LIST = '/api/v2/bbps/transactions';
    const RESPONSE = '/api/v2/bbps/bills/payment/response';
    const acceptedAt = new Date('2026-11-24T20:00:00Z'); // the 25th in India
    async function paidOne(): Promise<{
      ourReference: string;
      providerReference: string;
      line: (status: string, more?: Json) => Json;
    }> {
      const { ourReference } = payment();
      const { providerReference } = await pay(payment({ ourReference }));
      for (let i = 0; i < 2; i += 1)
        await connector.bbps!.inquire({ ourReference, providerReference: providerReference! });
      return {
        ourReference,
        providerReference: providerReference!,
        line: (status, more = {}) => ({
          refId: providerReference,
          paymentRefId: ourReference,
          status,
          amount: 287_000,
          ...more,
        }),
      };
    }
    const list = (...transactions: Json[]): { status: number; body: Json } => ({
      status: 200,
      body: { success: true, traceId: 't', data: { transactions } },
    });

    it('is learnt from the list: payment/response has no word for it', async () => {
      const { line, ...target } = await paidOne();
      server.order(LIST, list(line('Credit_Adjustment')));
      expect(await connector.bbps!.inquire({ ...target, acceptedAt, mayHaveComeBack: true })).toMatchObject({
        kind: 'reversed',
        rawStatus: 'Credit_Adjustment',
        providerReference: target.providerReference,
        utr: 'AX30910192192192192',
        amountPaise: 287_000n,
      });
      expect(Object.fromEntries(server.seen.findLast((s) => s.route === LIST)!.query)).toEqual({
        startDate: '2026-11-25',
        endDate: '2026-11-26',
        ids: `${target.providerReference},${target.ourReference},AX30910192192192192`,
        limit: '100',
      });
    });

    it('costs a first success no second question; one that stands is a success', async () => {
      const { line, ...target } = await paidOne();
      const before = server.count(LIST);
      expect(await connector.bbps!.inquire(target)).toMatchObject({ kind: 'succeeded' });
      expect(server.count(LIST)).toBe(before);
      server.order(LIST, list(line('Success')));
      expect(await connector.bbps!.inquire({ ...target, mayHaveComeBack: true })).toMatchObject({
        kind: 'succeeded',
        rawStatus: 'Success',
      });
    });

    it('a list that cannot be had, or speaks of another payment, says nothing definite; one without it leaves the success', async () => {
      const { line, ...target } = await paidOne();
      const again = () => connector.bbps!.inquire({ ...target, mayHaveComeBack: true });
      server.order(LIST, { status: 500, body: {} });
      expect(await again()).toMatchObject({ kind: 'unknown', sent: true });
      server.order(LIST, list(line('Success', { refId: 'ANOTHER0001' })));
      expect(await again()).toMatchObject({ kind: 'unknown', rawStatus: '<other payment>' });
      server.order(LIST, list(line('Success', { paymentRefId: 'another' })));
      expect(await again()).toMatchObject({ kind: 'succeeded' });
      expect(server.count(RESPONSE)).toBeGreaterThan(0);
    });
  });

  it('a recharge whose answer is lost, and one at a 500 of theirs', async () => {
    const instruction = topUp();
    server.order('/recharge/request', 'drop');
    expect(await recharge(instruction)).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus: '<connection reset>',
    });
    expect(await connector.recharge!.inquire({ ourReference: instruction.ourReference })).toMatchObject({
      kind: 'pending',
      rawStatus: 'Processing',
    });
    server.order('/recharge/request', {
      status: 500,
      body: {
        success: false,
        error: {
          code: 'ERR999',
          message: 'Upstream API Connectivity Error',
          failureReason: 'upstream-connectivity-error',
        },
      },
    });
    expect(await recharge(topUp())).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus: 'ERR999',
      httpStatus: 500,
    });
  });

  it.each<[number, unknown]>([
    [200, 'OK'],
    [200, '<html>'],
    [200, {}],
    [502, 'bad gateway'],
    [503, ''],
    [404, {}],
    [302, ''],
    [418, { success: false, error: { code: 'validation-error', message: '' } }],
  ])('%d %j', async (status, body) => {
    server.order(PAY, { status, body });
    server.order('/recharge/request', { status, body });
    expect([await pay(payment()), await recharge(topUp())]).toMatchObject([
      { kind: 'unknown', sent: true },
      { kind: 'unknown', sent: true },
    ]);
  });

  it('nobody there: certainly not sent', async () => {
    const nobody = connect('http://127.0.0.1:9');
    expect(await pay(payment(), nobody)).toMatchObject({
      kind: 'unknown',
      sent: false,
      rawStatus: '<no token>',
    });
    expect(await nobody.bbps!.inquire({ ourReference: 'abcdef' })).toMatchObject({
      kind: 'unknown',
      sent: true,
    });
  });

  it('too late: not one byte is written', async () => {
    const before = server.count(PAY);
    const instruction = payment();
    expect(
      await connector.bbps!.send(instruction, connector.bbps!.prepare(instruction), {
        sendBefore: new Date(Date.now() - 1),
      }),
    ).toMatchObject({ kind: 'unknown', sent: false, rawStatus: '<too late>' });
    expect(server.count(PAY)).toBe(before);
  });
});

describe('tokens', () => {
  it('one for a hundred calls of a product, and one for the other', async () => {
    const [bills, logins] = [server.count(TOKEN), server.count(LOGIN)];
    const own = connect(server.url, { maxInFlight: 100 });
    await Promise.all([
      ...Array.from({ length: 100 }, () => pay(payment(), own)),
      ...Array.from({ length: 10 }, () => recharge(topUp(), own)),
    ]);
    expect([server.count(TOKEN) - bills, server.count(LOGIN) - logins]).toEqual([1, 1]);
  });

  it('one that is refused is replaced once, by all together, and the breaker does not mind', async () => {
    const own = connect(server.url, { breaker: { consecutive: 2 }, maxInFlight: 50 });
    await pay(payment(), own);
    server.expireTokens();
    const before = server.count(TOKEN);
    const instructions = Array.from({ length: 50 }, () => payment());
    expect(
      new Set((await Promise.all(instructions.map((i) => pay(i, own)))).map((o) => o.rawStatus)),
    ).toEqual(new Set(['<accepted>']));
    expect([server.count(TOKEN) - before, own.available('bbps')]).toEqual([1, true]);
    for (const { ourReference } of instructions)
      expect(
        server.seen.filter(
          (s) => s.route === PAY && (s.body.paymentDetails as Json).paymentRefId === ourReference,
        ).length,
      ).toBeLessThanOrEqual(2);
  });

  it('refused again: not sent, and not the transaction’s fault', async () => {
    const own = connect(server.url);
    server.order(
      PAY,
      { status: 401, body: { success: false, traceId: 't', error: { code: 'unauthorised', message: 'x' } } },
      2,
    );
    const before = server.count(PAY);
    expect(await pay(payment(), own)).toMatchObject({
      kind: 'unknown',
      sent: false,
      rawStatus: 'unauthorised',
      httpStatus: 401,
    });
    expect(server.count(PAY) - before).toBe(2);
  });

  it('refused while no fresh one can be had: not sent, and no refusal of us', async () => {
    const own = connect(server.url);
    expect((await pay(payment(), own)).rawStatus).toBe('<accepted>');
    server.order(PAY, { status: 401, body: { success: false, error: { code: 'unauthorised' } } });
    server.order(TOKEN, { status: 500, body: {} });
    const outcome = await pay(payment(), own);
    expect(outcome).toMatchObject({ kind: 'unknown', sent: false, retryAfterMs: 1_000 });
    expect(outcome).not.toHaveProperty('isSetupFault', true);
  });

  it('is renewed before its 600 s are over', async () => {
    const clock = new FakeClock(new Date());
    const own = connect(server.url, { clock });
    const before = server.count(TOKEN);
    for (const [advance, asked] of [
      [0, 1],
      [539_000, 1],
      [1_000, 2],
      [539_999, 2],
    ] as const) {
      clock.advance(advance);
      await own.bbps!.categories();
      expect(server.count(TOKEN) - before).toBe(asked);
    }
  });

  it('wrong credentials send nothing, wait between tries, and open the breaker', async () => {
    const clock = new FakeClock(new Date());
    const own = createSetuConnector({
      billpay: { ...SETU_KEYS.billpay, secret: 'wrong secret', baseUrl: `${server.url}/setu-billpay` },
      timeouts: { connectMs: 10_000, totalMs: 10_000 },
      clock,
      breaker: { consecutive: 3, halfOpenAfterMs: 60_000 },
    });
    open.push(own);
    const [tokens, payments] = [server.count(TOKEN), server.count(PAY)];
    for (let i = 0; i < 3; i += 1)
      expect(await pay(payment(), own)).toMatchObject({
        kind: 'unknown',
        sent: false,
        rawStatus: '<no token>',
      });
    expect(await pay(payment(), own)).toMatchObject({
      kind: 'unknown',
      sent: false,
      rawStatus: '<breaker open>',
    });
    expect([
      own.available('bbps'),
      server.count(TOKEN) - tokens,
      server.count(PAY) - payments,
      own.recharge,
    ]).toEqual([false, 1, 0, undefined]);
    expect(await own.admit('bbps')).toMatchObject({ ok: false, rawStatus: '<breaker open>' });
  });
});

describe('guards', () => {
  it('a sick BillPay does not stop recharges', async () => {
    const own = connect(server.url, { breaker: { consecutive: 2, halfOpenAfterMs: 60_000 } });
    server.order(PAY, { status: 503, body: {} }, 2);
    for (let i = 0; i < 2; i += 1) await pay(payment(), own);
    expect(await pay(payment(), own)).toMatchObject({
      kind: 'unknown',
      sent: false,
      rawStatus: '<breaker open>',
      retryAfterMs: expect.any(Number) as number,
    });
    expect([
      own.available('bbps'),
      (await own.admit('bbps')).ok,
      own.available('recharge'),
      await own.admit('recharge'),
    ]).toEqual([false, false, true, { ok: true }]);
    expect(await recharge(topUp(), own)).toMatchObject({ sent: true, rawStatus: 'Processing' });
    server.order('/recharge/request', { status: 503, body: {} }, 2);
    for (let i = 0; i < 2; i += 1) await recharge(topUp(), own);
    expect([own.available('recharge'), await own.admit('recharge')]).toMatchObject([
      false,
      { ok: false, rawStatus: '<breaker open>' },
    ]);
  });

  it('admission takes one call out of the rate limit, and a call that is admitted none', async () => {
    let taken = 0;
    const own = connect(server.url, {
      limiter: {
        take: () => {
          taken += 1;
          return Promise.resolve({ ok: true });
        },
      },
    });
    await own.admit('bbps');
    const instruction = payment();
    await own.bbps!.send(instruction, own.bbps!.prepare(instruction), { admitted: true });
    expect(taken).toBe(1);
    await own.bbps!.inquire({ ourReference: instruction.ourReference, providerReference: 'PAYVVR4QOS7' });
    expect(taken).toBe(2);
  });

  it('duplicates come as HTTP 500, and are no illness', async () => {
    const own = connect(server.url, { breaker: { consecutive: 2, halfOpenAfterMs: 60_000 } });
    const instruction = topUp();
    for (let i = 0; i < 6; i += 1)
      expect(await recharge(instruction, own)).toMatchObject({
        kind: 'pending',
        sent: true,
        httpStatus: i === 0 ? 200 : 500,
      });
    server.order(
      '/recharge/request',
      {
        status: 500,
        body: {
          success: false,
          error: { code: 'ERR999', message: 'x', failureReason: 'upstream-connectivity-error' },
        },
      },
      2,
    );
    for (let i = 0; i < 2; i += 1) await recharge(topUp(), own);
    expect(await recharge(topUp(), own)).toMatchObject({ rawStatus: '<breaker open>' });
  });

  it('429 pauses the product for as long as it asks', async () => {
    const own = connect(server.url);
    server.order(PAY, { status: 429, body: '', headers: { 'retry-after': '7' } });
    expect(await pay(payment(), own)).toMatchObject({ kind: 'unknown', sent: true, retryAfterMs: 7_000 });
    expect(await pay(payment(), own)).toMatchObject({
      kind: 'unknown',
      sent: false,
      rawStatus: '<rate limited>',
    });
    expect(await recharge(topUp(), own)).toMatchObject({ sent: true });
  });
});
