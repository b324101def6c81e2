/** Loads of several services: shares, preparation, the requests, and the providers' books afterwards. */
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
import { billRequest } from '../../scripts/customers/bills';
import { CUSTOMERS, type AskedService } from '../../scripts/customers/customers';
import { rechargeRequest } from '../../scripts/customers/recharges';
import { transferRequest } from '../../scripts/customers/transfers';
import { OTP_ABOVE_PAISE, withdrawalRequest } from '../../scripts/customers/withdrawals';
import { payoutBody, sendAll, type LoadOptions, type LoadRequest, type Sent } from './payouts';
import type { BenchUser } from './users';

type Name = AskedService;
const NAMES: readonly Name[] = CUSTOMERS.map(({ service }) => service);
/** How many of a hundred transactions belong to each service. */
export type Mix = Readonly<Record<Name, number>>;
export interface Load {
  mix: Mix;
  count: number;
}
/** Transfers are used up from the end. Consumers, numbers and agents take turns across loads, so that none comes twice soon. */
export interface PreparedMix {
  transfers: PreparedTransfer[];
  agents: readonly CounterUser[];
  next: number;
  withdrawals: number;
}

const NOTHING: Mix = { payout: 0, bbps: 0, recharge: 0, dmt: 0, aeps: 0 };
/** Preparing a sender takes a few calls; a user needs none. */
const USERS_WITH_SENDERS = 40;
/** Over all loads: the 16th withdrawal in ten minutes would open a case, the 31st be refused (aeps_velocity_rules). */
const WITHDRAWALS_OF_AN_AGENT = 15;
/** Every fifth withdrawal needs a one-time password. No multiple of 500 rupees: those are counted (`round_amounts`). */
const WITH_OTP = { every: 5, amount: OTP_ABOVE_PAISE + 10_000 };
const SUCCESS = '0000';

/** Reads `payout=70,bbps=10,recharge=10,dmt=10`. Throws unless the shares are of known services and sum to 100. */
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

/** The service of the n-th transaction; the shares are spread evenly over each hundred. */
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

/** The number of agents over which the withdrawals of the loads are spread. */
export function agentCount(loads: readonly Load[]): number {
  return Math.ceil(ordersOf(loads, 'aeps') / WITHDRAWALS_OF_AN_AGENT);
}

/** Prepares what the loads need and what is not measured. `agents`: as many users as `agentCount` says. */
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

/** Sends a load of the mix, each request as soon as one before it is accepted. */
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

/** A withdrawal by the next agent. Only SUCCESS while the terminal waits counts; then the terminal acknowledges the cash. */
function withdrawal(
  prepared: PreparedMix,
  order: { reference: string; amount: number; ending: string },
): LoadRequest {
  const n = prepared.withdrawals++;
  const amount = n % WITH_OTP.every === WITH_OTP.every - 1 ? WITH_OTP.amount : order.amount;
  return {
    ...withdrawalRequest({ ...order, amount, n }),
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

/** Throws unless each provider's book agrees with ours on every transaction. Returns the number compared, by service. */
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
