/**
 * The simulated platform: two processes on a real PostgreSQL with all services, providers in memory, a queue
 * that loses and repeats jobs, processes that die and freeze at named points, connections whose COMMIT nobody
 * hears of, and a clock that jumps. Every operation is one step; what it did goes into the journal.
 */
import { randomBytes } from 'node:crypto';
import { FakeClock } from '../../../platform/clock';
import { DomainError } from '../../../domain/errors/errors';
import { verifyTables } from '../../../domain/verification/verify';
import type { Due } from '../../../domain/lifecycle/due';
import type { ServiceName } from '../../../domain/provider/service-name';
import { execute, makeKnex, rows } from '../../../platform/database';
import { bookProblems, movedProblems, quickProblems } from '../../support/books';
import { freshDatabase } from '../../support/database';
import { claimAll, runJob } from '../../support/driver';
import { OTHER_PROVIDER, PROVIDER } from '../../support/scripted-connector';
import { SCRIPTED_TEMPLATE } from '../../support/run-state';
import type { DomainProcess, ProcessSettings } from '../../support/world';
import { ask, consent, consentAll, createCustomers, fundOne, providerOf, sharesOf } from './customers';
import { faultFor, said, startNodes, suffer, wakeOne, type NodeKeys } from './nodes';
import { createProviderBook, type Letter, type ProviderBook } from './provider-book';
import { createProviders } from './providers';
import { createJournal, createRandom, seededUuids, type Journal } from './random';
import { count, enqueue, expectDeath, list, passTime, someNode, type Node, type Sim } from './sim';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 86_400_000;
const WINDOW_MS = 15 * MINUTE;
export interface DatabaseWorld {
  journal: Journal;
  book: ProviderBook;
  accepted: string[];
  services: ReadonlyMap<string, ServiceName>;
  nodes: readonly Node[];
  clock: FakeClock;
  /** All faults have ended. */
  isCalm(): boolean;
  step(): Promise<void>;
  /** Accounts, limits and what moved since the last check. */
  quickCheck(): Promise<string[]>;
  /** Everything that tables can show, except what only the end can show: that nothing is overdue. */
  fullCheck(): Promise<string[]>;
  /** Ends all faults and drives everything until nothing is due. */
  calmDown(): Promise<void>;
  /** The providers to which payouts were sent. */
  payoutsSentBy(): ReadonlySet<string>;
  /** How often what was done to the processes and the queue, and what was refused to customers. */
  faults(): string;
  close(): Promise<void>;
}

export interface DatabaseWorldOptions {
  /** Only this service is asked for. */ only?: ServiceName;
  /** An error of ours, to see it found. */ plant?: NonNullable<ProcessSettings['wrap']>;
  /** Otherwise both processes have the same. */ keys?: NodeKeys['keys'];
}

function sameKeys(): NodeKeys['keys'] {
  const keys = { encryption: randomBytes(32), digest: randomBytes(32) };
  return [keys, keys];
}

export async function createDatabaseWorld(
  seed: number,
  { only, plant, keys = sameKeys() }: DatabaseWorldOptions = {},
): Promise<DatabaseWorld> {
  const random = createRandom(seed);
  const clock = new FakeClock();
  const services = new Map<string, ServiceName>();
  const now = (): number => clock.now().getTime();
  // The provider of payouts signs its callbacks; the others' are hints.
  const book = createProviderBook(random, now, {
    isRefundable: (label) => services.get(label) === 'dmt',
    mayBeShort: (label) => services.get(label) === 'payout',
    isSigned: (label) => services.get(label) === 'payout',
  });
  const sim: Sim = {
    random,
    journal: createJournal(),
    clock,
    ids: seededUuids(random, now),
    book,
    nodes: [],
    users: [],
    agents: [],
    remitters: [],
    asked: 0,
    accepted: [],
    services,
    wanted: sharesOf(only),
    queue: [],
    frozen: [],
    sends: new Map(),
    sentBy: new Map(),
    calm: false,
    unexpected: [],
    faults: {},
    refusals: {},
    steps: 0,
  };
  const database = await freshDatabase({ template: SCRIPTED_TEMPLATE });
  await shareRoads(database.url);
  const providers = createProviders(sim);
  await startNodes(
    sim,
    {
      databaseUrl: database.appUrl,
      connector: providers.payouts,
      others: providers.others,
      keys,
    },
    plant,
  );
  await createCustomers(sim, providers.dmt);
  const { knex } = sim.nodes[0]!.process;
  let checkedUpTo = 0n;
  const told = (problems: readonly { check: string; what: string }[]): string[] =>
    problems.map((p) => `${p.check}: ${p.what}`);
  return {
    journal: sim.journal,
    book,
    accepted: sim.accepted,
    services,
    nodes: sim.nodes,
    clock,
    isCalm: () => sim.calm,
    step: () => step(sim),
    async quickCheck() {
      const moved = await movedProblems(knex, checkedUpTo);
      checkedUpTo = moved.upTo;
      return [
        ...sim.unexpected.splice(0),
        ...book.problems(),
        ...told(moved.problems),
        ...told(await quickProblems(knex)),
      ];
    },
    async fullCheck() {
      const findings = (await knex.transaction((trx) => verifyTables(trx, {}))).filter(
        (f) => !f.name.startsWith('overdue-') && (f.result?.violations ?? 0) > 0,
      );
      return [
        ...told(await bookProblems(knex)),
        ...findings.map(
          (f) =>
            `${f.promise} ${f.name}: ${f
              .result!.offenders.slice(0, 3)
              .map((o) => `${o.id} ${o.detail}`)
              .join('; ')}`,
        ),
      ];
    },
    calmDown: () => calmDown(sim),
    payoutsSentBy: () => new Set(sim.sentBy.values()),
    faults: () => `${list(sim.faults)}; refused: ${list(sim.refusals) || 'nothing'}`,
    async close() {
      await Promise.all(
        sim.frozen.splice(0).map((f) => {
          f.wake();
          return f.work;
        }),
      );
      await Promise.all(sim.nodes.map((n) => n.process.close()));
      await database.drop();
    },
  };
}

/** Payouts go by two providers. */
async function shareRoads(databaseUrl: string): Promise<void> {
  const knex = makeKnex(databaseUrl, { max: 1 });
  await execute(
    knex,
    `insert into routing_rules (service, name, in_force_from, priority, providers, weights)
    values ('payout', 'shared', '2026-01-01', 1, :providers, '{60,40}')`,
    { providers: [PROVIDER, OTHER_PROVIDER] },
  );
  await knex.destroy();
}

// Operations

const WEIGHTS = {
  job: 52,
  ask: 9,
  consent: 2,
  loops: 8,
  clock: 12,
  stir: 8,
  deliver: 9,
  lose: 1,
  flush: 0.2,
  wake: 4,
  fund: 1.5,
};

async function step(sim: Sim): Promise<void> {
  sim.steps += 1;
  const kind = sim.random.weighted(WEIGHTS);
  await OPERATIONS[kind](sim);
}

const OPERATIONS: Readonly<Record<keyof typeof WEIGHTS, (sim: Sim) => Promise<void>>> = {
  job: runSome,
  ask,
  consent,
  loops,
  clock: moveClock,
  stir,
  deliver,
  lose,
  flush,
  wake: wakeOne,
  fund: fundOne,
};

/**
 * Takes a job, now and then one that stays in the queue or one that never was there, and runs it, now and
 * then in both processes at once.
 */
async function runSome(sim: Sim): Promise<void> {
  const due = nextDue(sim);
  if (due === undefined) return loops(sim);
  const alike = sim.random.chance(0.5)
    ? []
    : sim.queue.filter((d) => d.job === due.job).slice(0, 1 + sim.random.below(4));
  const fault = faultFor(sim, due.job);
  const ids = [...new Set([due, ...(fault === undefined ? alike : [])].map((d) => d.id))];
  if (fault === undefined && sim.random.chance(0.1)) {
    sim.journal.note(`${due.job} ${ids.join(' ')} in both processes`);
    count(sim.faults, 'both at once');
    await Promise.all(sim.nodes.map((n) => run(sim, n, due.job, ids)));
    return;
  }
  const node = someNode(sim);
  const what = `${due.job} ${ids.join(' ')}`;
  sim.journal.note(`${what}${said(fault)}`);
  await suffer(sim, node, fault, { what, work: () => run(sim, node, due.job, ids) });
}

function nextDue(sim: Sim): Due | undefined {
  const { random } = sim;
  if (sim.accepted.length > 0 && random.chance(0.04))
    return {
      job: random.pick(['hold', 'send', 'settle', 'poll'] as const),
      id: random.pick(sim.accepted),
      driveNo: 0,
    };
  if (sim.queue.length === 0) return undefined;
  const at = random.chance(0.4) ? sim.queue.length - 1 : random.below(sim.queue.length); // fresh work is mostly done at once
  return random.chance(0.1) ? sim.queue[at] : sim.queue.splice(at, 1)[0];
}

async function run(sim: Sim, node: Node, job: Due['job'], ids: readonly string[]): Promise<void> {
  try {
    const report = await runJob(node.process, job, ids);
    enqueue(sim, report.due);
    for (const error of report.errors) expectDeath(sim, job, error);
  } catch (error) {
    expectDeath(sim, job, error);
  }
}

async function loops(sim: Sim): Promise<void> {
  const { process } = someNode(sim);
  const due = await claimAll(process, 40);
  sim.queue.push(...due);
  const { errors } = await process.moneyTransfer.otpExpiry.expire(40);
  for (const error of errors) expectDeath(sim, 'the expiry of passwords', error);
  sim.journal.note(`loops claim ${due.map((d) => `${d.job} ${d.id}`).join(', ') || 'nothing'}`);
}

const JUMPS = { seconds: 65, moment: 25, minutes: 7, quarter: 2.6, day: 0.4 };
async function moveClock(sim: Sim): Promise<void> {
  const { random } = sim;
  const ms = {
    seconds: () => random.below(8 * SECOND),
    moment: () => 10 * SECOND + random.below(30 * SECOND),
    minutes: () => MINUTE + random.below(6 * MINUTE),
    quarter: () => WINDOW_MS + random.below(10 * MINUTE),
    day: () => DAY,
  }[random.weighted(JUMPS)]();
  passTime(sim, ms);
  sim.journal.note(`clock +${ms} ms to ${sim.clock.now().toISOString()}`);
}

async function stir(sim: Sim): Promise<void> {
  const what = sim.book.stir();
  if (what !== undefined) sim.journal.note(`provider: ${what}`);
}

/** The provider whose callback it is. */
function senderOf(sim: Sim, { label, raw }: Letter): string {
  const service = sim.services.get(label)!;
  const [, reference = ''] = /"ourReference":"([0-9a-z]+)"/.exec(raw.toString('utf8')) ?? [];
  return (service === 'payout' ? sim.sentBy.get(reference) : undefined) ?? providerOf(service);
}

async function deliver(sim: Sim): Promise<void> {
  const { letters } = sim.book;
  if (letters.length === 0) return;
  const at = sim.random.below(letters.length);
  const letter = letters[at]!;
  if (sim.calm || !sim.random.chance(0.15)) letters.splice(at, 1);
  try {
    const { due } = await someNode(sim).process.callbackReceiver.receive(
      senderOf(sim, letter),
      letter.headers,
      letter.raw,
    );
    if (due !== undefined) enqueue(sim, [due]);
    sim.journal.note(`callback ${letter.what} ${due === undefined ? 'again' : due.id}`);
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'CALLBACK_SIGNATURE_INVALID')
      sim.unexpected.push(`receive failed: ${String(error)}`);
    sim.journal.note(`forged callback ${letter.what}`);
  }
}

async function lose(sim: Sim): Promise<void> {
  if (sim.queue.length === 0) return;
  const [lost] = sim.queue.splice(sim.random.below(sim.queue.length), 1);
  sim.journal.note(`lost job ${lost!.job} ${lost!.id}`);
}

async function flush(sim: Sim): Promise<void> {
  sim.journal.note(`the queue is emptied of ${sim.queue.length}`);
  sim.queue.length = 0;
  count(sim.faults, 'queue emptied');
}

// The end

const MOST_ROUNDS = 1_500;
const ROUND_MS = 30 * SECOND; // what is due at about the same time is done in one round

async function calmDown(sim: Sim): Promise<void> {
  sim.calm = true;
  sim.book.calm = true;
  sim.journal.note('calm');
  while (sim.frozen.length > 0) await wakeOne(sim);
  sim.book.finish();
  const { process } = sim.nodes[0]!;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    while (sim.book.letters.length > 0) await deliver(sim);
    sim.queue.push(...(await claimAll(process)));
    while (sim.queue.length > 0) {
      const { job } = sim.queue[0]!;
      const ids = sim.queue.filter((d) => d.job === job).map((d) => d.id);
      sim.queue = sim.queue.filter((d) => d.job !== job);
      await run(sim, sim.nodes[0]!, job, [...new Set(ids)]);
    }
    await consentAll(sim);
    if (sim.queue.length > 0) continue;
    sim.book.finish(); // what a repeat made just now
    const next = await nextInstant(process);
    if (next === undefined) return;
    sim.clock.set(new Date(Math.max(next.getTime(), sim.clock.now().getTime()) + ROUND_MS));
  }
  throw new Error(`work is left after ${MOST_ROUNDS} rounds: ${await leftWork(process)}`);
}

/**
 * A person has been told, and only they end it; it goes on being asked about. Money that the provider holds until the
 * customer consents, of a transaction that we know otherwise, is nothing a customer can have refunded through us.
 */
const IS_LEFT_TO_PEOPLE = `exists (
  select 1 from ops_cases c where c.transaction_id = t.id and (
    c.kind in ('inquiry_unanswered', 'unexpected_refund_pending')
    or (t.state in ('dispatched', 'refund_pending')
      and (c.kind in ('not_found_unresolved', 'not_found_contradicted', 'repeat_differs') or c.kind like 'unexpected\\_%'))))`;

/** When something is due next. */
async function nextInstant(process: DomainProcess): Promise<Date | undefined> {
  const [found] = await rows<{ at: Date | null }>(
    process.knex,
    `
    select min(at) as at from (select due_at as at from transactions union all select due_at from callbacks
    union all select next_poll_at from transactions t where not ${IS_LEFT_TO_PEOPLE}) due`,
  );
  return found!.at ?? undefined;
}

async function leftWork(process: DomainProcess): Promise<string> {
  const left = await rows<{ what: string }>(
    process.knex,
    `
      select service || ' ' || id || ' is ' || state || ', known as ' || coalesce(outcome, 'nothing') as what
      from transactions t where (due_at is not null or next_poll_at is not null) and not ${IS_LEFT_TO_PEOPLE}`,
  );
  return left.map((l) => l.what).join('; ');
}
