import { transactionId } from '../../../domain/ids/ids';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CallEntry } from '../../../domain/api-log/port';
import type { Connector } from '../../../domain/connectors';
import type { PayoutInstruction } from '../../../domain/payouts/port';
import { systemClock } from '../../../platform/clock';
import { createTemplateConnector } from '../../../providers/_template/connector';

/**
 * The connector over HTTP. The server stands in until the sandbox speaks the contract (sandbox/, which shares
 * no code with the connector).
 */
let server: http.Server;
let connector: Connector;
let answer: (res: http.ServerResponse) => void;
const noted: CallEntry[] = [];
const received: { url: string; headers: http.IncomingHttpHeaders; body: string }[] = [];
const instruction: PayoutInstruction = {
  ourReference: '00000000000000000001',
  idempotencyKey: 'key-0001',
  amountPaise: 150_000n,
  currency: 'INR',
  mode: 'IMPS',
  narration: null,
  refs: {},
};

beforeAll(async () => {
  server = http.createServer((req, res) => {
    let body = '';
    req
      .on('data', (chunk: Buffer) => {
        body += chunk.toString();
      })
      .on('end', () => {
        received.push({ url: req.url!, headers: req.headers, body });
        answer(res);
      });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  connector = createTemplateConnector({
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    apiKey: 'contract-key',
    callbackSecret: 'contract-secret',
    clock: systemClock,
    timeouts: { connectMs: 500, totalMs: 500 },
    breaker: { consecutive: 1_000, minimumPerSecond: 10_000 },
    callLog: {
      note: (entry) => {
        noted.push(entry);
      },
    },
  });
});
afterAll(async () => {
  await connector.close();
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

const send = () =>
  connector.payout!.send(instruction, connector.payout!.prepare(instruction), {
    transactionId: transactionId('01890a5d-ac96-774b-bcce-b302099a8057'),
  });

test('sends the prepared bytes once, with the key in a header, and notes the call masked', async () => {
  answer = (res) => {
    res.end(
      JSON.stringify({ id: 'pay_0001', status: 'accepted', amount: 150_000, name: 'Test Beneficiary' }),
    );
  };
  expect(await send()).toMatchObject({ kind: 'pending', sent: true, providerReference: 'pay_0001' });
  expect(received).toMatchObject([
    {
      url: '/payouts',
      headers: { authorization: 'Bearer contract-key' },
      body: connector.payout!.prepare(instruction).body,
    },
  ]);
  expect(noted).toMatchObject([
    {
      operation: 'payout',
      route: '/payouts',
      result: '200',
      ourReference: instruction.ourReference,
      request: { amount: 150_000 },
      response: { id: 'pay_0001', name: '<hidden>' },
    },
  ]);
  expect(JSON.stringify(noted)).not.toContain('contract-key');
});

test.each([400, 404, 409, 422, 500, 503])('P5 HTTP %s is unknown until it is documented', async (status) => {
  answer = (res) => {
    res.writeHead(status).end('{"error":"refused"}');
  };
  expect(await send()).toMatchObject({ kind: 'unknown', sent: true, httpStatus: status });
});

test('P5 a broken body, a cut connection and a time-out are unknown', async () => {
  answer = (res) => {
    res.end('<html>');
  };
  expect(await send()).toMatchObject({ kind: 'unknown', sent: true });
  answer = (res) => {
    res.socket!.destroy();
  };
  expect(await send()).toMatchObject({ kind: 'unknown', sent: true });
  answer = () => undefined;
  expect(await send()).toMatchObject({ kind: 'unknown', sent: true, rawStatus: '<timeout>' });
});

test('too late, and nothing is written', async () => {
  const before = received.length;
  expect(
    await connector.payout!.send(instruction, connector.payout!.prepare(instruction), {
      sendBefore: new Date(0),
    }),
  ).toMatchObject({ kind: 'unknown', sent: false });
  expect(received).toHaveLength(before);
});

test('the same instruction gives the same bytes', () => {
  expect(connector.payout!.prepare(instruction)).toEqual(connector.payout!.prepare({ ...instruction }));
});

test('an inquiry that is not written is unknown', async () => {
  expect(await connector.payout!.inquire({ ourReference: instruction.ourReference })).toMatchObject({
    kind: 'unknown',
  });
});

test.each([{}, { 'x-signature': 'f'.repeat(64) }, { authorization: 'Bearer contract-secret' }])(
  "nobody's callback passes until its check is written: %j",
  (headers) => {
    expect(connector.checkCallback(headers, Buffer.from('{}'))).toMatchObject({ verdict: 'forged' });
  },
);
