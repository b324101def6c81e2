/**
 * What the clients of a run ask for: payouts mostly, and the other services of the counter, each ending as
 * its scenario says.
 */
import type { PreparedTransfer } from '../mix/prepare';
import { billRequest } from '../customers/bills';
import type { ServiceRequest } from '../customers/customer';
import { CUSTOMERS, customerOf, type AskedService } from '../customers/customers';
import { PAYOUTS, payoutRequest } from '../customers/payouts';
import { rechargeRequest } from '../customers/recharges';
import { TRANSFERS, transferRequest } from '../customers/transfers';
import { withdrawalRequest } from '../customers/withdrawals';
import type { TestUser } from './ground';
import type { Random } from './random';

export interface Order extends ServiceRequest {
  user: TestUser;
  key: string;
}

export interface OrderOptions {
  users: readonly TestUser[];
  random: Random;
  /** Every payout ends like this instead of the mix. */
  ending?: string;
  /** Payouts and nothing else. */
  payoutsOnly?: boolean;
  /** Taken one by one; when there are none left, a payout is made instead. */
  transfers?: PreparedTransfer[];
}

const SERVICES = CUSTOMERS.map(({ service, share }): readonly [AskedService, number] => [service, share]);
const BENEFICIARIES = 25;
const NEW_BENEFICIARY_SHARE = 0.05;
const POOR_SHARE = 0.03;

/** The n-th order of a run. */
export function makeOrder(options: OrderOptions, n: number): Order {
  const { users, random, transfers = [] } = options;
  const service = options.payoutsOnly === true ? 'payout' : pick(random, SERVICES);
  const user = random.next() < POOR_SHARE ? users.at(-1)! : random.pick(users.slice(0, -1));
  const order = { reference: `int-${n}`, amount: random.whole(10_000, 500_000), n };
  const key = `interruptions-${n}`;
  const ending = endingOf(random, service);
  switch (service) {
    case 'bbps':
      return { user, key, ...billRequest({ ...order, ending }) };
    case 'recharge':
      return { user, key, ...rechargeRequest({ ...order, ending, amount: random.whole(10, 500) * 100 }) };
    case 'aeps':
      return {
        user: random.pick(users),
        key,
        ...withdrawalRequest({ ...order, ending, amount: random.whole(1, 100) * 10_000 }),
      };
    case 'dmt': {
      const transfer = transfers.pop();
      if (transfer !== undefined)
        return {
          user: users.find((u) => u.userId === transfer.user.userId)!,
          key,
          ...transferRequest({ reference: order.reference, transfer }),
        };
      return payout(options, { ...order, user, key, ending });
    }
    case 'payout':
      return payout(options, { ...order, user, key, ending: options.ending ?? ending });
  }
}

/** How the n-th prepared transfer ends. */
export function transferEnding(random: Random): string {
  return pick(random, TRANSFERS.endings);
}

function payout(
  { random }: OrderOptions,
  order: { reference: string; amount: number; n: number; user: TestUser; key: string; ending: string },
): Order {
  const beneficiary =
    random.next() < NEW_BENEFICIARY_SHARE ? 10_000_000 + order.n : random.whole(1, BENEFICIARIES);
  return {
    user: order.user,
    key: order.key,
    ...payoutRequest({
      reference: order.reference,
      amount: order.amount,
      account: `${String(beneficiary).padStart(10, '0')}${order.ending}`,
    }),
  };
}

/**
 * A transfer's ending was decided when it was prepared; the payout that is made in its place ends like any
 * payout.
 */
function endingOf(random: Random, service: AskedService): string {
  return pick(random, service === 'dmt' ? PAYOUTS.endings : customerOf(service).endings);
}

function pick<T extends string>(random: Random, shares: readonly (readonly [T, number])[]): T {
  let at = random.next() * shares.reduce((sum, [, share]) => sum + share, 0);
  for (const [name, share] of shares) {
    if (at < share) return name;
    at -= share;
  }
  return shares[0]![0];
}
