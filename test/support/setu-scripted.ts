/**
 * A small server that speaks both of Setu's contracts, under the prefixes of the sandbox: enough of a book
 * for the flows, and answers that can be ordered. Every request body is checked against the published file;
 * what is wrong with one is kept in `mistakes`.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setuContract, type Json } from './setu-contract';

export const SETU_KEYS = {
  billpay: { clientId: 'billpay-client', secret: 'billpay secret', partnerId: '4711' },
  recharge: {
    clientId: 'recharge-client',
    secret: 'recharge secret',
    productInstanceId: '91b09564-c250-4823-a262-7464c171974e',
  },
};

export interface Seen {
  method: string;
  route: string;
  query: URLSearchParams;
  headers: http.IncomingHttpHeaders;
  body: Json;
}
/** `hang` books and never answers, `drop` books and cuts the connection. */
export type Ordered = { status: number; body: unknown; headers?: Record<string, string> } | 'hang' | 'drop';
export interface ScriptedSetu {
  url: string;
  seen: Seen[];
  mistakes: string[];
  /** The next request of a route is answered so; `times` requests in a row. */
  order(route: string, ordered: Ordered | ((seen: Seen) => Ordered | undefined), times?: number): void;
  /** Makes every token unknown. */
  expireTokens(): void;
  count(route: string): number;
  close(): Promise<void>;
}

const PREFIXES = {
  '/setu-billpay': 'billpay',
  '/setu-recharge': 'recharge',
  '/setu-accounts': 'recharge',
} as const;
const ok = (data: unknown): Json => ({
  success: true,
  traceId: 'C3SFG0O6N88R6UI7EQ',
  trace_id: 'cu7it2r6nmjg00e34e8g',
  data,
});
const refused = (code: string, failureReason?: string): Json => ({
  success: false,
  traceId: 'C3SFG0O6N88R6UI7EQ',
  error: { code, message: 'No.', ...(failureReason === undefined ? {} : { failureReason }) },
});
type Answer = { status: number; body: unknown; headers?: Record<string, string> };
const good = (data: unknown): Answer => ({ status: 200, body: ok(data) });

export const BILLER: Json = {
  id: 'SUND00000MAH01',
  name: 'Sundar Power Distribution',
  categoryName: 'Electricity',
  status: 'ACTIVE',
  fetchApiType: 'BILL_FETCH',
  exactness: 'Exact',
  customerParams: [
    {
      paramName: 'Consumer Number',
      dataType: 'NUMERIC',
      minLength: 12,
      maxLength: 12,
      optional: false,
      visibility: true,
      regex: '^[0-9]{12}$',
      values: '',
    },
  ],
  paymentModes: ['Cash', 'Wallet', 'Internet Banking'].map((paymentMode) => ({
    paymentMode,
    minLimit: 100,
    maxLimit: 4_999_900,
    supportsPendingStatus: false,
  })),
  paymentChannels: [
    { paymentChannel: 'AGT', minLimit: 100, maxLimit: 99_999_900, supportsPendingStatus: false },
  ],
};

export async function startScriptedSetu(): Promise<ScriptedSetu> {
  const contracts = { billpay: setuContract('billpay'), recharge: setuContract('recharge') };
  const orders = new Map<
    string,
    { ordered: Ordered | ((seen: Seen) => Ordered | undefined); left: number }[]
  >();
  const tokens = new Set<string>();
  const seen: Seen[] = [];
  const mistakes: string[] = [];
  const book = scriptedBook();
  let issued = 0;

  function login(route: string, body: Json): Answer {
    const isBillpay = route === '/api/v2/auth/token';
    const isGood = isBillpay
      ? body.clientID === SETU_KEYS.billpay.clientId && body.secret === SETU_KEYS.billpay.secret
      : body.ClientID === SETU_KEYS.recharge.clientId &&
        body.Secret === SETU_KEYS.recharge.secret &&
        body.grant_type === 'client_credentials';
    if (!isGood)
      return {
        status: isBillpay ? 400 : 401,
        body: isBillpay
          ? refused('invalid-credentials')
          : {
              status: 401,
              type: '',
              message: 'You are not authenticated to perform the requested action.',
              trace_id: 'x',
            },
      };
    const token = `token-${(issued += 1)}`;
    tokens.add(token);
    return {
      status: 200,
      body: isBillpay
        ? { expiresIn: 600, token, success: true, traceId: 'T' }
        : { access_token: token, refresh_token: '' },
    };
  }

  function authorised({ headers }: Seen, product: 'billpay' | 'recharge'): boolean {
    const own =
      product === 'billpay'
        ? headers['x-partner-id'] === SETU_KEYS.billpay.partnerId
        : headers['x-product-instance-id'] === SETU_KEYS.recharge.productInstanceId;
    if (!own) mistakes.push(`the header of ${product} is missing`);
    return tokens.has(/^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '');
  }

  function take(one: Seen): Ordered | undefined {
    const [first] = orders.get(one.route) ?? [];
    if (first === undefined) return undefined;
    if ((first.left -= 1) === 0) orders.get(one.route)!.shift();
    return typeof first.ordered === 'function' ? first.ordered(one) : first.ordered;
  }

  function handle(one: Seen, product: 'billpay' | 'recharge', res: http.ServerResponse): void {
    const isLogin = one.route === '/api/v2/auth/token' || one.route === '/v1/users/login';
    const isOpen = isLogin || authorised(one, product);
    const ordered = isOpen ? take(one) : undefined;
    const booked = isOpen && (ordered === undefined || typeof ordered === 'string');
    const answer = booked ? (isLogin ? login(one.route, one.body) : book(one)) : undefined;
    if (ordered === 'hang') return;
    if (ordered === 'drop') {
      res.destroy();
      return;
    }
    const {
      status,
      body,
      headers = {},
    } = ordered ?? answer ?? { status: 401, body: refused('unauthorised') };
    res.writeHead(status, { 'content-type': 'application/json', ...headers });
    res.end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  const server = http.createServer((req, res) => {
    const chunks: Buffer[] = [];
    req
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => {
        const url = new URL(req.url!, 'http://x');
        const prefix = (Object.keys(PREFIXES) as (keyof typeof PREFIXES)[]).find((p) =>
          url.pathname.startsWith(`${p}/`),
        );
        if (prefix === undefined) {
          res.writeHead(404).end();
          return;
        }
        const raw = Buffer.concat(chunks).toString('utf8');
        const one: Seen = {
          method: req.method!,
          route: url.pathname.slice(prefix.length),
          query: url.searchParams,
          headers: req.headers,
          body: raw === '' ? {} : (JSON.parse(raw) as Json),
        };
        seen.push(one);
        mistakes.push(
          ...contracts[PREFIXES[prefix]]
            .mistakes(one.method, one.route, raw === '' ? undefined : one.body)
            .map((m) => `${one.route}: ${m}`),
        );
        handle(one, PREFIXES[prefix], res);
      });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    mistakes,
    order(route, ordered, times = 1) {
      orders.set(route, [...(orders.get(route) ?? []), { ordered, left: times }]);
    },
    expireTokens() {
      tokens.clear();
    },
    count: (route) => seen.filter((s) => s.route === route).length,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

/** One bill for everybody, payments by their reference, recharges by theirs; everything succeeds at the second question. */
function scriptedBook(): (seen: Seen) => Answer {
  const fetches = new Map<string, number>();
  const payments = new Map<string, { refId: string; details: Json; asked: number }>();
  const recharges = new Map<string, { n: number; amount: number; asked: number }>();
  const refOf = (kind: string, n: number): string => `${kind}VVR4QOS7X1UGPY7JGUV4440${n}`;
  const payment = ({ refId, details, asked }: { refId: string; details: Json; asked: number }): Json => ({
    refId,
    status: asked > 1 ? 'Success' : 'Processing',
    billerId: BILLER.id,
    paymentDetails: details,
    ...(asked > 1
      ? { transactionId: 'AX30910192192192192', billerRefId: 'ZA6291A177', additionalInfo: [] }
      : {}),
  });
  const rechargeData = ({ n, amount, asked }: { n: number; amount: number; asked: number }): Json => ({
    error: null,
    amount,
    status: asked > 1 ? 'Successful' : 'Processing',
    transactionRefId: refOf('CYJ', n),
    details: {},
    ...(asked > 1 ? { operatorRefId: 'F3MV358Q19' } : {}),
  });

  const routes: Record<string, (seen: Seen) => Answer> = {
    '/api/v2/bbps/categories': () => good({ categories: [{ name: 'Electricity', billerCount: 1 }] }),
    '/api/v2/bbps/billers': ({ query }) =>
      good({
        billers: [BILLER].filter((b) => query.get('ids') === null || query.get('ids') === b.id),
        total: 1,
      }),
    '/api/v2/bbps/bills/fetch/request': () => {
      const refId = refOf('FET', fetches.size);
      fetches.set(refId, 0);
      return good({ refId });
    },
    '/api/v2/bbps/bills/fetch/response': ({ body }) => {
      const asked = fetches.get(body.refId as string);
      if (asked === undefined) return { status: 400, body: refused('invalid-ref-id') };
      fetches.set(body.refId as string, asked + 1);
      const bill = {
        amount: 287_000,
        billNumber: 'B1234567',
        billDate: '2026-11-01',
        dueDate: '2026-11-30',
        billPeriod: 'MONTHLY',
        customerName: 'Test Customer',
      };
      return good(
        asked === 0
          ? { refId: body.refId, status: 'Processing' }
          : {
              refId: body.refId,
              status: 'Success',
              exactness: 'Exact',
              billerResponseType: 'SINGLE',
              billerSelectionType: null,
              bills: [bill],
              additionalInfo: [{ name: 'Billing Unit', value: 'Unit 1' }],
            },
      );
    },
    '/api/v2/bbps/bills/payment/request': ({ body }) => {
      const details = body.paymentDetails as Json;
      const known = payments.get(details.paymentRefId as string);
      if (known !== undefined)
        return {
          status: 409,
          body: ok({
            refId: known.refId,
            duplicate: { code: 'duplicate-ref-id', message: 'Duplicate', refId: known.refId },
          }),
        };
      const made = { refId: refOf('PAY', payments.size), details, asked: 0 };
      payments.set(details.paymentRefId as string, made);
      return good({ refId: made.refId });
    },
    '/api/v2/bbps/bills/payment/response': ({ body }) => {
      const found = [...payments.values()].find((p) => p.refId === body.refId);
      if (found === undefined) return { status: 400, body: refused('invalid-ref-id') };
      found.asked += 1;
      return good(payment(found));
    },
    '/api/v2/bbps/transactions': ({ query }) =>
      good({
        transactions: [...payments]
          .filter(([ref]) => ref === query.get('ids'))
          .map(([ref, p]) => ({
            refId: p.refId,
            status: 'Processing',
            amount: p.details.amount,
            paymentRefId: ref,
          })),
      }),
    '/api/v2/bbps/bills/complaint/request': () => good({ refId: refOf('DIS', 1) }),
    '/api/v2/bbps/bills/complaint/response': ({ body }) =>
      good({
        refId: body.refId,
        status: 'ASSIGNED',
        disputeId: 'OP0121046567755',
        assignedTo: 'ICICI BOU',
        remarks: 'Assigned',
        ticketTAT: '2026-12-01',
        ticketType: 'DISPUTE',
        disposition: 'D11',
      }),
    '/fetch-operator-details': () =>
      good({
        mobile_number: '7066573353',
        current_operator: 'airtel',
        current_location: 'Maharashtra',
        previous_operator: 'None',
        previous_location: 'None',
        ported: false,
      }),
    '/fetch-plans': () =>
      good([
        {
          amount: 19_900,
          plan_name: 'Unlimited',
          plan_description: '1.5 GB a day',
          talktime: '0.0',
          validity: '28 days',
          service_provider: 'Airtel Prepaid',
        },
      ]),
    '/recharge/validate': ({ body }) =>
      good(
        (body.paymentDetails as Json).amount === 19_900
          ? { error: null, status: 'Validation Successful' }
          : {
              error: { code: '2', message: 'Invalid Amount.', failureReason: 'Invalid Amount' },
              status: 'Validation Failed',
            },
      ),
    '/recharge/request': ({ body }) => {
      const { paymentRefId, amount } = body.paymentDetails as { paymentRefId: string; amount: number };
      if (recharges.has(paymentRefId))
        return { status: 500, body: refused('ERR005', 'duplicate-payment-ref-id') };
      const made = { n: recharges.size, amount, asked: 0 };
      recharges.set(paymentRefId, made);
      return good(rechargeData(made));
    },
    '/recharge/status': ({ body }) => {
      const found = recharges.get(body.paymentRefId as string);
      if (found === undefined) return { status: 422, body: refused('ERR003', 'invalid-txn-ref-id') };
      found.asked += 1;
      return good(rechargeData(found));
    },
  };
  return (seen) => routes[seen.route]?.(seen) ?? { status: 404, body: refused('not-found') };
}
