/** Loads of more than one service: shares, what has to be there beforehand, the requests, and the books of the providers afterwards. */
import { randomUUID } from 'node:crypto';
import { makeKnex } from '../../platform/database';
import { compareServices } from '../../scripts/mix/compare';
import {
  prepareAgents,
  prepareBills,
  prepareTransfers,
  settleOtps,
  type CounterUser,
  type Places,
  type PreparedTransfer,
} from '../../scripts/mix/prepare';
import { createProviderBooks } from '../../scripts/mix/provider-books';
import { billRequest, rechargeRequest, transferRequest, withdrawalRequest } from '../../scripts/mix/requests';
import { payoutBody, sendAll, type LoadOptions, type LoadRequest, type Sent } from './payouts';
import type { BenchUser } from './users';

const NAMES = ['payout', 'bbps', 'recharge', 'dmt', 'aeps'] as const;
type Name = (typeof NAMES)[number];
/** Of a hundred transactions, so many of each service. */
export type Mix = Readonly<Record<Name, number>>;
export interface Load {
  mix: Mix;
  count: number;
}
/** Transfers are used up from the end; consumers, numbers and the agents in their turn go on from load to load, so that none is met twice in a while. */
export interface PreparedMix {
  transfers: PreparedTransfer[];
  agents: readonly CounterUser[];
  next: number;
  withdrawals: number;
}

const NOTHING: Mix = { payout: 0, bbps: 0, recharge: 0, dmt: 0, aeps: 0 };
/** A sender needs a few calls to be ready, a user none. */
const USERS_WITH_SENDERS = 40;
/** Over all loads: the sixteenth in ten minutes would be a case for ops, the thirty-first refused (aeps_velocity_rules). */
const WITHDRAWALS_OF_AN_AGENT = 15;
const SUCCESS = '0000';

/** `payout=70,bbps=10,recharge=10,dmt=10`. Throws unless the shares are of these services and make a hundred. */
export function parseMix(text: string): Mix {
  const mix = { ...NOTHING };
  for (const part of text.split(',')) {
    const [, name, share] = /^([a-z]+)=(\d{1,3})$/.exec(part) ?? [];
    if (!(NAMES as readonly (string | undefined)[]).includes(name))
      throw new Error(`--mix takes shares like payout=70,bbps=30 of ${NAMES.join(', ')}`);
    mix[name as Name] += Number(share);
  }
  if (Object.values(mix).reduce((a, b) => a + b, 0) !== 100)
    throw new Error('the shares of --mix must make 100');
  return mix;
}

export function alone(name: Name): Mix {
  return { ...NOTHING, [name]: 100 };
}

export function shareNames(mix: Mix): Name[] {
  return NAMES.filter((name) => mix[name] > 0);
}

/** The service of the n-th of a load: the shares are spread evenly over each hundred. */
function serviceOf(mix: Mix, n: number): Name {
  let at = (n * 37) % 100;
  for (const name of NAMES) {
    if (at < mix[name]) return name;
    at -= mix[name];
  }
  throw new RangeError('the shares do not make a hundred');
}

function ordersOf(loads: readonly Load[], service: Name): number {
  return loads.reduce(
    (sum, { mix, count }) =>
      sum +
      Array.from({ length: count }, (_, n) => serviceOf(mix, n)).filter((name) => name === service).length,
    0,
  );
}

/** How many agents the withdrawals of the loads are spread over. */
export function agentCount(loads: readonly Load[]): number {
  return Math.ceil(ordersOf(loads, 'aeps') / WITHDRAWALS_OF_AN_AGENT);
}

/** Everything that the loads will need and that takes no part in what is measured. `agents`: who is to be one, as many as `agentCount` says. */
export async function prepareMix(
  places: Places,
  users: readonly BenchUser[],
  agents: readonly BenchUser[],
  loads: readonly Load[],
): Promise<PreparedMix> {
  const transfers = ordersOf(loads, 'dmt');
  await settleOtps(places);
  if (loads.some(({ mix }) => mix.bbps > 0)) await prepareBills(places, users[0]!);
  if (agents.length > 0) await prepareAgents(places, agents);
  return {
    next: 0,
    withdrawals: 0,
    agents,
    transfers:
      transfers === 0
        ? []
        : await prepareTransfers(places, users.slice(0, USERS_WITH_SENDERS), transfers, () => SUCCESS),
  };
}

/** Sends a load of the mix as fast as it is accepted. */
export async function sendMix(o: LoadOptions & { mix: Mix; prepared: PreparedMix }): Promise<Sent> {
  const { prepared, users } = o;
  const keys = new Map(users.map((user) => [user.userId, user.apiKey]));
  return sendAll(o, (n) => {
    const { apiKey } = users[n % users.length]!;
    const order = { reference: randomUUID(), amount: 10_000, n: prepared.next++, ending: SUCCESS };
    switch (serviceOf(o.mix, n)) {
      case 'payout':
        return {
          path: '/v1/payouts',
          apiKey,
          body: payoutBody((n % users.length) % Math.max(1, o.beneficiaries)),
        };
      case 'bbps':
        return { ...billRequest(order), apiKey };
      case 'recharge':
        return { ...rechargeRequest(order), apiKey };
      case 'dmt': {
        const transfer = prepared.transfers.pop()!;
        return {
          ...transferRequest({ reference: order.reference, transfer }),
          apiKey: keys.get(transfer.user.userId)!,
        };
      }
      case 'aeps':
        return withdrawal(prepared, order);
    }
  });
}

/** By the agent whose turn it is. What is hoped for is SUCCESS while the terminal waits; then it says, as every terminal should, that the cash is out. */
function withdrawal(
  prepared: PreparedMix,
  order: { reference: string; amount: number; ending: string },
): LoadRequest {
  const n = prepared.withdrawals++;
  return {
    ...withdrawalRequest({ ...order, n }),
    apiKey: prepared.agents[n % prepared.agents.length]!.apiKey,
    heard({ status, text }) {
      const { id, instruction } =
        status === 200
          ? (JSON.parse(text) as { id: string; instruction: string })
          : { id: '', instruction: '' };
      if (instruction !== 'hand_out_cash') return { isGood: false };
      return {
        isGood: true,
        next: {
          path: `/v1/aeps/withdrawals/${id}/acknowledgement`,
          body: JSON.stringify({ cash_handed_out: true }),
        },
      };
    },
  };
}

/** Throws unless each provider's book says of every transaction what ours says. Returns how many were compared, by service. */
export async function checkServices(
  databaseUrl: string,
  sandboxUrl: string,
): Promise<Record<string, number>> {
  const knex = makeKnex(databaseUrl, { max: 1 });
  try {
    const problems: string[] = [];
    const checks = await compareServices(knex, createProviderBooks(sandboxUrl), (what, ids) => {
      if (ids.length > 0) problems.push(`${what}: ${ids.length}`);
    });
    if (problems.length > 0)
      throw new Error(`the books of the providers say otherwise: ${problems.join('; ')}`);
    return Object.fromEntries(
      Object.entries(checks).map(([service, { transactions }]) => [service, transactions]),
    );
  } finally {
    await knex.destroy();
  }
}
