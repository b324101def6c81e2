import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import type { Biometrics, Terminal } from '../../../domain/aeps/port';
import type { CallEntry } from '../../../domain/api-log/port';
import type { BillInstruction } from '../../../domain/bbps/port';
import type { Connector } from '../../../domain/connectors';
import type { DispatchCalls, InstructionBase } from '../../../domain/provider/calls';
import type { ProviderOutcome } from '../../../domain/provider/outcome';
import type { DmtInstruction } from '../../../domain/dmt/port';
import type { RechargeInstruction } from '../../../domain/recharge/port';
import { secretKeyOf } from '../../../providers/eko/auth';
import { createEkoConnector } from '../../../providers/eko/connector';
import { EKO_ENDPOINTS } from '../../support/eko-examples';

/**
 * The connector against the mock server that Eko publishes (@ekoindia/eps-mock-server), which replays its
 * samples. Between the two stands a relay, for what the mock does not do: it orders an error
 * (`eps_scenario`), puts our reference where the samples have a placeholder, and keeps what we sent, so that
 * it can be held to the contract.
 */
interface Seen {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: http.IncomingHttpHeaders;
  raw: string;
  body: Record<string, unknown>;
  answer: string;
}

const KEYS = {
  developerKey: 'developer-key',
  accessKey: 'test-access-key-123',
  initiatorId: '9962981729',
  userCode: '20810200',
};
const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1_024 }); // the size of the key that Eko publishes for its test system
const REF = '0k9tq2m4f7x1z8c5v6b3';
const AADHAAR = '999941057058';
const PID = `<?xml version="1.0"?><PidData><Data type="X">${'QUJD'.repeat(20)}</Data></PidData>`;
const SENDER = '9155927131';

let mock: ChildProcess;
let relay: http.Server;
let connector: Connector;
let scenario: string | undefined;
let seen: Seen[] = [];
let noted: CallEntry[] = [];

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  return port;
}

async function startMock(port: number): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [path.join(__dirname, '../../../node_modules/@ekoindia/eps-mock-server/dist/index.js')],
    { env: { ...process.env, PORT: String(port) }, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => {
      reject(new Error(`the mock ended with ${code}`));
    });
    child.stderr.on('data', (text: Buffer) => {
      if (text.includes('listening')) resolve();
    });
  });
  return child;
}

function parse(raw: string): Record<string, unknown> {
  try {
    return JSON.parse(raw) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** Passes a request on to the mock, and its answer back. */
async function pass(mockUrl: string, req: http.IncomingMessage, res: http.ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks).toString('latin1');
  const url = new URL(req.url!, mockUrl);
  const body = parse(raw);
  const call: Seen = {
    method: req.method!,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: req.headers,
    raw,
    body,
    answer: '',
  };
  seen.push(call);
  if (scenario !== undefined) url.searchParams.set('eps_scenario', scenario);
  const answer = await fetch(url, { method: req.method!, ...(raw === '' ? {} : { body: raw }) });
  const text = (await answer.text()).replaceAll(
    '<unique_client_ref_id>',
    (body.client_ref_id ?? '') as string,
  );
  call.answer = text;
  res.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
}

beforeAll(async () => {
  const port = await freePort();
  mock = await startMock(port);
  relay = http.createServer((req, res) => {
    void pass(`http://127.0.0.1:${port}`, req, res);
  });
  await new Promise<void>((resolve) => {
    relay.listen(0, '127.0.0.1', resolve);
  });
  connector = createEkoConnector({
    ...KEYS,
    baseUrl: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    aadhaarKey: publicKey.export({ type: 'spki', format: 'pem' }) as string,
    timeouts: { connectMs: 1_000, totalMs: 5_000 },
    callLog: {
      note: (entry) => {
        noted.push(entry);
      },
    },
  });
});

afterAll(async () => {
  await connector.close();
  await new Promise<void>((resolve) => {
    relay.closeAllConnections();
    relay.close(() => {
      resolve();
    });
  });
  const ended = new Promise((resolve) => {
    mock.once('exit', resolve);
  });
  mock.kill();
  await ended;
});

beforeEach(() => {
  scenario = undefined;
  seen = [];
  noted = [];
});

const base = {
  ourReference: REF,
  idempotencyKey: '01977777-7777-7777-7777-777777777777',
  currency: 'INR' as const,
};
const TRANSFER: DmtInstruction = {
  ...base,
  amountPaise: 10_000n,
  senderMobile: SENDER,
  recipientRef: '117015428',
  otp: '4702',
  otpRef: '667007109',
};
const BILL: BillInstruction = {
  ...base,
  amountPaise: 287_000n,
  biller: { id: '53', category: '8' },
  customer: {
    mobile: '9903457748',
    name: 'Test Customer',
    parameters: [
      { name: 'utility_acc_no', value: '3287820071' },
      { name: 'district_discome', value: 'Lucknow-MVVNL' },
    ],
  },
  counter: {
    agentId: 'a',
    terminalId: 't',
    mobile: '9900000000',
    geocode: '28.6139,77.2090',
    pincode: '110001',
    ip: '192.168.1.1',
  },
  paymentMode: 'Cash',
  fetchRef: REF,
  bill: null,
  convenienceFeePaise: 0n,
  ownFeePaise: 0n,
  acceptedAt: new Date(0),
};
const RECHARGE: RechargeInstruction = {
  ...base,
  amountPaise: 22_400n,
  mobile: '9876543210',
  operator: 'airtel',
  circle: 'Madhya Pradesh',
  acceptedAt: new Date(0),
};
const TERMINAL: Terminal = { userCode: '10000001', latlong: '28.6139,77.2090' };
const BIOMETRICS: Biometrics = { aadhaar: AADHAAR, pid: PID };
const CASH = {
  ourReference: REF,
  terminal: TERMINAL,
  customerMobile: '9000000000',
  bankCode: 'HDFC',
  biometrics: BIOMETRICS,
};

const send = <I extends InstructionBase>(calls: DispatchCalls<I>, instruction: I): Promise<ProviderOutcome> =>
  calls.send(instruction, calls.prepare(instruction), { transactionId: 'txn' });

describe('transfers', () => {
  it('succeed', async () => {
    expect(await send(connector.dmt!, TRANSFER)).toEqual({
      kind: 'succeeded',
      sent: true,
      rawStatus: '0',
      httpStatus: 200,
      providerReference: '3570311831',
      amountPaise: 10_000n,
      utr: '620415011744',
    });
  });

  it('are declined, and awaited', async () => {
    scenario = '1';
    expect(await send(connector.dmt!, TRANSFER)).toMatchObject({
      kind: 'failed',
      sent: true,
      rawStatus: '1',
      rawReason: 'otp_consumed',
      description: 'OTP already Consumed',
    });
    scenario = '0';
    expect(await send(connector.dmt!, TRANSFER)).toMatchObject({
      kind: 'pending',
      sent: true,
      rawStatus: '2',
      providerReference: '3570311831',
    });
  });

  it('bytes that are not those of the instruction do not leave', async () => {
    const prepared = connector.dmt!.prepare(TRANSFER);
    expect(
      await connector.dmt!.send(TRANSFER, {
        ...prepared,
        body: prepared.body.replace('"amount":100', '"amount":900'),
      }),
    ).toEqual({ kind: 'unknown', sent: false, rawStatus: '<request altered>' });
    expect(seen).toEqual([]);
  });

  it('inquiries: one that is of another reference is not ours; by the tid and its reference it is', async () => {
    expect(await connector.dmt!.inquire({ ourReference: REF })).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus: '<other reference>',
    });
    expect(seen[0]!.path).toBe(`/tools/reference/transaction/client_ref_id:${REF}`);
    expect(
      await connector.dmt!.inquire({ ourReference: 'Settlemet7206123420', providerReference: '12971397' }),
    ).toMatchObject({ kind: 'succeeded', amountPaise: 104_500n, utr: '8761099407' });
    expect(seen[1]!.path).toBe('/tools/reference/transaction/12971397');
    expect(await connector.dmt!.inquire({ ourReference: 'Settlemet7206123420' })).toMatchObject({
      kind: 'succeeded',
      providerReference: '12971397',
    });
    expect(await connector.dmt!.inquire({ ourReference: 'a/../../b' })).toMatchObject({
      kind: 'unknown',
      sent: true,
    });
    expect(seen).toHaveLength(3);
  });

  it('refunds', async () => {
    expect(await connector.refunds!.sendRefundOtp('13192443')).toEqual({
      ok: true,
      value: { otpRef: 'zCISyglexo0Pjqp4YrS2ssweuD9v1c3aLKGxjTW8wU7An8Wem1UyNws5830yh7q/sf5J4R3BY=' },
    });
    expect(
      await connector.refunds!.refund({ ourReference: REF, providerReference: '13192443' }, '123456', 'ref'),
    ).toMatchObject({ kind: 'refunded', amountPaise: 500_000n });
    expect(
      await connector.refunds!.refund({ ourReference: REF, providerReference: '13192444' }, '123456', 'ref'),
    ).toMatchObject({ kind: 'unknown', rawStatus: '<other transaction>' });
  });
});

describe('senders and recipients', () => {
  it('the way of a new sender', async () => {
    const dmt = connector.dmt!;
    scenario = '1';
    expect(await dmt.sender(SENDER)).toMatchObject({ ok: true, value: { state: 'unknown' } });
    expect(await dmt.startEkyc(SENDER, AADHAAR, PID)).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '2135',
    });
    scenario = '303';
    expect(await dmt.finishEkyc(SENDER, '123456', { otpRef: '1', kycRequestId: '2' })).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '2131',
      rawReason: 'OTP expired',
    });
    scenario = undefined;
    expect(
      await dmt.enrolSender({
        mobile: SENDER,
        name: 'Test Sender',
        bornOn: '1990-05-15',
        address: {
          line: '1',
          city: 'Indore',
          state: 'Madhya Pradesh',
          pincode: '452001',
          district: 'Indore',
        },
      }),
    ).toMatchObject({ ok: true, value: { state: 'ekyc_pending' } });
    const started = await dmt.startEkyc(SENDER, AADHAAR, PID);
    expect(started).toEqual({ ok: true, value: { otpRef: '666803844', kycRequestId: '9332126' } });
    expect(
      await dmt.finishEkyc(SENDER, '123456', { otpRef: '666803844', kycRequestId: '9332126' }),
    ).toMatchObject({ ok: true, value: { state: 'active' } });
    expect(await dmt.sender(SENDER)).toMatchObject({
      ok: true,
      value: { state: 'active', remainingPaise: 2_500_000n },
    });
    scenario = '0';
    expect(await dmt.sender(SENDER)).toMatchObject({ ok: true, value: { state: 'ekyc_pending' } });
  });

  it('recipients: listed, none yet, added, there already', async () => {
    const dmt = connector.dmt!;
    expect(await dmt.recipients(SENDER)).toMatchObject({
      ok: true,
      value: [{ ref: '117015428', accountNumber: '38759149196', ifsc: 'SBIN0007515' }],
    });
    scenario = '-1';
    expect(await dmt.recipients(SENDER)).toEqual({ ok: true, value: [] });
    scenario = undefined;
    const recipient = {
      name: 'Test Recipient',
      mobile: '9002331157',
      ifsc: 'SBIN0007515',
      accountNumber: '38759149196',
    };
    expect(await dmt.addRecipient(SENDER, recipient)).toEqual({ ok: true, value: { ref: '117015428' } });
    scenario = '1';
    expect(await dmt.addRecipient(SENDER, recipient)).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '463',
    }); // the list is refused under the same scenario
    expect(await dmt.sendTransferOtp(SENDER, '117015428', 10_000n)).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '36',
    });
    scenario = undefined;
    expect(await dmt.sendTransferOtp(SENDER, '117015428', 10_000n)).toEqual({
      ok: true,
      value: { otpRef: '666902416' },
    });
  });

  it('what the contract cannot express is refused before it is asked', async () => {
    const refused = { ok: false, kind: 'refused', rawStatus: '<request not sendable>' };
    expect(await connector.dmt!.sender('12345')).toMatchObject(refused);
    expect(await connector.dmt!.startEkyc(SENDER, '123456789012', PID)).toMatchObject(refused);
    expect(
      await connector.aeps!.balance({ ...CASH, terminal: { ...TERMINAL, latlong: 'here' } }),
    ).toMatchObject(refused);
    expect(await connector.aeps!.withdraw({ ...CASH, amountPaise: 0n })).toMatchObject({
      kind: 'failed',
      sent: false,
      rawStatus: '<request not sendable>',
    });
    expect(seen).toEqual([]);
  });
});

describe('bills and recharges', () => {
  it("are paid; another amount than the bill's fails", async () => {
    expect(await send(connector.bbps!, BILL)).toMatchObject({
      kind: 'succeeded',
      providerReference: '3570553488',
      amountPaise: 287_000n,
    });
    expect(await send(connector.recharge!, RECHARGE)).toMatchObject({
      kind: 'succeeded',
      providerReference: '3570553488',
    });
    scenario = '1';
    expect(await send(connector.bbps!, BILL)).toMatchObject({
      kind: 'failed',
      rawStatus: 'status 208',
      providerReference: '3571183956',
    });
    expect(await send(connector.recharge!, RECHARGE)).toMatchObject({
      kind: 'failed',
      rawStatus: 'status 208',
    });
  });

  it('the catalogue, and a bill at once', async () => {
    const bbps = connector.bbps!;
    expect(await bbps.categories()).toMatchObject({
      ok: true,
      value: expect.arrayContaining([{ id: '8', name: 'Electricity' }]) as unknown,
    });
    expect(await bbps.billers('11')).toMatchObject({
      ok: true,
      value: [
        { id: '159', fetch: 'optional', exactness: 'any' },
        { id: '541', category: '11' },
      ],
    });
    expect(await bbps.biller('159')).toMatchObject({
      ok: true,
      value: {
        id: '159',
        name: 'ACT Fibernet',
        category: '1',
        parameters: [{ name: 'utility_acc_no' }, { name: 'Recharge Type', pattern: '^(?:1|3)$' }],
      },
    });
    expect(await bbps.biller('77')).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '<biller not listed>',
    });
    const { biller, customer, counter } = BILL;
    expect(await bbps.startFetch({ ourReference: REF, biller, customer, counter })).toMatchObject({
      ok: true,
      value: {
        refId: REF,
        state: 'fetched',
        exactness: 'exact',
        bills: [{ amountPaise: 287_000n, dueDate: '2026-07-28' }],
      },
    });
    expect(await bbps.fetched(REF)).toMatchObject({ ok: false, kind: 'refused' });
    scenario = '1';
    expect(await bbps.startFetch({ ourReference: REF, biller, customer, counter })).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '97',
    });
    expect(await bbps.billers('11')).toMatchObject({ ok: false, kind: 'refused', rawStatus: '319' });
  });

  it('operator and plans', async () => {
    expect(await connector.recharge!.operatorOf('9876543210')).toEqual({
      ok: true,
      value: { operator: 'airtel', circle: 'Madhya Pradesh' },
    });
    expect(
      await connector.recharge!.plans('9876543210', { operator: 'airtel', circle: 'Madhya Pradesh' }),
    ).toMatchObject({
      ok: true,
      value: [{ amountPaise: 22_400n, validity: '30 Days' }, { amountPaise: 34_900n }],
    });
    scenario = '0';
    expect(
      await connector.recharge!.plans('9876543210', { operator: 'airtel', circle: 'Madhya Pradesh' }),
    ).toMatchObject({ ok: false, kind: 'unknown', rawStatus: 'type 1805' });
  });
});

describe('Aadhaar payments', () => {
  it('withdrawals: done, refused, pending, and an OTP wanted first', async () => {
    const withdraw = (amountPaise = 100_000n): Promise<ProviderOutcome> =>
      connector.aeps!.withdraw({ ...CASH, amountPaise });
    expect(await withdraw()).toMatchObject({
      kind: 'succeeded',
      amountPaise: 100_000n,
      customerBalancePaise: 0n,
      maskedAadhaar: 'XXXX XXXX 0000',
    });
    expect(seen[0]!.path).toBe('/customer/collection/aeps-fingpay/cash-withdrawl/9000000000');
    scenario = '1';
    expect(await withdraw()).toMatchObject({ kind: 'failed', rawReason: '1464' });
    scenario = '2';
    expect(await withdraw()).toMatchObject({ kind: 'pending', rawStatus: '2' });
    scenario = '0';
    expect(await withdraw(600_000n)).toMatchObject({ kind: 'failed', rawReason: 'otp_required' });
  });

  it('balance and mini statement', async () => {
    expect(await connector.aeps!.balance(CASH)).toEqual({
      ok: true,
      value: { customerBalancePaise: 0n, reference: '0000000000' },
    });
    expect(await connector.aeps!.miniStatement(CASH)).toMatchObject({
      ok: true,
      value: { lines: [{ direction: 'debit' }, { direction: 'credit' }, { direction: 'debit' }] },
    });
    scenario = '1';
    expect(await connector.aeps!.balance(CASH)).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '1464',
    });
    expect(await connector.aeps!.miniStatement(CASH)).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '1528',
    });
  });

  it('an agent: activated, identified once, and every day', async () => {
    const aeps = connector.aeps!;
    const activation = {
      userCode: '20810200',
      latlong: TERMINAL.latlong,
      deviceModel: 'Morpho 1300E3',
      deviceNumber: 'SN1',
      accountNumber: '38759149196',
      ifsc: 'SBIN0007515',
      shopType: '4215',
      pan: 'ABCPE1234F',
      aadhaar: AADHAAR,
      officeAddress: '{"line":"1","city":"Singtam"}',
      proofAddress: 'A line',
      aadhaarFront: Buffer.from([0xff, 0xd8, 0xff]),
      aadhaarBack: Buffer.from('b'),
      panCard: Buffer.from('c'),
    };
    expect(await aeps.activateAgent(activation)).toEqual({ ok: true, value: true });
    expect(seen[0]!.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    expect(seen[0]!.raw).toContain('name="form-data"');
    expect(seen[0]!.raw).toContain(
      '"office_address":{"line":"1","city":"Singtam"},"address_as_per_proof":{"line":"A line"}',
    );
    const sent = await aeps.sendKycOtp(TERMINAL, '9123456789', AADHAAR);
    expect(sent).toEqual({
      ok: true,
      value: { otpRef: '2465238', referenceTid: 'EKYKF4719702240123152147525I' },
    });
    const otp = { otpRef: '2465238', referenceTid: 'EKYKF4719702240123152147525I' };
    expect(await aeps.verifyKycOtp(TERMINAL, '9123456789', AADHAAR, '123456', otp)).toMatchObject({
      ok: true,
      value: { otpRef: '815031' },
    });
    expect(await aeps.biometricKyc(TERMINAL, '9123456789', 'HDFC', BIOMETRICS, otp)).toEqual({
      ok: true,
      value: true,
    });
    expect(await aeps.dailyKyc(TERMINAL, '9123456789', 'HDFC', BIOMETRICS)).toEqual({
      ok: true,
      value: true,
    });
    scenario = '1';
    for (const answer of [
      await aeps.activateAgent(activation),
      await aeps.sendKycOtp(TERMINAL, '9123456789', AADHAAR),
      await aeps.verifyKycOtp(TERMINAL, '9123456789', AADHAAR, '123456', otp),
      await aeps.biometricKyc(TERMINAL, '9123456789', 'HDFC', BIOMETRICS, otp),
      await aeps.dailyKyc(TERMINAL, '9123456789', 'HDFC', BIOMETRICS),
    ]) {
      expect(answer).toMatchObject({ ok: false, kind: 'refused' });
    }
  });
});

describe('what leaves', () => {
  /** Every call once. */
  async function everyCall(): Promise<void> {
    const { dmt, bbps, recharge, aeps, refunds } = connector as Required<Connector>;
    const { biller, customer, counter } = BILL;
    const otp = { otpRef: '1', referenceTid: '2' };
    await Promise.all([
      send(dmt, TRANSFER),
      send(bbps, BILL),
      send(recharge, RECHARGE),
      aeps.withdraw({ ...CASH, amountPaise: 100_000n }),
      dmt.inquire({ ourReference: REF }),
      dmt.sender(SENDER),
      dmt.recipients(SENDER),
      dmt.startEkyc(SENDER, AADHAAR, PID),
      dmt.finishEkyc(SENDER, '784512', { otpRef: '1', kycRequestId: '2' }),
      dmt.sendTransferOtp(SENDER, '98765', 50_000n),
      refunds.sendRefundOtp('13192443'),
      refunds.refund({ ourReference: REF, providerReference: '13192443' }, '123456', 'ref'),
      dmt.enrolSender({
        mobile: SENDER,
        name: 'Test Sender',
        bornOn: '1990-05-15',
        address: {
          line: '1',
          city: 'Indore',
          state: 'Madhya Pradesh',
          pincode: '452001',
          district: 'Indore',
        },
      }),
      dmt.addRecipient(SENDER, {
        name: 'Test Recipient',
        mobile: '9002331157',
        ifsc: 'SBIN0007515',
        accountNumber: '38759149196',
      }),
      bbps.categories(),
      bbps.billers('11'),
      bbps.biller('159'),
      bbps.startFetch({ ourReference: REF, biller, customer, counter }),
      recharge.operatorOf('9876543210'),
      recharge.plans('9876543210', { operator: 'airtel', circle: 'Madhya Pradesh' }),
      aeps.balance(CASH),
      aeps.miniStatement(CASH),
      aeps.sendKycOtp(TERMINAL, '9123456789', AADHAAR),
      aeps.verifyKycOtp(TERMINAL, '9123456789', AADHAAR, '123456', otp),
      aeps.biometricKyc(TERMINAL, '9123456789', 'HDFC', BIOMETRICS, otp),
      aeps.dailyKyc(TERMINAL, '9123456789', 'HDFC', BIOMETRICS),
    ]);
  }

  /** What the mock says of people. */
  const namesIn = (calls: Seen[]): string[] =>
    calls.flatMap(({ answer }) =>
      [
        ...answer.matchAll(/"(?:sender_name|recipient_name|utilitycustomername|merchantname)":"([^"]+)"/g),
      ].map((m) => m[1]!),
    );

  const endpointOf = ({ method, path: sentTo }: Seen): (typeof EKO_ENDPOINTS)[number] | undefined =>
    EKO_ENDPOINTS.find(
      (e) =>
        !e.id.startsWith('qr-') &&
        e.method === method &&
        new RegExp(`^${e.path.replaceAll(/\{[^/]+\}/g, '[^/]+')}$`).test(sentTo),
    );

  it('every call has the parameters that the contract requires, no others, and in its types', async () => {
    await everyCall();
    expect(seen.length).toBeGreaterThan(25);
    for (const call of seen) {
      const endpoint = endpointOf(call)!;
      const place = call.method === 'GET' ? 'query' : 'body';
      const given: Record<string, unknown> = place === 'query' ? call.query : call.body;
      const named = endpoint.params.filter((p) => p.in === place);
      expect([
        endpoint.id,
        Object.keys(given).filter((name) => !named.some((p) => p.name === name)),
        named.filter((p) => p.required && !(p.name in given)).map((p) => p.name),
      ]).toEqual([endpoint.id, [], []]);
      const typed = named.filter((p) => place === 'body' && p.name in given);
      expect(typed.map((p) => [endpoint.id, p.name, typeof given[p.name]])).toEqual(
        typed.map((p) => [endpoint.id, p.name, p.type === 'integer' ? 'number' : p.type]),
      );
    }
  });

  it('every call is signed for itself', async () => {
    await everyCall();
    for (const { headers } of seen) {
      const timestamp = headers['secret-key-timestamp'] as string;
      expect([
        headers.developer_key,
        headers['secret-key'],
        Math.abs(Date.now() - Number(timestamp)) < 10_000,
      ]).toEqual([KEYS.developerKey, secretKeyOf(KEYS.accessKey, timestamp), true]);
    }
  });

  it('P7 no Aadhaar number leaves in clear, and nothing personal is noted', async () => {
    await everyCall();
    expect(seen.map((s) => s.raw + s.path + JSON.stringify(s.query)).join('\n')).not.toContain(AADHAAR);
    expect(noted).toHaveLength(seen.length);
    const notes = JSON.stringify(noted);
    expect(namesIn(seen).length).toBeGreaterThan(5);
    const sealed = seen.flatMap((s) => (typeof s.body.aadhar === 'string' ? [s.body.aadhar] : []));
    expect(sealed.length).toBeGreaterThanOrEqual(7);
    for (const secret of [
      ...sealed,
      AADHAAR,
      'PidData',
      '4702',
      '784512',
      KEYS.accessKey,
      KEYS.developerKey,
      KEYS.initiatorId,
      SENDER,
      '9903457748',
      '9002331157',
      '9876543210',
      '9000000000',
      '9123456789',
      '38759149196',
      '3287820071',
      '234243534',
      'Test Sender',
      'Test Customer',
      'XXXX',
      ...namesIn(seen),
    ])
      expect(notes).not.toContain(secret);
    expect(noted.find((n) => n.operation === 'dmt_transfer')).toMatchObject({
      provider: 'eko',
      method: 'POST',
      route: '/customer/payment/dmt-fino',
      transactionId: 'txn',
      ourReference: REF,
      result: '200',
      request: { amount: 100, otp: '<hidden>', client_ref_id: REF },
      response: { status: 0, data: { tx_status: '0', account: '…9196' } },
    });
    expect(noted.find((n) => n.operation === 'dmt_sender')).toMatchObject({
      route: '/customer/payment/dmt-fino/sender/{customer_id}',
    });
  });
});
