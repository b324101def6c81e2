import { randomUUID } from 'node:crypto';
import type { Connector } from '../../../domain/connectors';
import type { ProviderOutcome } from '../../../domain/provider/outcome';
import { until as waitUntil } from '../../support/until';
import type { ListedPayment, StatementLine } from '../../../domain/provider/provider';
import type { PayoutInstruction } from '../../../domain/payouts/port';
import {
  useRazorpayxSandbox,
  type Delivery,
  connector,
  deliveries,
  connect,
  until,
  beneficiary,
  instruct,
  send,
  byReference,
  finalByReference,
  control,
  bookOf,
} from '../../support/razorpayx-connected';

useRazorpayxSandbox();

describe('refusals', () => {
  it('P5 a validation error of the first send is a definite failure', async () => {
    const instruction = await instruct('0000', { mode: 'UPI' }); // a bank account cannot be paid over UPI
    expect(await send(instruction)).toMatchObject({
      kind: 'failed',
      sent: true,
      rawStatus: 'BAD_REQUEST_ERROR',
      rawReason: 'input_validation_failed',
      httpStatus: 400,
    });
    expect(await byReference(instruction)).toMatchObject({ kind: 'not_found' });
  });

  it('P5 other content under a used key is unknown: the payout of the key exists', async () => {
    const instruction = await instruct('0000');
    await send(instruction);
    expect(await send({ ...instruction, amountPaise: 150_001n })).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus: 'BAD_REQUEST_ERROR',
      httpStatus: 400,
    });
    expect(await bookOf(instruction)).toHaveLength(1);
  });

  it('bytes that are not those of the attempt do not leave', async () => {
    const instruction = await instruct('0000');
    const prepared = connector.payout!.prepare(instruction);
    expect(
      await connector.payout!.send(instruction, {
        ...prepared,
        body: prepared.body.replace('150000', '950000'),
      }),
    ).toEqual({ kind: 'unknown', sent: false, rawStatus: '<request altered>' });
    expect(await bookOf(instruction)).toHaveLength(0);
  });

  it('wrong credentials: certainly nothing created, and not the fault of the transaction', async () => {
    const stranger = connect({ keySecret: 'not-the-secret' });
    const instruction = await instruct('0000');
    expect(await send(instruction, stranger)).toMatchObject({
      kind: 'unknown',
      sent: false,
      httpStatus: 401,
    });
    expect(await stranger.payout!.inquire({ ourReference: instruction.ourReference })).toMatchObject({
      kind: 'unknown',
      sent: true,
    });
    await stranger.close();
    expect(await bookOf(instruction)).toHaveLength(0);
  });

  it('an id that does not exist is unknown, never not found', async () => {
    expect(
      await connector.payout!.inquire({ ourReference: 'r', providerReference: 'pout_ZZZZZZZZZZZZZZ' }),
    ).toMatchObject({ kind: 'unknown', sent: true, httpStatus: 400 });
  });

  it('429 is unknown, and pauses the next call for as long as it says', async () => {
    const own = connect();
    const instruction = await instruct('0000');
    await control('POST', '/faults', { status: 429, retry_after_s: 3, path: '/v1/payouts' });
    expect(await send(instruction, own)).toMatchObject({
      kind: 'unknown',
      sent: true,
      httpStatus: 429,
      retryAfterMs: 3_000,
    });
    expect(own.available('payout')).toBe(false);
    expect(await send(instruction, own)).toMatchObject({
      kind: 'unknown',
      sent: false,
      rawStatus: '<rate limited>',
    });
    expect(await own.admit('payout')).toMatchObject({ ok: false, rawStatus: '<rate limited>' });
    await own.close();
  });

  it('a latest instant that has passed: nothing is sent', async () => {
    const instruction = await instruct('0000');
    expect(
      await connector.payout!.send(instruction, connector.payout!.prepare(instruction), {
        sendBefore: new Date(Date.now() - 1),
      }),
    ).toEqual({ kind: 'unknown', sent: false, rawStatus: '<too late>' });
    expect(await bookOf(instruction)).toHaveLength(0);
  });

  it('nobody there: certainly not sent, and the breaker opens', async () => {
    const nobody = connect({
      baseUrl: 'http://127.0.0.1:9/v1',
      breaker: { consecutive: 3, halfOpenAfterMs: 60_000 },
    });
    const instruction = await instruct('0000');
    for (let i = 0; i < 3; i++)
      expect(await send(instruction, nobody)).toMatchObject({
        kind: 'unknown',
        sent: false,
        rawStatus: '<connection refused>',
      });
    expect(nobody.available('payout')).toBe(false);
    expect(await send(instruction, nobody)).toMatchObject({
      kind: 'unknown',
      sent: false,
      rawStatus: '<breaker open>',
    });
    expect(await nobody.payout!.registerBeneficiary(beneficiary('0000'))).toMatchObject({
      ok: false,
      outcome: { kind: 'unknown', sent: false, rawStatus: '<breaker open>' },
    });
    await nobody.close();
  });
});

describe('callbacks', () => {
  const about = (instruction: PayoutInstruction, event: string): Promise<Delivery> =>
    until(
      () => deliveries.find((d) => d.raw.includes(instruction.ourReference) && d.raw.includes(`"${event}"`)),
      event,
    );

  it('a signed one passes and says what the inquiry says', async () => {
    const instruction = await instruct('2222');
    const sent = await send(instruction);
    const { headers, raw } = await about(instruction, 'payout.processed');
    expect(connector.checkCallback(headers, raw)).toEqual({
      verdict: 'signed',
      eventId: headers['x-razorpay-event-id'],
    });
    const parsed = connector.parseCallback(raw);
    expect(parsed).toMatchObject({
      event: 'payout.processed',
      target: {
        ourReference: instruction.ourReference,
        providerReference: sent.providerReference,
        amountPaise: 150_000n,
        refs: { fund_account: instruction.refs.fund_account },
      },
      outcome: { kind: 'succeeded', sent: true, rawStatus: 'processed' },
    });
    const asked = (await finalByReference(instruction, 'succeeded')) as ProviderOutcome;
    expect(parsed.outcome).toMatchObject({
      utr: asked.utr,
      providerFeePaise: asked.providerFeePaise,
      providerTaxPaise: asked.providerTaxPaise,
    });
  });

  it('8888: the forged one is seen through, the repeats carry one event id, and all genuine ones parse', async () => {
    const instruction = await instruct('8888');
    await send(instruction);
    const mine = await until(() => {
      const found = deliveries.filter((d) => d.raw.includes(instruction.ourReference));
      return found.some((d) => connector.checkCallback(d.headers, d.raw).verdict === 'forged') &&
        found.length >= 4
        ? found
        : undefined;
    }, 'the callbacks of 8888');
    const verdicts = mine.map((d) => connector.checkCallback(d.headers, d.raw));
    const genuine = mine.filter((_, i) => verdicts[i]!.verdict === 'signed');
    expect(verdicts.filter((v) => v.verdict === 'forged')).toHaveLength(1);
    expect(new Set(genuine.map((d) => d.headers['x-razorpay-event-id'])).size).toBeLessThan(genuine.length);
    for (const d of genuine)
      expect(connector.parseCallback(d.raw).target).toMatchObject({ ourReference: instruction.ourReference });
  });

  it('4444: a reversal arrives', async () => {
    const instruction = await instruct('4444');
    await send(instruction);
    expect(connector.parseCallback((await about(instruction, 'payout.reversed')).raw).outcome).toMatchObject({
      kind: 'reversed',
      rawStatus: 'reversed',
    });
  });
});

describe('statement', () => {
  it('P1 is read over many pages, oldest first, and its balances chain up to the book', async () => {
    const instruction = await instruct('0000', { amountPaise: 100n });
    for (let i = 0; i < 230; i += 23) {
      await Promise.all(
        Array.from({ length: 23 }, () =>
          send({ ...instruction, ourReference: randomUUID(), idempotencyKey: randomUUID() }),
        ),
      );
    }
    const lines: StatementLine[] = [];
    for await (const line of connector.statement!(
      new Date(Date.now() - 3_600_000),
      new Date(Date.now() + 2_000),
    ))
      lines.push(line);
    expect(lines.length).toBeGreaterThan(230);
    expect(new Set(lines.map((l) => l.id)).size).toBe(lines.length);
    const broken = lines.filter(
      (line, i) =>
        i > 0 && line.balancePaise !== lines[i - 1]!.balancePaise + line.creditPaise - line.debitPaise,
    );
    expect(broken).toEqual([]);
    const { balance_paise: balance } = await control('GET', '/book/summary');
    expect(lines.at(-1)!.balancePaise).toBe(BigInt(balance as number));
    expect(new Set(lines.map((l) => l.sourceKind))).toContain('payout');
  });

  it('a page that fails for a while is tried again; one that is refused is not', async () => {
    const waited: number[] = [];
    const own = connect({
      sleep: (ms) => {
        waited.push(ms);
        return Promise.resolve();
      },
    });
    const read = async (c: Connector): Promise<number> => {
      let n = 0;
      for await (const _line of c.statement!(new Date(Date.now() - 60_000), new Date())) n += 1;
      return n;
    };
    await control('POST', '/faults', { status: 503, path: '/v1/transactions', times: 2 });
    expect(await read(own)).toBeGreaterThan(0);
    expect(waited).toHaveLength(2);
    await own.close();
    const stranger = connect({ keySecret: 'not-the-secret' });
    await expect(read(stranger)).rejects.toThrow('PROVIDER_UNAVAILABLE');
    await stranger.close();
  });
});

describe('the list of payouts', () => {
  const list = async (c: Connector): Promise<ListedPayment[]> => {
    const found: ListedPayment[] = [];
    for await (const payment of c.payments!(new Date(Date.now() - 3_600_000), new Date(Date.now() + 2_000)))
      found.push(payment);
    return found;
  };

  it('has every payout under our reference, over many pages, and says which moved no money', async () => {
    const [paid, refused] = [await instruct('0000'), await instruct('1111')];
    for (const instruction of [paid, refused]) await send(instruction);
    const found = await list(connector);
    expect(found.length).toBeGreaterThan(100);
    expect(new Set(found.map(({ providerReference }) => providerReference)).size).toBe(found.length);
    const voidOf = async ({ ourReference }: { ourReference: string }): Promise<boolean[]> =>
      (await list(connector)).filter((p) => p.ourReference === ourReference).map(({ isVoid }) => isVoid);
    expect(await voidOf(paid)).toEqual([false]);
    await waitUntil(
      () => voidOf(refused),
      ([isVoid]) => isVoid === true,
    );
  });

  it('that cannot be read is no list', async () => {
    const stranger = connect({ keySecret: 'not-the-secret' });
    await expect(list(stranger)).rejects.toThrow('PROVIDER_UNAVAILABLE');
    await stranger.close();
  });
});
