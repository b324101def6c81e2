/**
 * The clients: payouts of every scenario at a steady rate, whatever happens to those before (open loop). A client that got no 202 repeats the same
 * request with the same Idempotency-Key until it has one or the run ends; what got a 202 is accepted, and must never be lost.
 */
import { Pool } from 'undici';
import type { TestUser } from './ground';
import type { Random } from './random';

export interface Load {
  /** Stops making new payouts, gives those under way until `graceMs`, and resolves. */
  stop(graceMs: number): Promise<void>;
  report(): LoadReport;
  /** Payouts that got a 202 so far. */
  acceptedCount(): number;
  /** Sends some accepted payouts once more, with their keys; returns those that got another answer than the first. */
  replay(count: number): Promise<string[]>;
}

export interface LoadReport {
  started: number;
  /** Public ids of everything that got a 202. */
  accepted: string[];
  /** Requests beyond the first of a payout. */
  repeats: number;
  /** Payouts that the run ended before a 202: they may exist or not. */
  unconfirmed: number;
  /** Answers that no interruption excuses (4xx but for "in progress"). */
  unexpected: string[];
  /** Longest time without any 202 while clients were asking. */
  longestOutageMs: number;
}

interface Order { user: TestUser; key: string; body: string; ending: string }

export interface LoadOptions {
  url: string;
  users: readonly TestUser[];
  /** New payouts, a second. */
  perSecond: number;
  random: Random;
  /** Every payout ends like this instead of the mix. */
  ending?: string;
}

/** Of a thousand payouts, so many of each scenario. */
const MIX: readonly (readonly [string, number])[] = [
  ['0000', 550], ['1111', 70], ['2222', 70], ['3333', 50], ['4444', 60], ['5555', 25], ['6666', 25], ['7777', 30], ['8888', 70], ['9999', 50],
];
const BENEFICIARIES = 25;
const NEW_BENEFICIARY_SHARE = 0.05;
const POOR_SHARE = 0.03;
const TICK_MS = 10;
const REQUEST_TIMEOUT_MS = 8_000;
const PAUSE_MS = { first: 200, longest: 2_000 };

export function startLoad(options: LoadOptions): Load {
  const pool = new Pool(options.url, { connections: 128, headersTimeout: REQUEST_TIMEOUT_MS, bodyTimeout: REQUEST_TIMEOUT_MS, connectTimeout: 3_000 });
  const state = { made: 0, repeats: 0, unconfirmed: 0, waiting: 0, over: false, longestOutageMs: 0, lastAcceptedAt: performance.now() };
  const accepted: { id: string; order: Order }[] = [];
  const unexpected: string[] = [];
  const underWay = new Set<Promise<void>>();

  const submit = async (order: Order): Promise<void> => {
    for (let tries = 0; !state.over; tries += 1) {
      if (tries > 0) {
        state.repeats += 1;
        await pause(Math.min(PAUSE_MS.first * 2 ** (tries - 1), PAUSE_MS.longest) * (0.75 + Math.random() / 2));
      }
      const answer = await send(pool, order);
      if (answer === undefined || answer.status >= 500 || answer.status === 409 || answer.status === 429) {
        if (answer?.status === 409 && !answer.text.includes('IDEMPOTENCY_IN_PROGRESS')) { unexpected.push(`409 ${answer.text.slice(0, 200)}`); return; }
        continue;
      }
      if (answer.status !== 202) { unexpected.push(`${answer.status} ${answer.text.slice(0, 200)}`); return; }
      const now = performance.now();
      state.longestOutageMs = Math.max(state.longestOutageMs, now - state.lastAcceptedAt);
      state.lastAcceptedAt = now;
      accepted.push({ id: (JSON.parse(answer.text) as { id: string }).id, order });
      return;
    }
    state.unconfirmed += 1;
  };

  const startedAt = performance.now();
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * options.perSecond);
    for (; state.made < due; state.made += 1) {
      const running = submit(makeOrder(options, state.made)).finally(() => underWay.delete(running));
      underWay.add(running);
    }
  }, TICK_MS);

  return {
    async stop(graceMs) {
      clearInterval(timer);
      await Promise.race([Promise.all(underWay), pause(graceMs)]);
      state.over = true;
      await Promise.all(underWay);
    },
    acceptedCount: () => accepted.length,
    report: () => ({ started: state.made, accepted: accepted.map(({ id }) => id), repeats: state.repeats, unconfirmed: state.unconfirmed, unexpected, longestOutageMs: state.longestOutageMs }),
    async replay(count) {
      const different: string[] = [];
      const step = Math.max(1, Math.floor(accepted.length / count));
      for (let i = 0; i < accepted.length; i += step) {
        const { id, order } = accepted[i]!;
        const answer = await send(pool, order);
        if (answer?.status !== 202 || (JSON.parse(answer.text) as { id: string }).id !== id) different.push(id);
      }
      await pool.close();
      return different;
    },
  };
}

async function send(pool: Pool, order: Order): Promise<{ status: number; text: string } | undefined> {
  try {
    const { statusCode, body } = await pool.request({
      method: 'POST', path: '/v1/payouts', body: order.body,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${order.user.apiKey}`, 'idempotency-key': order.key },
    });
    return { status: statusCode, text: await body.text() };
  } catch {
    return undefined; // whether it arrived is unknown: the same key again
  }
}

function makeOrder({ users, random, ending: only }: LoadOptions, n: number): Order {
  const ending = only ?? pickEnding(random);
  const poor = users.at(-1)!;
  const user = random.next() < POOR_SHARE ? poor : random.pick(users.slice(0, -1));
  const beneficiary = random.next() < NEW_BENEFICIARY_SHARE ? 10_000_000 + n : random.whole(1, BENEFICIARIES);
  const body = {
    amount: random.whole(10_000, 500_000), currency: 'INR', mode: 'IMPS', reference: `int-${n}`,
    beneficiary: { name: 'Test Beneficiary', account_number: `${String(beneficiary).padStart(10, '0')}${ending}`, ifsc: 'HDFC0000053' },
  };
  return { user, ending, key: `interruptions-${n}`, body: JSON.stringify(body) };
}

function pickEnding(random: Random): string {
  let at = random.next() * 1_000;
  for (const [ending, share] of MIX) {
    if (at < share) return ending;
    at -= share;
  }
  return '0000';
}

async function pause(ms: number): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, ms).unref(); });
}
