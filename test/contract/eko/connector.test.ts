import { generateKeyPairSync } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Connector } from '../../../domain/connectors';
import type { ProviderOutcome } from '../../../domain/provider/outcome';
import type { DmtInstruction } from '../../../domain/dmt/port';
import { FakeClock } from '../../../platform/clock';
import { secretKeyOf } from '../../../providers/eko/auth';
import { createEkoConnector, type EkoConnectorOptions } from '../../../providers/eko/connector';
import { createProviderRegistry } from '../../../providers/registry';
import { billTo } from '../../support/eko-connected';
import { ekoSample, ekoSampleWith, type Json } from '../../support/eko-examples';
import { until } from '../../support/until';

/** What the official mock does not show: refused timestamps, slow banks, a recipient that is there already, a transaction that is not. */
const REF = '0k9tq2m4f7x1z8c5v6b3';
const NOW = '2026-11-01T06:30:00.000Z';
const SETTINGS = {
  developerKey: 'developer-key',
  accessKey: 'test-access-key-123',
  initiatorId: '9962981729',
  userCode: '20810200',
  aadhaarKey: generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey.export({
    type: 'spki',
    format: 'pem',
  }) as string,
};
const TRANSFER: DmtInstruction = {
  ourReference: REF,
  idempotencyKey: 'k',
  amountPaise: 10_000n,
  currency: 'INR',
  senderMobile: '9155927131',
  recipientRef: '117015428',
  otp: '4702',
  otpRef: '667007109',
};

type Respond = (req: http.IncomingMessage, res: http.ServerResponse) => void;
let server: http.Server;
let url: string;
let respond: Respond;
let calls: { path: string; headers: http.IncomingHttpHeaders; body: string }[] = [];
const open: Connector[] = [];

const json =
  (body: Json): Respond =>
  (_req, res) => {
    res.end(JSON.stringify(body));
  };
function connect(options: Partial<EkoConnectorOptions> = {}): Connector {
  const connector = createEkoConnector({
    ...SETTINGS,
    baseUrl: url,
    timeouts: { connectMs: 10_000, totalMs: 10_000 },
    ...options,
  });
  open.push(connector);
  return connector;
}
const transfer = (connector: Connector): Promise<ProviderOutcome> =>
  connector.dmt!.send(TRANSFER, connector.dmt!.prepare(TRANSFER));

beforeAll(async () => {
  server = http.createServer((req, res) => {
    const call = { path: req.url!, headers: req.headers, body: '' };
    calls.push(call);
    req.setEncoding('utf8').on('data', (text: string) => {
      call.body += text;
    });
    req.on('end', () => {
      respond(req, res);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ekoapi/v3`;
});
beforeEach(() => {
  calls = [];
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((c) => c.close()));
});
afterAll(async () => {
  await new Promise<void>((resolve) => {
    server.closeAllConnections();
    server.close(() => {
      resolve();
    });
  });
});

describe('a refused timestamp', () => {
  const refuse: Respond = (_req, res) => {
    res.sendDate = false;
    res.writeHead(403, { date: 'Sun, 01 Nov 2026 06:40:00 GMT' }).end('{}');
  };

  it('P4 a transfer is refused at the door and not sent again; the next call carries the time of the provider', async () => {
    const connector = connect({ clock: new FakeClock(NOW) });
    respond = refuse;
    expect(await transfer(connector)).toEqual({
      kind: 'unknown',
      sent: false,
      rawStatus: '<http 403>',
      httpStatus: 403,
      isSetupFault: true,
    });
    expect(calls).toHaveLength(1);
    respond = json(ekoSampleWith('dmt-initiate-transfer', 'Success', { client_ref_id: REF }));
    expect(await transfer(connector)).toMatchObject({ kind: 'succeeded' });
    const stamps = calls.map(({ headers }) => headers['secret-key-timestamp'] as string);
    expect(stamps).toEqual([String(Date.parse(NOW)), String(Date.parse(NOW) + 600_000)]);
    expect(calls[1]!.headers['secret-key']).toBe(secretKeyOf(SETTINGS.accessKey, stamps[1]!));
  });

  it('many at once are each sent once, and the breaker stops a flow that stays refused', async () => {
    const connector = connect({
      clock: new FakeClock(NOW),
      breaker: { consecutive: 5, halfOpenAfterMs: 60_000 },
    });
    respond = refuse;
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => transfer(connector)));
    expect(outcomes.every((o) => o.kind === 'unknown' && !o.sent)).toBe(true);
    expect(calls.length).toBeLessThanOrEqual(20);
    expect(connector.available('dmt')).toBe(false);
    expect(await transfer(connector)).toMatchObject({ sent: false, rawStatus: '<breaker open>' });
  });
});

describe('a sender who was enrolled before', () => {
  const sender = {
    mobile: '9155927131',
    name: 'Test Sender',
    bornOn: '1990-05-15',
    address: { line: '1', city: 'Indore', state: 'Madhya Pradesh', pincode: '452001', district: 'Indore' },
  };

  it.each([
    [17, 'User wallet already exists'],
    [327, 'Enrollment done; verification pending'],
  ])('%i: where they stand is looked up', async (status, message) => {
    const connector = connect();
    respond = (req, res) => {
      const refusal = { status, response_status_id: 1, response_type_id: status, message, data: {} };
      res.end(JSON.stringify(req.method === 'POST' ? refusal : ekoSample('dmt-get-sender')));
    };
    const looked = await connector.dmt!.sender(sender.mobile);
    expect(looked.ok).toBe(true);
    expect(await connector.dmt!.enrolSender(sender)).toEqual(looked);
    expect(calls).toHaveLength(3);
  });

  it('585, KYC done already: a refusal, since it says nothing of the password that was tried', async () => {
    const connector = connect();
    const message = 'Customer already KYC approved';
    respond = json({ status: 585, response_status_id: 1, response_type_id: 585, message });
    expect(
      await connector.dmt!.finishEkyc(sender.mobile, '123456', { otpRef: '1', kycRequestId: '2' }),
    ).toMatchObject({ ok: false, kind: 'refused', rawStatus: '585' });
    expect(calls).toHaveLength(1);
  });
});

describe('time', () => {
  it('a bank and a biller have longer than a transfer, unless the caller says how long', async () => {
    const connector = connect({ timeouts: { connectMs: 10_000, totalMs: 1_000 } });
    const cash = {
      ourReference: REF,
      amountPaise: 100_000n,
      terminal: { userCode: '10000001', latlong: '28.6139,77.2090' },
      customerMobile: '9000000000',
      bankCode: 'HDFC',
      biometrics: { aadhaar: '999941057058', pid: '<PidData>QUJDQUJDQUJD</PidData>' },
    };
    const counter = {
      agentId: 'a',
      terminalId: 't',
      mobile: '9900000000',
      geocode: '28.6139,77.2090',
      pincode: '110001',
      ip: '192.168.1.1',
    };
    const customer = {
      mobile: '9903457748',
      name: null,
      parameters: [{ name: 'utility_acc_no', value: '3287820071' }],
    };
    const biller = { id: '53', category: '8' };
    const timedOut = { kind: 'unknown', sent: true, rawStatus: '<timeout>' };
    // Nothing is answered before the transfer, which leaves last, has timed out.
    const held: (() => void)[] = [];
    const hold =
      (body: Json): Respond =>
      (_req, res) => {
        held.push(() => res.end(JSON.stringify(body)));
      };
    const arrived = (count: number) =>
      until(
        () => Promise.resolve(held.length),
        (length) => length === count,
      );

    respond = hold(ekoSample('aeps-fingpay-cash-withdrawal'));
    const withdrawn = connector.aeps!.withdraw(cash);
    await arrived(1);
    expect(await connector.aeps!.withdraw(cash, { timeouts: { totalMs: 1_000 } })).toEqual(timedOut);
    expect(calls).toHaveLength(2);
    respond = hold(ekoSample('bbps-fetch-bill'));
    const fetched = connector.bbps!.startFetch({ ourReference: REF, biller, customer, counter });
    await arrived(3);
    respond = hold(ekoSample('dmt-initiate-transfer'));
    expect(await transfer(connector)).toEqual(timedOut);
    for (const answer of held) answer();
    expect(await withdrawn).toMatchObject({ kind: 'succeeded' });
    expect(await fetched).toMatchObject({ ok: true, value: { state: 'fetched' } });
    expect(calls).toHaveLength(4);
  });

  it('what stood in line is signed when it leaves', async () => {
    const clock = new FakeClock(NOW);
    const connector = connect({ clock, maxInFlight: 1 });
    respond = (_req, res) => {
      clock.advance(40_000);
      res.end(JSON.stringify(ekoSample('dmt-get-sender')));
    };
    await Promise.all([connector.dmt!.sender('9155927131'), connector.dmt!.sender('9155927131')]);
    expect(calls.map(({ headers }) => Number(headers['secret-key-timestamp']) - Date.parse(NOW))).toEqual([
      0, 40_000,
    ]);
  });
});

it('a bill is paid in the name of its remitter; one from before that was asked for repeats what it said', async () => {
  const { bbps } = connect();
  respond = json(ekoSampleWith('bbps-pay-bill', 'Success', { client_ref_id: REF }));
  const remitter = { name: 'Test Payer', vpa: null, account: null };
  const customer = { ...billTo('0000').customer, name: 'Test Customer' };
  for (const fields of [
    { remitter, customer },
    { remitter, customer: { ...customer, name: null } },
    { remitter: null, customer },
  ]) {
    const instruction = billTo('0000', { ...fields, ourReference: REF });
    const prepared = bbps!.prepare(instruction);
    await bbps!.send(instruction, prepared);
    await bbps!.send(instruction, prepared);
  }
  const names = calls.map(({ body }) => (JSON.parse(body) as { sender_name: string }).sender_name);
  expect(names).toEqual([
    'Test Payer',
    'Test Payer',
    'Test Payer',
    'Test Payer',
    'Test Customer',
    'Test Customer',
  ]);
  expect(calls[5]!.body).toBe(calls[4]!.body);
});

it('a reference that is not known is not found, a tid is not, and the policy row says when that is a failure', async () => {
  const connector = connect();
  respond = json(ekoSample('qr-transaction-inquiry', 'not found'));
  for (const service of ['dmt', 'bbps', 'recharge', 'aeps'] as const) {
    expect(await connector[service]!.inquire({ ourReference: REF })).toEqual({
      kind: 'not_found',
      rawStatus: '<not found>',
      httpStatus: 200,
    });
    expect(
      await connector[service]!.inquire({ ourReference: REF, providerReference: '12971397' }),
    ).toMatchObject({ kind: 'unknown', sent: true });
    expect(connector[service]!.notFound).toEqual({ then: 'fail' });
  }
  expect(calls[0]!.path).toBe(
    `/ekoapi/v3/tools/reference/transaction/client_ref_id:${REF}?initiator_id=9962981729`,
  );
});

it('a recipient that is there already: its id is looked up by account and IFSC', async () => {
  const connector = connect();
  respond = (req, res) => {
    res.end(
      JSON.stringify(
        ekoSample(
          req.method === 'POST' ? 'dmt-add-recipient' : 'dmt-get-recipients',
          req.method === 'POST' ? 'already registered' : 'Success',
        ),
      ),
    );
  };
  const recipient = {
    name: 'Test Recipient',
    mobile: '9002331157',
    ifsc: 'SBIN0007515',
    accountNumber: '38759149196',
  };
  expect(await connector.dmt!.addRecipient('9155927131', recipient)).toEqual({
    ok: true,
    value: { ref: '117015428' },
  });
  expect(
    await connector.dmt!.addRecipient('9155927131', { ...recipient, accountNumber: '38759149197' }),
  ).toMatchObject({ ok: false, kind: 'refused', rawStatus: '342' });
});

it('a recipient whose name has no letter that Eko takes is not registered', async () => {
  const recipient = { mobile: '9002331157', ifsc: 'SBIN0007515', accountNumber: '38759149196' };
  expect(await connect().dmt!.addRecipient('9155927131', { ...recipient, name: 'Ŋ' })).toMatchObject({
    ok: false,
    kind: 'refused',
    rawStatus: '<request not sendable>',
  });
  expect(calls).toEqual([]);
});

it('an operator or a circle that has no one name is not guessed', async () => {
  const connector = connect();
  for (const [operator, circle, rawStatus] of [
    [77, '23', '<operator without a name>'],
    [1, '09', '<circle without a name>'],
    [1, '99', '<circle without a name>'],
  ] as const) {
    respond = json({
      ...ekoSample('bbps-operator-code-circle'),
      dependent_params: [
        { name: 'phone_operator_code', value: operator },
        { name: 'circle_area', value: circle },
      ],
    });
    expect(await connector.recharge!.operatorOf('9876543210')).toMatchObject({
      ok: false,
      kind: 'unknown',
      rawStatus,
    });
  }
});

describe('set-up', () => {
  it.each([
    { initiatorId: '12345' },
    { userCode: 'a b' },
    { aadhaarKey: 'none' },
    { developerKey: '' },
    { accessKey: 'short' },
    { baseUrl: 'http://api.eko.in/ekoicici/v3' },
  ])('refuses %p', (fields) => {
    expect(() => connect(fields)).toThrow(TypeError);
  });

  it('P7 shows no key when it is printed', () => {
    const connector = connect();
    const shown = JSON.stringify(connector) + Object.values(connector).map(String).join('');
    for (const secret of [SETTINGS.developerKey, SETTINGS.accessKey]) expect(shown).not.toContain(secret);
  });

  it('is in the registry when it has settings', async () => {
    const registry = createProviderRegistry(
      { eko: { ...SETTINGS, baseUrl: url, callbackToken: 'eko-callbacks-come-to-this-place' } },
      { clock: new FakeClock(NOW), boundsOf: () => ({ timeouts: { connectMs: 100, totalMs: 300 } }) },
    );
    expect([registry.names(), registry.get('eko').name]).toEqual([['eko'], 'eko']);
    await registry.close();
  });
});
