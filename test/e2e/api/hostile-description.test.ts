/**
 * The whole API as its description tells it: for each field of each route a good request with one thing wrong.
 * Nothing is answered with a fault of ours, each answer is as described, and the books are clean at the end.
 */
import { Pool } from 'undici';
import { isGreen, verifyPromises } from '../../../domain/verification/verify';
import { describedAnswers } from '../../support/described-answers';
import {
  FRESH,
  goodRequests,
  hostileRequests,
  type HostileRequest,
  type Known,
} from '../../support/described-requests';
import { inParallel } from '../../support/hostile-http';
import { nowhere } from '../../support/verified-world';
import { keepLog } from '../../support/kept-log';
import { createGarden } from '../../support/planting';
import { startPlatform, type Platform } from '../../support/platform';
import { expectNothingInside } from '../../support/problems';
import { createDay, type Day } from '../../support/service-flows';
import { until } from '../../support/until';

const COUNT = Number(process.env.HOSTILE_REQUESTS ?? 20_000);
const SEED = Number(process.env.HOSTILE_SEED ?? Date.now() % 1_000_000_000);
/** Answers to who is not let in, or asks too often. */
const OUTSIDE = new Set([401, 403, 429]);

let p: Platform;
let key: string;
let known: Known;
const errors = keepLog('error');
beforeAll(async () => {
  p = await startPlatform({ log: errors.log, setu: true, eko: true, razorpay: true });
  ({ key, known } = await prepared(p));
});
afterAll(async () => {
  await p.close();
});

/** A user with whatever the routes ask about: a transaction, a sender, a bill, an agent. */
async function prepared(platform: Platform): Promise<{ key: string; known: Known }> {
  const day = await createDay(platform, createGarden());
  const { sender } = await day.verified('hostile');
  const recipient = await day.recipient(sender, 'hostile', '0000');
  const { transfer, transaction } = await day.transfer(sender, recipient, 'hostile');
  const fetched = await day.good(day.bill('hostile', '0000'));
  const payment = (await day.good(day.pay(fetched))).body.id as string;
  const recharge = (await day.good(day.topUp('hostile', '0000'))).body.id as string;
  const load = (await day.good(day.load())).body.id as string;
  const unpaid = (await day.good(day.bill('hostile, unpaid', '0000'))).body;
  const [bill] = unpaid.bills as { amount: number; bill_number: string }[];
  await becomeAgent(day);
  const [wallet] = (await day.get('/v1/wallets')).body.data as { id: string }[];
  const payee = {
    name: 'Test Beneficiary',
    account_number: day.g.account('hostile', '0000'),
    ifsc: 'HDFC0000053',
  };
  const beneficiary = (await day.good(day.post('/v1/beneficiaries', payee))).body.id as string;
  const file = `amount,reference,name,account_number,ifsc\n10.00,hostile,Test,${day.g.account('in a file', '0000')},HDFC0000053`;
  const payoutFile = (await day.good(day.once('/v1/payout-files?lines=1&amount=1000', file))).body
    .id as string;
  const ids: Readonly<Record<string, string>> = {
    '/v1/payout-files/{id}': payoutFile,
    '/v1/beneficiaries/{id}': beneficiary,
    '/v1/dmt/senders/{id}': sender,
    '/v1/dmt/transfers/{id}': transfer,
    '/v1/bbps/fetches/{id}': fetched.body.id as string,
    '/v1/bbps/billers/{id}': 'SUND00000MAH01',
    '/v1/bbps/payments/{id}': payment,
    '/v1/recharges/{id}': recharge,
    '/v1/collections/{id}': load,
    '/v1/transactions/{id}': transaction,
    '/v1/wallets/{id}': wallet!.id,
  };
  const amounts: Readonly<Record<string, number>> = {
    '/v1/bbps/payments': bill!.amount,
    '/v1/recharges': 19_900,
    '/v1/aeps/withdrawal-otps': 600_000,
  };
  const byName: Readonly<Record<string, string>> = {
    sender,
    recipient,
    beneficiary_id: beneficiary,
    payout_file: payoutFile,
    fetch: unpaid.id as string,
    bill_number: bill!.bill_number,
    biller: 'SUND00000MAH01',
    provider: 'razorpayx',
    pid: day.g.pid('hostile').replace('</Data>', `${FRESH}</Data>`),
  };
  return {
    key: day.key,
    known: (path, name) => {
      if (name === 'amount') return amounts[path] ?? 100_000;
      if (name !== 'id') return byName[name];
      if (!path.includes('{id}')) return path.startsWith('/v1/aeps/') ? 'till-7' : undefined; // a terminal's, in a body
      return Object.entries(ids).find(([of]) => path.startsWith(of))?.[1];
    },
  };
}

/** Somebody who may serve customers of AEPS today. */
async function becomeAgent(day: Day): Promise<void> {
  await day.good(day.post('/v1/aeps/agent', day.activation()));
  const otp = await day.otp('agent');
  await day.good(day.post('/v1/aeps/agent/kyc/otp', day.me));
  await day.good(day.post('/v1/aeps/agent/kyc/verification', { ...day.me, otp }));
  await day.good(day.post('/v1/aeps/agent/kyc/biometric', day.finger('once')));
  await day.good(day.post('/v1/aeps/agent/kyc/daily', day.finger('daily')));
}

/** Who asks to become an agent anew is none for a while, and serves nobody: that comes last. */
const takesOffice = ({ url }: HostileRequest): number => Number(url.startsWith('/v1/aeps/agent'));

/** Sends them, and gives each answer. */
async function send(
  requests: readonly HostileRequest[],
  see: (request: HostileRequest, status: number, text: string) => void,
): Promise<void> {
  const pool = new Pool(p.apiUrl, { connections: 16 });
  const inOrder = requests.toSorted((a, b) => takesOffice(a) - takesOffice(b));
  await inParallel(inOrder, async (request) => {
    const { method, url, headers, body } = request;
    const response = await pool.request({
      method,
      path: url,
      headers: { authorization: `Bearer ${key}`, ...headers },
      ...(body === undefined ? {} : { body }),
    });
    see(request, response.statusCode, await response.body.text());
  });
  await pool.close();
}

/** Only what never ends reaches it, however many requests are asked for and however busy the machine is. */
const LONGEST_MS = Math.max(300_000, 50 * COUNT);

it(
  `${COUNT} requests with one thing wrong, seed ${SEED}`,
  async () => {
    const requests = hostileRequests(describedAnswers().document, { count: COUNT, seed: SEED, known });
    expect(requests).toHaveLength(COUNT);
    const statuses = new Map<number, number>();
    const faults: string[] = [];
    const began = Date.now();
    await send(requests, ({ field, url, body }, status, text) => {
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status >= 500) faults.push(`${field} ${status} ${text} for ${url} ${body ?? ''}`);
      else if (status >= 400) expectNothingInside(text); // what is kept is given back as it came, SQL or not
    });
    const inside = COUNT - [...OUTSIDE].reduce((sum, status) => sum + (statuses.get(status) ?? 0), 0);
    const byStatus = [...statuses].toSorted(([a], [b]) => a - b).map(([status, n]) => `${n} x ${status}`);
    process.stdout.write(
      `${COUNT} hostile requests (seed ${SEED}) in ${Date.now() - began} ms, ` +
        `${((inside / COUNT) * 100).toFixed(1)} % past authentication and limits: ${byStatus.join(', ')}\n`,
    );
    expect(faults.slice(0, 20)).toEqual([]);
    expect(p.mistakes.slice(0, 20)).toEqual([]);
    expect(inside / COUNT).toBeGreaterThanOrEqual(0.9);
    expect(statuses.get(202)).toBeGreaterThan(0); // else there is nothing to verify
    expect(errors.lines).toEqual([]);
  },
  LONGEST_MS,
);

it('with nothing wrong a request is of the right form', async () => {
  const requests = goodRequests(describedAnswers().document, { each: 4, seed: SEED, known });
  const refused: string[] = [];
  await send(requests, ({ field, url, body }, status, text) => {
    if (status === 400 || (status === 422 && text.includes('REQUEST_FIELD_INVALID')))
      refused.push(`${field} ${status} ${text} for ${url} ${body}`);
  });
  expect(refused).toEqual([]);
});

it('leaves books in which verification finds nothing', async () => {
  const report = await until(() => verifyPromises(p.c.knex, nowhere), isGreen);
  expect(report.findings.filter(({ result }) => (result?.violations ?? 0) > 0)).toEqual([]);
});
