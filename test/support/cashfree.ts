/**
 * A sandbox with Cashfree, a receiver for its webhooks, and a client that checks every answer against the
 * published contract.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import type { SandboxOptions } from '../../sandbox/app';
import type { CashfreeConfig } from '../../sandbox/cashfree/config';
import { CASHFREE_CONTRACT, type Json } from './cashfree-examples';
import { loadContract, type Contract, type Exception } from './openapi';
import { sandboxOptions, startInProcess, type InProcess } from './sandbox';

export const CASHFREE = { clientId: 'CF00000SANDBOX', clientSecret: 'cashfree-sandbox-secret' };
export const CASHFREE_OPENING_PAISE = 1_000_000_000_000n;
export const CASHFREE_PREFIX = '/cashfree/payout';

/** The schema leaves out what every sample of the file has, and calls `ifsc` what they call `bank_ifsc`. */
function asInSchema({ status_code: _code, status_description: _said, ...transfer }: Json): Json {
  const { beneficiary_id, beneficiary_instrument_details } = transfer.beneficiary_details as Json;
  const { bank_ifsc: ifsc, ...instrument } = beneficiary_instrument_details as Json;
  return {
    ...transfer,
    beneficiary_details: {
      beneficiary_id,
      beneficiary_instrument_details: { ...instrument, ...(ifsc === undefined ? {} : { ifsc }) },
    },
  };
}

const PATHS = ['/transfers', '/beneficiary'];
/** Where the file contradicts its own samples, or omits what every such server answers. */
const EXCEPTIONS: readonly Exception[] = [
  {
    path: '/transfers',
    status: 200,
    like: '200',
    reason: 'samples have more than the schema',
    read: asInSchema,
  },
  { path: '/transfers', status: 409, like: '404', reason: 'a used id: documented of V1 and of batches' },
  ...PATHS.flatMap((path) => [
    { path, status: 401, like: '403', reason: 'no path documents the answer to wrong keys' },
    ...[429, 500, 503].map((status) => ({ path, status, like: '403', reason: 'a fault that was ordered' })),
  ]),
];

export interface CashfreeWebhook {
  type: string;
  raw: string;
  body: { type: string; event_time: string; data: Json };
  headers: Record<string, string | undefined>;
}

export interface CashfreeReceiver {
  url: string;
  received: CashfreeWebhook[];
  answer: (count: number) => number;
  close(): Promise<void>;
}

export async function startCashfreeReceiver(): Promise<CashfreeReceiver> {
  const receiver: CashfreeReceiver = {
    url: '',
    received: [],
    answer: () => 200,
    close: async () => undefined,
  };
  const server = http.createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const raw = Buffer.concat(chunks).toString('utf8');
      const body = JSON.parse(raw) as CashfreeWebhook['body'];
      receiver.received.push({
        type: body.type,
        raw,
        body,
        headers: req.headers as CashfreeWebhook['headers'],
      });
      res.writeHead(receiver.answer(receiver.received.length)).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callbacks/cashfree`;
  receiver.close = () =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  return receiver;
}

export const cashfreeConfig = (
  callbackUrl: string,
  change: Partial<CashfreeConfig> = {},
): CashfreeConfig => ({
  ...CASHFREE,
  callbackUrl,
  openingBalancePaise: CASHFREE_OPENING_PAISE,
  ...change,
});

export interface CashfreeAnswer {
  status: number;
  text: string;
  body: Json;
}
interface CallOptions {
  headers?: Record<string, string>;
  timeoutMs?: number;
  raw?: string;
}

export interface CashfreeClient {
  contract: Contract;
  /** Calls a path of the contract and checks the answer. */
  call(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: unknown,
    options?: CallOptions,
  ): Promise<CashfreeAnswer>;
  /** Registers a beneficiary whose account number or VPA has this ending; returns its id. */
  beneficiary(ending: string, kind?: 'bank' | 'vpa'): Promise<string>;
  control(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<Json>;
  close(): Promise<void>;
}

export function createCashfreeClient(url: string): CashfreeClient {
  const pool = new Pool(url, { connections: 32 });
  const contract = loadContract(CASHFREE_CONTRACT, EXCEPTIONS);
  let made = 0;

  async function send(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body: unknown,
    { headers = {}, timeoutMs = 60_000, raw }: CallOptions,
  ): Promise<CashfreeAnswer> {
    const response = await pool.request({
      method,
      path,
      headers: { 'content-type': 'application/json', ...headers },
      body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.body.text();
    return { status: response.statusCode, text, body: JSON.parse(text) as Json };
  }

  const client: CashfreeClient = {
    contract,
    async call(method, path, body, options = {}) {
      const headers = {
        'x-client-id': CASHFREE.clientId,
        'x-client-secret': CASHFREE.clientSecret,
        'x-api-version': '2024-01-01',
        ...options.headers,
      };
      const answer = await send(method, `${CASHFREE_PREFIX}${path}`, body, { ...options, headers });
      contract.check(method, path, answer.status, answer.body);
      return answer;
    },
    async beneficiary(ending, kind = 'bank') {
      made += 1;
      const prefix = String(1_000_000 + made);
      const { status, text, body } = await client.call('POST', '/beneficiary', {
        beneficiary_id: `ben_${made}`,
        beneficiary_name: 'Test Beneficiary',
        beneficiary_instrument_details:
          kind === 'vpa'
            ? { vpa: `trader${prefix}.${ending}@okbank` }
            : { bank_account_number: `${prefix}${ending}`, bank_ifsc: 'HDFC0000053' },
      });
      if (status !== 201) throw new Error(text);
      return body.beneficiary_id as string;
    },
    control: async (method, path, body) => (await send(method, `/__sandbox/cashfree${path}`, body, {})).body,
    close: () => pool.destroy(),
  };
  return client;
}

export type CashfreeSandbox = InProcess<CashfreeClient, CashfreeReceiver>;

export async function startCashfreeSandbox(
  change: Partial<CashfreeConfig> = {},
  options: Partial<SandboxOptions> = {},
): Promise<CashfreeSandbox> {
  const receiver = await startCashfreeReceiver();
  return startInProcess(
    receiver,
    (dir) => ({
      ...sandboxOptions(dir, 'http://127.0.0.1:9/callbacks/razorpayx'),
      cashfree: cashfreeConfig(receiver.url, change),
      ...options,
    }),
    createCashfreeClient,
  );
}
