/**
 * The connector against the mock server that Eko publishes (@ekoindia/eps-mock-server), which replays its
 * samples. Between the two stands a relay, for what the mock does not do: it orders an error
 * (`eps_scenario`), puts our reference where the samples have a placeholder, and keeps what we sent, so that
 * it can be held to the contract.
 */
import { transactionId } from '../../domain/ids/ids';
import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import http from 'node:http';
import net from 'node:net';
import { type AddressInfo } from 'node:net';
import path from 'node:path';
import type { Biometrics, Terminal } from '../../domain/aeps/port';
import type { CallEntry } from '../../domain/api-log/port';
import type { BillInstruction } from '../../domain/bbps/port';
import type { Connector } from '../../domain/connectors';
import type { DispatchCalls, InstructionBase } from '../../domain/provider/calls';
import type { ProviderOutcome } from '../../domain/provider/outcome';
import type { DmtInstruction } from '../../domain/dmt/port';
import type { RechargeInstruction } from '../../domain/recharge/port';
import { createEkoConnector } from '../../providers/eko/connector';

export interface Seen {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: http.IncomingHttpHeaders;
  raw: string;
  body: Record<string, unknown>;
  answer: string;
}

export const KEYS = {
  developerKey: 'developer-key',
  accessKey: 'test-access-key-123',
  initiatorId: '9962981729',
  userCode: '20810200',
};
// The size of the key that Eko publishes for its test system.
const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1_024 });
export const REF = '0k9tq2m4f7x1z8c5v6b3';
export const AADHAAR = '999941057058';
export const PID = `<?xml version="1.0"?><PidData><Data type="X">${'QUJD'.repeat(20)}</Data></PidData>`;
export const SENDER = '9155927131';

let mock: ChildProcess;
let relay: http.Server;
export let connector: Connector;
let scenario: string | undefined;
export let seen: Seen[] = [];
export let noted: CallEntry[] = [];

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
    [path.join(__dirname, '../../node_modules/@ekoindia/eps-mock-server/dist/index.js')],
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

const base = {
  ourReference: REF,
  idempotencyKey: '01977777-7777-7777-7777-777777777777',
  currency: 'INR' as const,
};
export const TRANSFER: DmtInstruction = {
  ...base,
  amountPaise: 10_000n,
  senderMobile: SENDER,
  recipientRef: '117015428',
  otp: '4702',
  otpRef: '667007109',
};
export const BILL: BillInstruction = {
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
  remitter: null,
  fetchRef: REF,
  bill: null,
  convenienceFeePaise: 0n,
  ownFeePaise: 0n,
  acceptedAt: new Date(0),
};
export const RECHARGE: RechargeInstruction = {
  ...base,
  amountPaise: 22_400n,
  mobile: '9876543210',
  operator: 'airtel',
  circle: 'Madhya Pradesh',
  acceptedAt: new Date(0),
};
export const TERMINAL: Terminal = { userCode: '10000001', latlong: '28.6139,77.2090' };
export const BIOMETRICS: Biometrics = { aadhaar: AADHAAR, pid: PID };
export const CASH = {
  ourReference: REF,
  terminal: TERMINAL,
  customerMobile: '9000000000',
  bankCode: 'HDFC',
  biometrics: BIOMETRICS,
};

export const send = <I extends InstructionBase>(
  calls: DispatchCalls<I>,
  instruction: I,
): Promise<ProviderOutcome> =>
  calls.send(instruction, calls.prepare(instruction), { transactionId: transactionId('txn') });

/** The mock answers the calls of this test with the sample of an error. */
export function orderScenario(code: string | undefined): void {
  scenario = code;
}

/** Starts the mock, the relay and a connector for the tests of a file, and stops them after them. */
export function useEkoMock(): void {
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
}
