/** What customers and agents do: they ask for each of the services, and consent to refunds. */
import { transactionId, type UserId } from '../../../domain/ids/ids';
import type { AepsOrder } from '../../../domain/aeps/request';
import type { Due } from '../../../domain/lifecycle/due';
import type { ServiceName } from '../../../domain/provider/service-name';
import { businessDate } from '../../../platform/clock';
import { execute, rows } from '../../../platform/database';
import { DomainError } from '../../../domain/errors/errors';
import { parsePublicId } from '../../../platform/ids';
import { aadhaarOf } from '../../../scripts/mix/prepare';
import { AADHAAR, activateAgent, freshPid, SHOP } from '../../support/aeps-world';
import { callerFor, fetchBill, payBill, REQUEST } from '../../support/bbps-flows';
import { acceptTransfer, createRemitter } from '../../support/dmt-world';
import { WATER } from '../../support/scripted-bbps';
import { AEPS_PROVIDER } from '../../support/scripted-aeps';
import { COLLECTION_PROVIDER } from '../../support/scripted-collection';
import { PROVIDER } from '../../support/scripted-connector';
import { DMT_PROVIDER, GOOD_OTP, type ScriptedDmt } from '../../support/scripted-dmt';
import { acceptPayout, createFundedUser, fund, type DomainProcess } from '../../support/world';
import { faultFor, said, suffer } from './nodes';
import { count, enqueue, expectDeath, isOrdered, someNode, type Agent, type Node, type Sim } from './sim';

const USERS = 6;
const AGENTS = 3;
const REMITTERS_EACH = 3;

export async function createCustomers(sim: Sim, dmt: ScriptedDmt): Promise<void> {
  const { process } = sim.nodes[0]!;
  for (let i = 0; i < USERS; i++) {
    const user = await createFundedUser(process, BigInt(sim.random.below(4)) * 8_000_000n);
    sim.users.push(user);
    for (let n = 0; n < REMITTERS_EACH; n++)
      sim.remitters.push(await createRemitter(process, dmt, user, `98765${i}000${n}`));
    if (i >= AGENTS) continue;
    await activateAgent(process.aeps, user.userId, `1000000${i}`);
    sim.agents.push({ ...user, verifiedOn: businessDate(sim.clock.now()) });
  }
}

/** Who asks for a service: how often, compared with the others, and which provider carries it out. */
interface Customer {
  share: number;
  provider: string;
  ask(sim: Sim, label: string): Promise<void>;
}

/** A customer asks for one of the services. What is refused leaves nothing, and is a finding only where the error is ours. */
export async function ask(sim: Sim): Promise<void> {
  const service = sim.random.weighted(sim.wanted);
  const label = `sim${sim.asked++}`;
  try {
    await CUSTOMERS[service]!.ask(sim, label);
  } catch (error) {
    refused(sim, `${service} ${label}`, error);
  }
}

/** How often each service is asked for; with `only`, that one alone. */
export function sharesOf(only: ServiceName | undefined): Readonly<Record<ServiceName, number>> {
  const shares = Object.entries(CUSTOMERS).map(([service, { share }]) => [
    service,
    only === undefined ? share : Number(service === only),
  ]);
  return Object.fromEntries(shares) as Record<ServiceName, number>;
}

/** The provider that a service goes to; its callbacks come to the address of that one. */
export function providerOf(service: ServiceName): string {
  return CUSTOMERS[service]!.provider;
}

/** The way of a service whose transactions are accepted and then queued. `accept` returns their ids. */
function queued(
  service: ServiceName,
  accept: (sim: Sim, p: DomainProcess, label: string) => Promise<string[]>,
): Customer['ask'] {
  return async (sim, label) => {
    const ids = await accept(sim, someNode(sim).process, label);
    for (const id of ids) took(sim, id, service);
    const isQueued = sim.random.chance(0.8);
    if (isQueued) sim.queue.push(...ids.map((id): Due => ({ job: 'hold', id, driveNo: 0 })));
    sim.journal.note(`${service} ${label}: ${ids.join(' ')}${isQueued ? '' : ', not queued'}`);
  };
}

function took(sim: Sim, id: string, service: ServiceName): void {
  if (!sim.accepted.includes(id)) sim.accepted.push(id);
  sim.services.set(id, service);
}

function refused(sim: Sim, what: string, error: unknown): void {
  if (!(error instanceof DomainError) || error.code === 'INTERNAL_ERROR')
    return expectDeath(sim, what, error);
  count(sim.refusals, error.code);
  sim.journal.note(`${what} is refused: ${error.code}`);
}

const upTo = (sim: Sim, most: number): bigint =>
  BigInt(100 + sim.random.below(sim.random.chance(0.1) ? most : Math.min(most, 200_000)));

const ACCEPTED = {
  payout: async (sim: Sim, p: DomainProcess, label: string): Promise<string[]> => {
    const account = {
      kind: 'bank',
      accountNumber: `00011122000${sim.random.below(9)}`,
      ifsc: 'HDFC0000053',
    } as const;
    return [
      await acceptPayout(p, sim.random.pick(sim.users), {
        amountPaise: upTo(sim, 40_000_000),
        narration: label,
        reference: label,
        beneficiary: { name: 'Test Beneficiary', account },
      }),
    ];
  },
  /** Now and then more than one transfer may have: then it is split. */
  dmt: async (sim: Sim, p: DomainProcess): Promise<string[]> => {
    const amounts = sim.random.chance(0.25)
      ? [500_000n, ...(sim.random.chance(0.5) ? [500_000n] : []), upTo(sim, 400_000) + 10_000n]
      : [upTo(sim, 490_000) + 10_000n];
    return (await acceptTransfer(p, sim.random.pick(sim.remitters), amounts)).parts;
  },
  bbps: async (sim: Sim, p: DomainProcess, label: string): Promise<string[]> => {
    const user = sim.random.pick(sim.users);
    const paidBy = /[02468]$/.test(label)
      ? ({ paymentMode: 'UPI', remitter: { vpa: `${label}@okbank` } } as const)
      : {};
    if (sim.random.chance(0.4))
      return [(await payBill(p, user, { what: { fetchId: await fetchBill(p, user) }, ...paidBy })).id];
    return [
      (
        await payBill(p, user, {
          ...paidBy,
          what: { billerId: WATER.id, request: REQUEST },
          amountPaise: 10_000n + upTo(sim, 4_000_000),
        })
      ).id,
    ];
  },
  recharge: async (sim: Sim, p: DomainProcess, label: string): Promise<string[]> => {
    const { random } = sim;
    const [operator, amountPaise] = random.chance(0.3)
      ? (['jio', random.pick([29_900n, 19_900n])] as const)
      : ([random.pick(['vi', 'bsnl'] as const), BigInt(100 * (10 + random.below(500)))] as const);
    const request = {
      mobile: `98765000${10 + random.below(30)}`,
      operator,
      circle: 'Karnataka',
      amountPaise,
      currency: 'INR',
      reference: label,
      force: random.chance(0.3),
    } as const;
    const caller = { ...callerFor(random.pick(sim.users)), services: ['recharge'] };
    return [(await p.acceptRecharges.accept(caller, sim.ids.uuid(), request)).id];
  },
  collection: async (sim: Sim, p: DomainProcess, label: string): Promise<string[]> => {
    const caller = { ...callerFor(sim.random.pick(sim.users)), services: ['collection'] };
    const request = {
      kind: 'wallet_load',
      amountPaise: upTo(sim, 10_000_000),
      currency: 'INR',
      reference: label,
      returnUrl: null,
    } as const;
    return [(await p.collections.accept(caller, sim.ids.uuid(), request)).id];
  },
} satisfies Record<string, (sim: Sim, p: DomainProcess, label: string) => Promise<string[]>>;

/** Every service of a simulation. A new one belongs here: the simulation fails while nobody asks for it. */
const CUSTOMERS: Readonly<Partial<Record<ServiceName, Customer>>> = {
  payout: { share: 3, provider: PROVIDER, ask: queued('payout', ACCEPTED.payout) },
  dmt: { share: 4, provider: DMT_PROVIDER, ask: queued('dmt', ACCEPTED.dmt) },
  bbps: { share: 2, provider: 'setu', ask: queued('bbps', ACCEPTED.bbps) },
  recharge: { share: 3, provider: 'setu', ask: queued('recharge', ACCEPTED.recharge) },
  aeps: { share: 4, provider: AEPS_PROVIDER, ask: withdraw },
  collection: { share: 2, provider: COLLECTION_PROVIDER, ask: queued('collection', ACCEPTED.collection) },
};

// Withdrawals

/**
 * A customer stands at an agent's terminal: begun, called, recorded and settled while they wait. Now and then
 * the terminal asks again under the same key, also at the same time.
 */
async function withdraw(sim: Sim, label: string): Promise<void> {
  const { random } = sim;
  const agent = random.pick(sim.agents);
  const node = someNode(sim);
  await verifyToday(sim, agent, node);
  const person = random.below(15);
  const biometrics = { aadhaar: aadhaarOf(person), pid: freshPid() };
  const wanted = {
    kind: random.chance(0.8) ? 'withdrawal' : 'merchant_payment',
    amountPaise: BigInt(100 * (100 + random.below(random.chance(0.2) ? 9_900 : 1_500))),
    currency: 'INR',
    reference: label,
    customer: { mobile: `90000000${10 + person}`, bank: '607152' },
    terminal: { id: `term-${random.below(2)}`, latlong: SHOP },
  } as const;
  const otpId = await askOtp(sim, node, { agent, order: wanted, aadhaar: biometrics.aadhaar, label });
  const order = { ...wanted, otpId };
  const key = sim.ids.uuid();
  const at = (n: Node): Promise<void> =>
    runWithdrawal(sim, n, () => n.process.aeps.withdrawals.run(agent.userId, key, order, biometrics), label);
  if (random.chance(0.1)) {
    sim.journal.note(`aeps ${label} in both processes`);
    await Promise.all(sim.nodes.map(at));
    return;
  }
  const fault = faultFor(sim, 'withdrawal');
  sim.journal.note(`aeps ${label}${said(fault)}`);
  await suffer(sim, node, fault, { what: `aeps ${label}`, work: () => at(node) });
  if (random.chance(0.1)) await at(someNode(sim));
}

/** A terminal that does not speak it, and one that is not sent any: the withdrawal is refused, and nothing leaves. */
async function askOtp(
  sim: Sim,
  { process }: Node,
  { agent, order, aadhaar, label }: { agent: Agent; order: AepsOrder; aadhaar: string; label: string },
): Promise<string | undefined> {
  if (order.kind !== 'withdrawal' || order.amountPaise <= 500_000n || sim.random.chance(0.1))
    return undefined;
  try {
    const asked = await process.aeps.withdrawalOtps.ask(agent.userId, sim.ids.uuid(), order, aadhaar);
    return parsePublicId('aepsOtp', asked.view.id);
  } catch (error) {
    refused(sim, `one-time password ${label}`, error);
    return undefined;
  }
}

/** Once on each day, before the first customer. */
async function verifyToday(sim: Sim, agent: Agent, { process }: Node): Promise<void> {
  const today = businessDate(sim.clock.now());
  if (agent.verifiedOn === today) return;
  await process.aeps.agents.verifyToday(
    agent.userId,
    { mobile: '9000000001', latlong: SHOP, aadhaar: AADHAAR },
    { bank: '607152', pid: freshPid() },
  );
  agent.verifiedOn = today;
}

async function runWithdrawal(
  sim: Sim,
  node: Node,
  run: () => ReturnType<Node['process']['aeps']['withdrawals']['run']>,
  label: string,
): Promise<void> {
  try {
    const { view, due, error, replayed } = await run();
    const id = parsePublicId('transaction', view.id)!;
    took(sim, id, 'aeps');
    enqueue(sim, due);
    if (error !== undefined) expectDeath(sim, `aeps ${label}`, error);
    sim.journal.note(`aeps ${label} is ${id}: ${view.status}${replayed ? ', again' : ''}`);
  } catch (error) {
    refused(sim, `aeps ${label}`, error);
  }
}

// Refunds

/**
 * Refusals that are no findings: it is refunded already or is not to be refunded; the password was wrong or
 * could not be sent; or it was asked for more often than the limit on passwords allows, and the customer waits.
 */
const NO_REFUND = new Set([
  'RATE_LIMITED',
  'OTP_DEAD',
  'OTP_TRIES_USED_UP',
  'REFUND_REFUSED',
  'ALREADY_REFUNDED',
  'NOT_REFUNDABLE',
  'REFUND_OTP_MISSING',
  'PROVIDER_UNAVAILABLE',
]);

async function refundable(sim: Sim): Promise<{ id: string; userId: UserId }[]> {
  return rows(
    sim.nodes[0]!.process.knex,
    "select id, user_id as \"userId\" from transactions where service = 'dmt' and outcome = 'refund_pending' order by id",
  );
}

/** A remitter comes for the money of a transfer that failed; the counter may tap twice. */
export async function consent(sim: Sim): Promise<void> {
  const waiting = await refundable(sim);
  if (waiting.length === 0) return;
  const one = sim.random.pick(waiting);
  const otp = sim.random.chance(0.85) ? GOOD_OTP : '111111';
  if (sim.random.chance(0.15)) {
    sim.journal.note(`refund ${one.id} in both processes`);
    await Promise.all(sim.nodes.map((n) => refund(sim, n, one, otp)));
    return;
  }
  const node = someNode(sim);
  const fault = faultFor(sim, 'refund');
  sim.journal.note(
    `refund ${one.id} with ${otp === GOOD_OTP ? 'the right' : 'a wrong'} password${said(fault)}`,
  );
  await suffer(sim, node, fault, { what: `refund ${one.id}`, work: () => refund(sim, node, one, otp) });
}

/** Everybody comes for their money, each on another day. */
export async function consentAll(sim: Sim): Promise<void> {
  const { knex } = sim.nodes[0]!.process;
  for (const one of await refundable(sim)) {
    await execute(knex, 'delete from otp_sends');
    await execute(knex, 'delete from otp_tries');
    await refund(sim, sim.nodes[0]!, one, GOOD_OTP);
  }
}

async function refund(
  sim: Sim,
  { process: { refunds } }: Node,
  { id, userId }: { id: string; userId: UserId },
  otp: string,
): Promise<void> {
  try {
    await refunds.sendOtp(userId, transactionId(id));
    enqueue(sim, (await refunds.refund(userId, transactionId(id), { otp })).due);
    count(sim.faults, 'refund asked for');
  } catch (error) {
    if (error instanceof DomainError && NO_REFUND.has(error.code)) count(sim.refusals, error.code);
    else if (!isOrdered(error)) expectDeath(sim, `refund ${id}`, error);
  }
}

export async function fundOne(sim: Sim): Promise<void> {
  const amount = BigInt(1 + sim.random.below(3_000_000));
  await fund(someNode(sim).process, sim.random.pick(sim.users).accountId, amount);
  sim.journal.note(`fund ${amount}`);
}
