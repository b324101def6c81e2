import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { Connector } from '../../../domain/connectors';
import type { InquiryAnswer, ProviderOutcome } from '../../../domain/provider/outcome';
import type { StatementLine } from '../../../domain/provider/provider';
import type { BeneficiaryDetails } from '../../../domain/beneficiaries/details';
import type { PayoutInstruction } from '../../../domain/payouts/port';
import {
  createRazorpayxConnector,
  type RazorpayxConnectorOptions,
} from '../../../providers/razorpayx/connector';
import { startSandbox, type Sandbox } from '../../../sandbox/app';

/** The connector against the sandbox, which shares no code with it: what one says of the contract the other has to understand. */
const KEYS = {
  keyId: 'rzp_test_contract',
  keySecret: 'contract-secret',
  webhookSecret: 'contract-webhook-secret',
  accountNumber: '7878780080316316',
};
const OPENING_PAISE = 10_000_000_000n;

interface Delivery {
  headers: Record<string, string | undefined>;
  raw: Buffer;
}

let sandbox: Sandbox;
let connector: Connector;
let dir: string;
let receiver: http.Server;
const deliveries: Delivery[] = [];

async function listen(server: http.Server): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function connect(options: Partial<RazorpayxConnectorOptions> = {}): Connector {
  return createRazorpayxConnector({
    ...KEYS,
    baseUrl: `${sandbox.url}/v1`,
    timeouts: { connectMs: 1_000, totalMs: 1_500 },
    breaker: { consecutive: 1_000, minimumPerSecond: 10_000 },
    ...options,
  });
}

async function until<T>(probe: () => T | undefined | Promise<T | undefined>, what: string): Promise<T> {
  const end = Date.now() + 60_000;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (Date.now() > end) throw new Error(`waited too long for ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 15);
    });
  }
}

beforeAll(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-contract-'));
  receiver = http.createServer((req, res) => {
    const chunks: Buffer[] = [];
    req
      .on('data', (c: Buffer) => chunks.push(c))
      .on('end', () => {
        deliveries.push({
          headers: req.headers as Record<string, string | undefined>,
          raw: Buffer.concat(chunks),
        });
        res.end();
      });
  });
  const callbackUrl = `${await listen(receiver)}/callbacks/razorpayx`;
  sandbox = await startSandbox({
    host: '127.0.0.1',
    port: 0,
    dir,
    ...KEYS,
    callbackUrl,
    openingBalancePaise: OPENING_PAISE,
    delayMs: 0,
    slowMs: 150,
  });
  connector = connect();
});

afterAll(async () => {
  await connector.close();
  await sandbox.close();
  await new Promise<void>((resolve) => {
    receiver.closeAllConnections();
    receiver.close(() => resolve());
  });
  fs.rmSync(dir, { recursive: true, force: true });
});

function beneficiary(ending: string, kind: 'bank' | 'vpa' = 'bank'): BeneficiaryDetails {
  return {
    id: randomUUID(),
    name: 'Test Beneficiary',
    account:
      kind === 'bank'
        ? { kind, accountNumber: `50100012${ending}`, ifsc: 'HDFC0000053' }
        : { kind, address: `test${ending}@exampleupi` },
  };
}

async function instruct(
  ending: string,
  fields: Partial<PayoutInstruction> = {},
  kind: 'bank' | 'vpa' = 'bank',
): Promise<PayoutInstruction> {
  const registered = await connector.payout!.registerBeneficiary(beneficiary(ending, kind));
  if (!registered.ok) throw new Error(registered.outcome.rawStatus);
  return {
    ourReference: randomUUID(),
    idempotencyKey: randomUUID(),
    amountPaise: 150_000n,
    currency: 'INR',
    mode: kind === 'bank' ? 'IMPS' : 'UPI',
    narration: 'Test payout',
    refs: registered.refs,
    ...fields,
  };
}

const send = (instruction: PayoutInstruction, c: Connector = connector): Promise<ProviderOutcome> =>
  c.payout!.send(instruction, c.payout!.prepare(instruction));
const byReference = (instruction: PayoutInstruction): Promise<InquiryAnswer> =>
  connector.payout!.inquire({ ourReference: instruction.ourReference });
const finalByReference = (instruction: PayoutInstruction, kind: string): Promise<InquiryAnswer> =>
  until(async () => {
    const a = await byReference(instruction);
    return a.kind === kind ? a : undefined;
  }, `${kind} by inquiry`);

async function control(method: string, route: string, body?: object): Promise<Record<string, unknown>> {
  const res = await fetch(`${sandbox.url}/__sandbox${route}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await res.json()) as Record<string, unknown>;
}
async function bookOf(
  instruction: PayoutInstruction,
): Promise<{ requests_seen: number; body_sha256: string[]; net_debit_paise: number }[]> {
  return (await control('GET', `/book/payouts?reference_ids=${instruction.ourReference}`)).items as {
    requests_seen: number;
    body_sha256: string[];
    net_debit_paise: number;
  }[];
}

describe('beneficiaries', () => {
  it('a bank account and an address of payment get a contact and a fund account', async () => {
    for (const kind of ['bank', 'vpa'] as const) {
      const registered = await connector.payout!.registerBeneficiary(beneficiary('0000', kind));
      expect(registered).toMatchObject({
        ok: true,
        refs: {
          contact: expect.stringMatching(/^cont_/) as string,
          fund_account: expect.stringMatching(/^fa_/) as string,
        },
      });
    }
  });

  it('P4 fifty at the same time share one flight; later the same details find the same fund account', async () => {
    const before = (await control('GET', '/book/summary')).contacts as number;
    const calls: string[] = [];
    const own = connect({
      metrics: {
        called: (_provider, operation) => calls.push(operation),
        refused() {},
        unlistedStatus() {},
        breakerChanged() {},
      },
    });
    const details = beneficiary('0000');
    const all = await Promise.all(
      Array.from({ length: 50 }, () =>
        own.payout!.registerBeneficiary(details, { signal: AbortSignal.timeout(5_000) }),
      ),
    );
    expect(new Set(all.map((r) => JSON.stringify(r))).size).toBe(1);
    expect(calls).toEqual(['contact', 'fund_account']);
    expect(await own.payout!.registerBeneficiary(details)).toEqual(all[0]);
    expect((await control('GET', '/book/summary')).contacts).toBe(before + 1);
    await own.close();
  });

  it('what Razorpay cannot take is refused before anything is sent', async () => {
    const before = await control('GET', '/book/summary');
    const refused = await connector.payout!.registerBeneficiary({ ...beneficiary('0000'), name: 'परीक्षण' });
    expect(refused).toMatchObject({
      ok: false,
      outcome: { kind: 'failed', sent: false, rawStatus: '<beneficiary not sendable>', rawReason: 'name' },
    });
    expect(await control('GET', '/book/summary')).toEqual(before);
  });

  it('a fault on the way is unknown, with certainty that no payout exists', async () => {
    await control('POST', '/faults', { status: 500, path: '/v1/fund_accounts' });
    expect(await connector.payout!.registerBeneficiary(beneficiary('0000'))).toMatchObject({
      ok: false,
      outcome: { kind: 'unknown', sent: false, rawStatus: 'SERVER_ERROR', httpStatus: 500 },
    });
  });
});

describe('payouts by scenario', () => {
  it('0000: processed, with fee, tax and UTR, by reference and by id', async () => {
    const instruction = await instruct('0000');
    const sent = await send(instruction);
    expect(sent).toMatchObject({
      kind: 'pending',
      sent: true,
      rawStatus: 'processing',
      amountPaise: 150_000n,
    });
    const found = await finalByReference(instruction, 'succeeded');
    expect(found).toMatchObject({
      rawStatus: 'processed',
      providerReference: sent.providerReference,
      amountPaise: 150_000n,
    });
    const { providerFeePaise, providerTaxPaise, utr } = found as ProviderOutcome;
    expect([
      providerFeePaise! > 0n,
      (providerFeePaise! * 18n + 50n) / 100n === providerTaxPaise,
      utr!.length >= 12,
    ]).toEqual([true, true, true]);
    expect(
      await connector.payout!.inquire({
        ourReference: instruction.ourReference,
        providerReference: sent.providerReference!,
      }),
    ).toEqual(found);
  });

  it('an address of payment, over UPI', async () => {
    const instruction = await instruct('0000', {}, 'vpa');
    await send(instruction);
    expect(await finalByReference(instruction, 'succeeded')).toMatchObject({ rawStatus: 'processed' });
  });

  it.each([
    ['1111', 'failed', 'bank_account_invalid'],
    ['2222', 'succeeded', 'payout_processed'],
    ['3333', 'failed', 'beneficiary_bank_rejected'],
    ['9999', 'succeeded', 'payout_processed'],
  ])('%s: %s', async (ending, kind, rawReason) => {
    const instruction = await instruct(ending);
    expect((await send(instruction)).kind).toMatch(/pending|failed/);
    expect(await finalByReference(instruction, kind)).toMatchObject({ sent: true, rawReason });
  });

  it('4444: reversed after it was processed', async () => {
    const instruction = await instruct('4444');
    await send(instruction);
    expect(await finalByReference(instruction, 'reversed')).toMatchObject({
      rawStatus: 'reversed',
      amountPaise: 150_000n,
    });
    expect((await bookOf(instruction))[0]!.net_debit_paise).toBe(0);
  });

  it.each([
    ['5555', 'succeeded'],
    ['6666', 'failed'],
  ])('P5 %s: a time-out is unknown, and the inquiry finds what it came to (%s)', async (ending, kind) => {
    const instruction = await instruct(ending);
    expect(await send(instruction)).toMatchObject({ kind: 'unknown', sent: true, rawStatus: '<timeout>' });
    await finalByReference(instruction, kind);
    expect(await bookOf(instruction)).toHaveLength(1);
  });

  it('P4 7777: a 500 is unknown, then not found; the same bytes under the same key make one payout', async () => {
    const instruction = await instruct('7777');
    expect(await send(instruction)).toMatchObject({ kind: 'unknown', sent: true, rawStatus: 'SERVER_ERROR' });
    expect(await byReference(instruction)).toEqual({
      kind: 'not_found',
      rawStatus: '<not found>',
      httpStatus: 200,
    });
    expect(await send(instruction)).toMatchObject({ kind: 'pending' });
    expect(await send(instruction)).toMatchObject({
      kind: expect.stringMatching(/pending|succeeded/) as string,
    });
    await finalByReference(instruction, 'succeeded');
    const [payout, ...others] = await bookOf(instruction);
    expect([others.length, new Set(payout!.body_sha256).size]).toEqual([0, 1]);
  });

  it('a float that runs dry leaves the payout queued, and a deposit lets it go', async () => {
    const instruction = await instruct('0000', { amountPaise: OPENING_PAISE * 2n, mode: 'NEFT' });
    expect(await send(instruction)).toMatchObject({
      kind: 'pending',
      rawStatus: 'queued',
      rawReason: 'low_balance',
    });
    await control('POST', '/deposits', { amount_paise: Number(OPENING_PAISE * 3n) });
    await finalByReference(instruction, 'succeeded');
  });
});

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

describe('set-up', () => {
  it.each([
    { webhookSecret: 'short' },
    { previousWebhookSecret: '' },
    { accountNumber: 'x y' },
    { baseUrl: 'http://api.razorpay.com/v1' },
    { keyId: 'a:b:c' },
    { keySecret: '' },
  ])('refuses %p', (fields) => {
    expect(() => connect(fields)).toThrow(TypeError);
  });

  it('P7 shows no secret when it is printed', () => {
    const shown = JSON.stringify(connector) + Object.values(connector).map(String).join('');
    for (const secret of [KEYS.keySecret, KEYS.webhookSecret]) expect(shown).not.toContain(secret);
  });

  it('says what not-found allows: the same request again, for less than the documented seven days', () => {
    expect(connector.payout!.notFound).toEqual({ then: 'resend_same_key', keyLifeMs: 6 * 86_400_000 });
    expect(connect({ notFound: { then: 'case' } }).payout!.notFound).toEqual({ then: 'case' });
  });
});
