/**
 * A backup is taken while requests of every service are on their way, the world goes on to its end, and the
 * backup is restored into an empty database, by the commands of docs/runbooks/restore.md. What the providers
 * have paid is paid once, and the restored books come to say so.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rows } from '../../../platform/database';
import { parsePublicId } from '../../../platform/ids';
import { WORKER_TYPES } from '../../../workers/types';
import { assertCleanBooks } from '../../support/books';
import { createDumps, type Dumps } from '../../support/dumps';
import { createGarden } from '../../support/planting';
import { payoutBody, startPlatform, type Platform, type Reply } from '../../support/platform';
import { createDay, EKO_BILLER, type Day } from '../../support/service-flows';
import { until } from '../../support/until';

const OTP = '482913';
const LONG_MS = 300_000;
/** Pays, and is answered at once; pays, and never answers. */
const [AT_ONCE, NEVER] = ['0000', '5555'] as const;
/** Asks for one; the id of its transaction. */
type Ask = (ending: string) => Promise<string>;
type Row = { id: string; service: string; state: string; outcome: string | null; effects: number };

let dumps: Dumps;
let p: Platform;
let day: Day;
const g = createGarden();
const told: Record<string, { id: string; point: string }> = {};
let ends: Map<string, Row>;
let floats: Record<string, string>;
let paid: string[];
let lostAt: Date;
const lost: { url: string; body: Record<string, unknown>; key: string }[] = [];

beforeAll(async () => {
  dumps = await createDumps();
  p = await startPlatform({ database: dumps.database, workers: [], setu: true, eko: true });
  day = await createDay(p, g);
  await day.control('POST', '/eko/settings', { otp: OTP });
  await p.c.admitted();
}, LONG_MS);
afterAll(async () => {
  await p.close();
  await dumps.close();
}, LONG_MS);

const readRows = async (): Promise<Row[]> =>
  rows<Row>(
    p.c.knex,
    `select id, service, state, outcome, effect_count - posted_count as effects from transactions order by id`,
  );
/**
 * What the requests of each service have taken from the floats, or brought; without commissions, which Eko states
 * in the answer to a request and not in one to an inquiry.
 */
async function readFloats(): Promise<Record<string, string>> {
  const found = await rows<{ what: string; paise: string }>(
    p.c.knex,
    `select t.service || ' ' || a.code as what,
       sum(case when x.credit_account_id = a.id then x.amount_paise else -x.amount_paise end)::text as paise
     from ledger_transfers x join transactions t on t.id = x.transaction_id
       join ledger_accounts a on a.id in (x.debit_account_id, x.credit_account_id) and a.code like 'float:%'
     where x.code not like 'commission%' group by 1 order by 1`,
  );
  return Object.fromEntries(found.map(({ what, paise }) => [what, paise]));
}
/** Everything that the providers have in their own books, in words. */
async function readPaid(): Promise<string[]> {
  const books = [
    ['/book/payouts', 'reference_id'],
    ['/eko/book/transactions', 'client_ref_id'],
    ['/setu/billpay/book/payments', 'payment_ref_id'],
    ['/setu/recharge/book/payments', 'payment_ref_id'],
  ] as const;
  const lists = await Promise.all(
    books.map(async ([url, name]) => {
      const { items } = (await day.control('GET', `${url}?limit=1000`)) as {
        items: Record<string, unknown>[];
      };
      return items.map((item) => `${url} ${String(item[name])} ${String(item.status ?? item.tx_status)}`);
    }),
  );
  return lists.flat().toSorted();
}

/** A command of the runbook, as it is typed. */
async function command(...args: string[]): Promise<{ code: number | null; out: string }> {
  const child = spawn(process.execPath, ['dist/scripts/restore.js', ...args], {
    env: { PATH: process.env.PATH, ...p.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out };
}

const idOf = (reply: Reply): string => {
  if (reply.status !== 202) throw new Error(`${reply.status} ${reply.text}`);
  return parsePublicId('transaction', reply.body.id as string)!;
};

/** A transfer of one part; its OTP is the sandbox's only one. */
async function transferBy(sender: string, ending: string): Promise<string> {
  const to = await day.recipient(sender, `payee ${randomUUID()}`, ending);
  const asked = await day.good(
    day.post(`/v1/dmt/senders/${sender}/transfer-otps`, { recipient: to, amount: 100_000 }),
  );
  const [part] = asked.body.parts as { otp_reference: string }[];
  const reference = day.reference();
  await day.good(
    day.once('/v1/dmt/transfers', {
      sender,
      recipient: to,
      reference,
      currency: 'INR',
      parts: [{ amount: 100_000, otp_reference: part!.otp_reference, otp: OTP }],
    }),
  );
  const { body } = await day.good(day.get(`/v1/transactions?reference=${reference}`));
  return parsePublicId('transaction', (body.data as { id: string }[])[0]!.id)!;
}

async function asks(): Promise<Record<string, Ask>> {
  const { sender } = await day.verified('remitter');
  await day.control('POST', '/eko/settings', { otp: OTP });
  let n = 0;
  const label = (): string => `restore ${(n += 1)}`;
  return {
    payout: async (ending) => idOf(await day.payout(label(), ending)),
    dmt: (ending) => transferBy(sender, ending),
    'bill at Setu': async (ending) => idOf(await day.pay(await day.good(day.bill(label(), ending)))),
    'bill at Eko': async (ending) =>
      idOf(await day.pay(await day.good(day.bill(label(), ending, EKO_BILLER)))),
    recharge: async (ending) => idOf(await day.topUp(label(), ending)),
  };
}

const hold = (id: string) => p.c.holds.hold([id]);
const send = (id: string) => p.c.sender.send([id]);
async function known(id: string): Promise<void> {
  await until(
    async () => {
      await p.c.poller.poll([id]);
      return (await readRows()).find((row) => row.id === id)!;
    },
    ({ outcome }) => outcome !== null,
  );
}

/** Brings one request to each point of the path; nothing but this works meanwhile. */
async function bringToPoints(name: string, ask: Ask): Promise<() => Promise<unknown>> {
  const begin = async (point: string, ending: string): Promise<string> => {
    const id = await ask(ending);
    told[`${name}, ${point}`] = { id, point };
    return id;
  };
  await begin('accepted', AT_ONCE);
  await hold(await begin('held', AT_ONCE));
  const recorded = await begin('recorded', AT_ONCE);
  const finished = await begin('finished', AT_ONCE);
  for (const id of [recorded, finished]) {
    await hold(id);
    await send(id);
    await known(id);
  }
  await p.c.settler.settle([finished]);
  const inFlight = await begin('dispatched, its call in flight', NEVER);
  await hold(inFlight);
  return () => send(inFlight);
}

const UNFINISHED = new Set(['accepted', 'held', 'dispatched']);
async function end(): Promise<Row[]> {
  for (const type of WORKER_TYPES) p.startWorker(type);
  return until(readRows, (all) => all.every(({ state, effects }) => !UNFINISHED.has(state) && effects === 0));
}

it(
  'a dump is taken, and the world goes on to its end',
  async () => {
    const calls: (() => Promise<unknown>)[] = [];
    for (const [name, ask] of Object.entries(await asks())) calls.push(await bringToPoints(name, ask));
    await day.good(day.post('/v1/aeps/agent', day.activation()));
    await day.control('POST', '/eko/settings', { otp: OTP });
    await day.good(day.post('/v1/aeps/agent/kyc/otp', day.me));
    await day.good(day.post('/v1/aeps/agent/kyc/verification', { ...day.me, otp: OTP }));
    await day.good(day.post('/v1/aeps/agent/kyc/biometric', day.finger('agent, once')));
    await day.good(day.post('/v1/aeps/agent/kyc/daily', day.finger('agent, daily')));
    await day.good(day.withdraw(day.customer('withdrawal', AT_ONCE)));
    const fetched = await day.good(day.bill('lost bill', AT_ONCE));
    const inFlight = [
      ...calls.map((call) => call()),
      day.withdraw(day.customer('withdrawal in flight', NEVER)),
    ];
    await until(
      readRows,
      (all) => all.filter(({ state, effects }) => state === 'dispatched' && effects === 0).length === 6,
    );
    await dumps.take();
    lostAt = new Date();
    lost.push(
      { url: '/v1/payouts', body: payoutBody(AT_ONCE), key: randomUUID() },
      {
        url: '/v1/bbps/payments',
        key: randomUUID(),
        body: {
          fetch: fetched.body.id,
          amount: (fetched.body.bills as { amount: number }[])[0]!.amount,
          currency: 'INR',
          reference: day.reference(),
          payment_mode: 'Cash',
        },
      },
    );
    for (const { url, body, key } of lost) idOf(await day.once(url, body, key));
    await Promise.allSettled(inFlight);
    const all = await end();
    expect(
      all.map(({ state }) => state).filter((state) => state !== 'succeeded' && state !== 'in_review'),
    ).toEqual([]);
    ends = new Map(all.map((row) => [row.id, row]));
    [floats, paid] = [await readFloats(), await readPaid()];
  },
  LONG_MS,
);

it(
  'the restored database is noticed, and nothing is ready in it before somebody has said what was lost',
  async () => {
    await p.moveTo(await dumps.restore());
    expect(await p.c.health.check()).toMatchObject({
      ready: false,
      checks: { database_identity: expect.stringContaining('npm run restore -- begin') },
    });
    const begun = await command(
      'begin',
      '--point',
      lostAt.toISOString(),
      '--reason',
      'drill',
      '--by',
      'drill',
    );
    expect(begun).toMatchObject({ code: 0, out: expect.stringContaining('wait for an answer') });
    expect(await command('status')).toMatchObject({ code: 3 });
    await until(
      () => p.c.health.check(),
      ({ ready, notes }) => ready && notes?.restore !== undefined,
    );
  },
  LONG_MS,
);

it(
  'P4 P5 what was paid since is found, paid once and called so',
  async () => {
    const all = await end();
    expect(
      Object.entries(told).flatMap(([name, { id }]) => (all.some((row) => row.id === id) ? [] : [name])),
    ).toEqual([]);
    const differs = all.filter(({ id, state }) => state !== ends.get(id)!.state && state !== 'in_review');
    expect(differs).toEqual([]);
    for (const [name, { id }] of Object.entries(told))
      expect([name, all.find((row) => row.id === id)!.state]).toEqual([name, 'succeeded']);
    expect(await readPaid()).toEqual(paid);
    await until(
      () => command('status'),
      ({ code }) => code === 0,
    );
  },
  LONG_MS,
);

it(
  'what the books do not know is named and becomes a case',
  async () => {
    const { code, out } = await command(
      'compare',
      '--since',
      new Date(lostAt.getTime() - 3_600_000).toISOString(),
    );
    expect(out).toMatch(/razorpayx, payout: \d+ payments, 1 that the books do not know/);
    expect(out).toMatch(/setu, bbps: \d+ payments, 1 that the books do not know/);
    expect(out).toMatch(/eko, .*: it has no list/);
    expect(code).toBe(0);
    const cases = await rows<{ subject: string }>(
      p.c.knex,
      `select subject from ops_cases where kind = 'provider_payment_unknown' and closed_at is null`,
    );
    expect(cases).toHaveLength(2);
  },
  LONG_MS,
);

it(
  'P4 a lost request that its caller sends again is paid once, and the books equal those that were lost',
  async () => {
    for (const { url, body, key } of lost) expect(idOf(await day.once(url, body, key))).toBeDefined();
    await until(readRows, (all) =>
      all.every(({ state, effects }) => !UNFINISHED.has(state) && effects === 0),
    );
    expect(await readPaid()).toEqual(paid);
    expect(await readFloats()).toEqual(floats);
    expect(await command('finish', '--by', 'drill')).toMatchObject({ code: 0 });
    await assertCleanBooks(p.c.knex);
  },
  LONG_MS,
);
