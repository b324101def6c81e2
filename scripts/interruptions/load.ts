/**
 * The clients: orders of every service and scenario at a steady rate, whatever happens to those before (open
 * loop). A client that got no 202 (or 200, from AEPS) repeats the same request with the same Idempotency-Key
 * until it has one or the run ends; what got one is accepted, and must never be lost.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import { parsePublicId, publicId } from '../../platform/ids';
import type { ServiceName } from '../../domain/provider/service-name';
import { bodyWithOtp } from '../customers/customer';
import { customerOf } from '../customers/customers';
import type { Ground, GroundRun } from './ground';
import { createRandom } from './random';
import { makeOrder, type Order, type OrderOptions } from './orders';

export interface Load {
  /** Stops making new orders, gives those under way until `graceMs`, and resolves. */
  stop(graceMs: number): Promise<void>;
  report(): LoadReport;
  /** Orders that were accepted so far. */
  acceptedCount(): number;
  /**
   * Sends some accepted orders once more, with their keys; returns those that got another answer than the
   * first.
   */
  replay(count: number): Promise<string[]>;
}

export interface LoadReport {
  started: number;
  /** Public ids of everything that was accepted. */
  accepted: string[];
  /** How many of each service. */
  byService: Record<string, number>;
  /** Requests beyond the first of an order. */
  repeats: number;
  /** Orders that the run ended before a 202: they may exist or not. */
  unconfirmed: number;
  /** Answers that no interruption excuses (4xx but for "in progress"). */
  unexpected: string[];
  /** Longest time without any 202 while clients were asking. */
  longestOutageMs: number;
}

export interface LoadOptions extends OrderOptions {
  url: string;
  /** New orders, a second. */
  perSecond: number;
}

const TICK_MS = 10;
const REQUEST_TIMEOUT_MS = 8_000;
const PAUSE_MS = { first: 200, longest: 2_000 };

/** What the clients of one run share. */
interface Run {
  pool: Pool;
  state: {
    made: number;
    repeats: number;
    unconfirmed: number;
    over: boolean;
    longestOutageMs: number;
    lastAcceptedAt: number;
  };
  accepted: { id: string; order: Order }[];
  unexpected: string[];
}

export function startLoad(options: LoadOptions): Load {
  const pool = new Pool(options.url, {
    connections: 128,
    headersTimeout: REQUEST_TIMEOUT_MS,
    bodyTimeout: REQUEST_TIMEOUT_MS,
    connectTimeout: 3_000,
  });
  const state: Run['state'] = {
    made: 0,
    repeats: 0,
    unconfirmed: 0,
    over: false,
    longestOutageMs: 0,
    lastAcceptedAt: performance.now(),
  };
  const accepted: Run['accepted'] = [];
  const unexpected: Run['unexpected'] = [];
  const underWay = new Set<Promise<void>>();

  const run: Run = { pool, state, accepted, unexpected };
  const startedAt = performance.now();
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * options.perSecond);
    for (; state.made < due; state.made += 1) {
      const running = submit(run, makeOrder(options, state.made)).finally(() => underWay.delete(running));
      underWay.add(running);
    }
  }, TICK_MS);

  return {
    async stop(graceMs) {
      clearInterval(timer);
      await Promise.race([Promise.all(underWay), pause(graceMs, undefined, { ref: false })]);
      state.over = true;
      await Promise.all(underWay);
    },
    acceptedCount: () => accepted.length,
    report: () => ({
      started: state.made,
      accepted: accepted.map(({ id }) => id),
      byService: countBy(accepted.map(({ order }) => order.service)),
      repeats: state.repeats,
      unconfirmed: state.unconfirmed,
      unexpected,
      longestOutageMs: state.longestOutageMs,
    }),
    async replay(count) {
      const different: string[] = [];
      const step = Math.max(1, Math.floor(accepted.length / count));
      for (let i = 0; i < accepted.length; i += step) {
        const { id, order } = accepted[i]!;
        const answer = await send(pool, order);
        if (answer === undefined || !isAccepted(order, answer.status) || transactionOf(answer.text) !== id)
          different.push(id);
      }
      await pool.close();
      return different;
    },
  };
}

/** Payouts and nothing else; the bank takes each of them. */
export function startPayouts(
  { stack, users }: Ground,
  { rate, seed }: Pick<GroundRun, 'rate' | 'seed'>,
): Load {
  return startLoad({
    url: stack.urls.api,
    users,
    perSecond: rate,
    random: createRandom(seed),
    ending: '0000',
    payoutsOnly: true,
  });
}

/** Longer from try to try, and not the same for everybody. */
async function pauseBefore({ state }: Run, tries: number): Promise<void> {
  state.repeats += 1;
  const backOffMs =
    Math.min(PAUSE_MS.first * 2 ** (tries - 1), PAUSE_MS.longest) * (0.75 + Math.random() / 2);
  await pause(backOffMs, undefined, { ref: false });
}

/**
 * Says that the cash was handed out until it is heard; what the run ends before becomes a case, as it should.
 */
async function acknowledge(run: Run, order: Order, text: string): Promise<void> {
  const { pool, state, unexpected } = run;
  const { id, instruction } = JSON.parse(text) as { id: string; instruction: string };
  if (instruction !== 'hand_out_cash') return;
  for (let tries = 0; !state.over; tries += 1) {
    if (tries > 0) await pauseBefore(run, tries);
    const answer = await send(pool, {
      ...order,
      path: `/v1/aeps/withdrawals/${id}/acknowledgement`,
      body: JSON.stringify({ cash_handed_out: true }),
    });
    if (answer?.status === 200) return;
    if (answer !== undefined && answer.status < 500 && answer.status !== 429) {
      unexpected.push(`acknowledgement: ${answer.status} ${answer.text.slice(0, 200)}`);
      return;
    }
  }
}

/**
 * The order with the id of its one-time password, which is asked for until it is there; undefined when the run ends
 * before, or when the answer is one that no interruption excuses.
 */
async function withOtp(run: Run, order: Order): Promise<Order | undefined> {
  if (order.otp === undefined) return order;
  for (let tries = 0; !run.state.over; tries += 1) {
    if (tries > 0) await pauseBefore(run, tries);
    const answer = await send(run.pool, { ...order, ...order.otp, key: `${order.key}-otp` });
    if (answer === undefined || answer.status >= 500 || answer.status === 429) continue;
    if (answer.text.includes('IDEMPOTENCY_IN_PROGRESS')) continue;
    const body = bodyWithOtp(order.body, answer);
    if (body !== undefined) return { ...order, body };
    run.unexpected.push(`one-time password: ${answer.status} ${answer.text.slice(0, 200)}`);
    return undefined;
  }
  return undefined;
}

/** Repeats an order under its key until it is accepted or the run is over. */
async function submit(run: Run, wanted: Order): Promise<void> {
  const { pool, state, accepted, unexpected } = run;
  const order = await withOtp(run, wanted);
  if (order === undefined) {
    state.unconfirmed += 1;
    return;
  }
  for (let tries = 0; !state.over; tries += 1) {
    if (tries > 0) await pauseBefore(run, tries);
    const answer = await send(pool, order);
    if (answer === undefined || answer.status >= 500 || answer.status === 409 || answer.status === 429) {
      if (answer?.status === 409 && !answer.text.includes('IDEMPOTENCY_IN_PROGRESS')) {
        unexpected.push(`409 ${answer.text.slice(0, 200)}`);
        return;
      }
      continue;
    }
    if (!isAccepted(order, answer.status)) {
      unexpected.push(`${order.service}: ${answer.status} ${answer.text.slice(0, 200)}`);
      return;
    }
    const now = performance.now();
    state.longestOutageMs = Math.max(state.longestOutageMs, now - state.lastAcceptedAt);
    state.lastAcceptedAt = now;
    accepted.push({ id: transactionOf(answer.text), order });
    if (customerOf(order.service).isAnsweredAtOnce) await acknowledge(run, order, answer.text);
    return;
  }
  state.unconfirmed += 1;
}

async function send(pool: Pool, order: Order): Promise<{ status: number; text: string } | undefined> {
  try {
    const { statusCode, body } = await pool.request({
      method: 'POST',
      path: order.path,
      body: order.body,
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${order.user.apiKey}`,
        'idempotency-key': order.key,
      },
    });
    return { status: statusCode, text: await body.text() };
  } catch {
    return undefined; // whether it arrived is unknown: the same key again
  }
}

/** A terminal of AEPS may be told the end at once. */
function isAccepted({ service }: Order, status: number): boolean {
  return status === 202 || (customerOf(service).isAnsweredAtOnce === true && status === 200);
}

/** The public id of the transaction; a money transfer of one part has that of its part. */
function transactionOf(text: string): string {
  const { id } = JSON.parse(text) as { id: string };
  const part = parsePublicId('dmtTransfer', id);
  return part === undefined ? id : publicId('transaction', part);
}

function countBy(services: readonly ServiceName[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const service of services) counts[service] = (counts[service] ?? 0) + 1;
  return counts;
}
