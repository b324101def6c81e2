/**
 * A sandbox with Setu's products, a receiver for the callbacks, and a client that checks every answer against
 * the published contracts.
 */
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Pool } from 'undici';
import type { SandboxOptions } from '../../sandbox/app';
import type { SetuConfig } from '../../sandbox/setu/config';
import { loadContract, type Contract, type Exception } from './openapi';
import { sandboxOptions, startInProcess, type InProcess } from './sandbox';

const FIXTURES = path.join(__dirname, '../fixtures/setu');
const BILLPAY_PATHS = [
  'categories',
  'billers',
  'billers/plans',
  'transactions',
  'disputes',
  'bills/fetch/request',
  'bills/fetch/response',
  'bills/payment/request',
  'bills/payment/response',
  'bills/complaint/request',
  'bills/complaint/response',
].map((name) => `/api/v2/bbps/${name}`);
const RECHARGE_PATHS = [
  '/fetch-operator-details',
  '/fetch-plans',
  '/recharge/validate',
  '/recharge/request',
  '/recharge/status',
  '/wallet/balance',
];

/**
 * Where the published files contradict their own prose and samples, or omit what every such server answers.
 */
export const BILLPAY_EXCEPTIONS: readonly Exception[] = [
  ...BILLPAY_PATHS.map((p): Exception => ({
    path: p,
    status: 401,
    like: '400',
    reason:
      'every path needs a bearer token that lives 600 s, and none documents the answer to an expired one',
  })),
  ...[429, 503].flatMap((status) =>
    BILLPAY_PATHS.map((p): Exception => ({
      path: p,
      status,
      like: '500',
      reason: 'a fault that was ordered; the file names no limit of requests',
    })),
  ),
];
export const RECHARGE_EXCEPTIONS: readonly Exception[] = [
  {
    path: '/fetch-plans',
    status: 401,
    like: '400',
    reason: 'no path documents the answer to an expired token; the account service’s own is taken',
    read: () => ({ success: false }),
  },
  ...RECHARGE_PATHS.filter((p) => p !== '/fetch-plans').map((p): Exception => ({
    path: p,
    status: 401,
    like: '500',
    reason: 'no path documents the answer to an expired token; the account service’s own is taken',
    read: (body) =>
      body.status === 401 && typeof body.message === 'string' && typeof body.trace_id === 'string'
        ? { success: false, error: { code: '', message: '', failureReason: '' }, trace_id: '' }
        : body,
  })),
  ...[429, 503].flatMap((status) =>
    RECHARGE_PATHS.map((p): Exception => ({
      path: p,
      status,
      like: '500',
      reason: 'a fault that was ordered; the file names no limit of requests',
    })),
  ),
];

export const SETU: Omit<SetuConfig, 'billpay' | 'recharge'> & {
  billpay: Omit<SetuConfig['billpay'], 'callbackUrl'>;
  recharge: Omit<SetuConfig['recharge'], 'callbackUrl'>;
} = {
  billpay: { clientId: 'billpay-client', secret: 'billpay secret', partnerId: '4711' },
  recharge: {
    clientId: 'recharge-client',
    secret: 'recharge secret',
    productInstanceId: '91b09564-c250-4823-a262-7464c171974e',
  },
  openingBalancePaise: 1_000_000_000_000n,
};

export type Body = Record<string, unknown>;
export interface SetuAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Body & { data: Body; error: Body };
}
export interface SetuCallback {
  path: string;
  body: Body & { data: Body };
  headers: http.IncomingHttpHeaders;
  raw: string;
  atMs: number;
}
export interface SetuReceiver {
  port: number;
  url: string;
  received: SetuCallback[];
  answer: (count: number) => number;
  close(): Promise<void>;
}

export async function startSetuReceiver(port = 0): Promise<SetuReceiver> {
  const receiver: SetuReceiver = {
    port: 0,
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
      receiver.received.push({
        path: req.url!,
        body: JSON.parse(raw) as SetuCallback['body'],
        headers: req.headers,
        raw,
        atMs: Date.now(),
      });
      res.writeHead(receiver.answer(receiver.received.length)).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  receiver.port = (server.address() as AddressInfo).port;
  receiver.url = `http://127.0.0.1:${receiver.port}`;
  receiver.close = () =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  return receiver;
}

export const setuConfig = (receiverUrl: string, change: Partial<SetuConfig> = {}): SetuConfig => ({
  billpay: { ...SETU.billpay, callbackUrl: `${receiverUrl}/billpay` },
  recharge: { ...SETU.recharge, callbackUrl: `${receiverUrl}/recharge` },
  openingBalancePaise: SETU.openingBalancePaise,
  ...change,
});

export interface SetuClient {
  contracts: { billpay: Contract; recharge: Contract };
  /** Calls a path of the contract and checks the answer. Fetches a token when there is none. */
  billpay(method: 'GET' | 'POST', path: string, body?: unknown, options?: CallOptions): Promise<SetuAnswer>;
  recharge(method: 'GET' | 'POST', path: string, body?: unknown, options?: CallOptions): Promise<SetuAnswer>;
  login(product: 'billpay' | 'recharge', credentials?: Body): Promise<SetuAnswer>;
  control(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<SetuAnswer & { text: string }>;
  close(): Promise<void>;
}
export interface CallOptions {
  headers?: Record<string, string>;
  timeoutMs?: number;
  raw?: string;
}

export function createSetuClient(url: string): SetuClient {
  const pool = new Pool(url, { connections: 32 });
  const contracts = {
    billpay: loadContract(path.join(FIXTURES, 'setu-billpay-openapi.json'), BILLPAY_EXCEPTIONS),
    recharge: loadContract(path.join(FIXTURES, 'setu-recharge-openapi.json'), RECHARGE_EXCEPTIONS),
  };
  const tokens: Partial<Record<'billpay' | 'recharge', string>> = {};

  async function send(
    method: string,
    fullPath: string,
    body: unknown,
    { headers = {}, timeoutMs = 60_000, raw }: CallOptions = {},
  ): Promise<SetuAnswer & { text: string }> {
    const response = await pool.request({
      method,
      path: fullPath,
      headers: { 'content-type': 'application/json', ...headers },
      body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.body.text();
    return {
      status: response.statusCode,
      headers: response.headers,
      text,
      body: text.startsWith('{') ? (JSON.parse(text) as SetuAnswer['body']) : ({} as SetuAnswer['body']),
    };
  }

  async function call(
    product: 'billpay' | 'recharge',
    { method, callPath }: { method: 'GET' | 'POST'; callPath: string },
    body: unknown,
    options: CallOptions = {},
  ): Promise<SetuAnswer> {
    if (tokens[product] === undefined) await client.login(product);
    const own: Record<string, string> =
      product === 'billpay'
        ? { 'x-partner-id': SETU.billpay.partnerId }
        : { 'x-product-instance-id': SETU.recharge.productInstanceId };
    const answer = await send(method, `/setu-${product}${callPath}`, body, {
      ...options,
      headers: { authorization: `Bearer ${tokens[product]}`, ...own, ...options.headers },
    });
    contracts[product].check(method, callPath, answer.status, answer.body);
    return answer;
  }

  const client: SetuClient = {
    contracts,
    billpay: (method, callPath, body, options) => call('billpay', { method, callPath }, body, options),
    recharge: (method, callPath, body, options) => call('recharge', { method, callPath }, body, options),
    async login(product, credentials = {}) {
      const { prefix, loginPath } =
        product === 'billpay'
          ? { prefix: '/setu-billpay', loginPath: '/api/v2/auth/token' }
          : { prefix: '/setu-accounts', loginPath: '/v1/users/login' };
      const usual =
        product === 'billpay'
          ? { clientID: SETU.billpay.clientId, secret: SETU.billpay.secret }
          : {
              ClientID: SETU.recharge.clientId,
              Secret: SETU.recharge.secret,
              grant_type: 'client_credentials',
            };
      const answer = await send('POST', prefix + loginPath, { ...usual, ...credentials });
      contracts[product].check('POST', loginPath, answer.status, answer.body);
      if (answer.status === 200) tokens[product] = String(answer.body.token ?? answer.body.access_token);
      return answer;
    },
    control: (method, controlPath, body) => send(method, `/__sandbox/setu${controlPath}`, body),
    close: () => pool.destroy(),
  };
  return client;
}

export type TestSetu = InProcess<SetuClient, SetuReceiver>;

/** Starts a sandbox in this process with a new book. */
export async function startTestSetu(
  options: Partial<SandboxOptions> & { openingPaise?: bigint } = {},
): Promise<TestSetu> {
  const { openingPaise = SETU.openingBalancePaise, ...rest } = options;
  const receiver = await startSetuReceiver();
  const optionsOf = (dir: string): SandboxOptions => ({
    ...sandboxOptions(dir, receiver.url),
    setu: setuConfig(receiver.url, { openingBalancePaise: openingPaise }),
    ...rest,
  });
  return startInProcess(receiver, optionsOf, createSetuClient);
}

export const newReference = (): string => `TEST${randomBytes(10).toString('hex')}`;

export const AGENT = {
  id: 'AX01AI06512391457204',
  channel: 'AGT',
  terminalId: '6000011234',
  mobile: '9481773011',
  geocode: '19.0139,72.8254',
  postalCode: '600001',
};
export const ELECTRICITY = 'SUND00000MAH01';

/** Fetch parameters for the electricity biller. The consumer number has this ending. */
export const consumer = (ending: string): Body => ({
  mobile: '9505987798',
  customerParams: [{ name: 'Consumer Number', value: `10020030${ending}` }],
});

export function fetchBody(
  ending = '0000',
  biller = ELECTRICITY,
  customerParams?: { name: string; value: string }[],
): Body {
  return {
    agent: AGENT,
    biller: { id: biller },
    customer: customerParams === undefined ? consumer(ending) : { mobile: '9505987798', customerParams },
  };
}

/** Fetches, waits for the result and returns its data. */
export async function fetched(client: SetuClient, body: Body): Promise<Body> {
  const request = await client.billpay('POST', '/api/v2/bbps/bills/fetch/request', body);
  if (request.status !== 200) throw new Error(JSON.stringify(request.body));
  for (let i = 0; i < 400; i += 1) {
    const { body: answer } = await client.billpay('POST', '/api/v2/bbps/bills/fetch/response', {
      refId: request.body.data.refId,
    });
    if (answer.data.status !== 'Processing') return answer.data;
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
  throw new Error('the fetch does not end');
}

export const paymentBody = (refId: unknown, amount: number, more: Body = {}): Body => ({
  refId,
  remitter: { name: 'Test Agent' },
  paymentDetails: {
    amount,
    mode: 'Wallet',
    paymentRefId: newReference(),
    timestamp: '2026-11-24T13:12:00+05:30',
    accountInfo: 'WALLET|9505987798',
    ...more,
  },
});

export const billsOf = (data: Body): { amount: number; billNumber: string }[] =>
  data.bills as { amount: number; billNumber: string }[];

/** Fetches, pays the first bill, and returns the payment request and its answer. */
export async function payBill(
  client: SetuClient,
  ending: string,
  { more = {}, timeoutMs }: { more?: Body; timeoutMs?: number } = {},
): Promise<{ request: Body & { paymentDetails: Body }; answer: SetuAnswer }> {
  const data = await fetched(client, fetchBody(ending));
  const request = paymentBody(data.refId, billsOf(data)[0]!.amount, more) as Body & { paymentDetails: Body };
  return {
    request,
    answer: await client.billpay('POST', '/api/v2/bbps/bills/payment/request', request, { timeoutMs }),
  };
}

export const paymentStatus = async (client: SetuClient, refId: unknown): Promise<Body> =>
  (await client.billpay('POST', '/api/v2/bbps/bills/payment/response', { refId })).body.data;

export function rechargeBody(ending: string, more: Body = {}, parameters: Record<string, string> = {}): Body {
  const values = {
    'Mobile Number': `706657${ending}`,
    Operator: 'airtel',
    Location: 'Maharashtra',
    ...parameters,
  };
  return {
    customer: {
      mobile: '7066573353',
      billParameters: Object.entries(values).map(([name, value]) => ({ name, value })),
    },
    paymentDetails: {
      amount: 19_900,
      mode: 'Wallet',
      paymentParams: [],
      paymentRefId: newReference(),
      timestamp: '2026-11-24T13:12:00+05:30',
      ...more,
    },
  };
}

export const referenceOf = (body: Body): string => String((body.paymentDetails as Body).paymentRefId);
