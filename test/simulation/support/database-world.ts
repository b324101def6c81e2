/**
 * The simulated platform: two processes on a real PostgreSQL, a provider in memory, a queue that loses and repeats jobs, processes that die and freeze at named
 * points, connections whose COMMIT nobody hears of, and a clock that jumps. Every operation is one step; what it did goes into the journal.
 */
import { randomBytes } from 'node:crypto';
import { addMs, FakeClock } from '../../../platform/clock';
import { DomainError } from '../../../platform/errors';
import type { Ledger } from '../../../domain/ledger/post';
import type { Due } from '../../../domain/transactions/due';
import type { OutcomeRecorder } from '../../../domain/transactions/record-outcome';
import type { AppUser } from '../../../domain/users/users';
import { execute } from '../../../platform/database';
import { bookProblems, quickProblems } from '../../support/books';
import { freshDatabase, type TestDatabase } from '../../support/database';
import { claimAll, runJob } from '../../support/driver';
import { createScriptedConnector, PROVIDER } from '../../support/scripted-connector';
import { acceptPayout, addTestPolicies, createFundedUser, fund, startProcess, type DomainProcess, type Points, type ProcessSettings } from '../../support/world';
import { createProviderBook, type ProviderBook } from './provider-book';
import { createJournal, createRandom, seededUuids, type Journal, type Random } from './random';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 86_400_000;
const WINDOW_MS = 15 * MINUTE;
const USERS = 6;

class Killed extends Error { readonly code = '57P01'; } // what a process leaves behind when its connection breaks

interface Node { process: DomainProcess; points: Points; armed: { place: string; how: 'die' | 'freeze' } | undefined; onFreeze: ((wake: () => void) => void) | undefined; deaf: boolean }
interface Frozen { job: Promise<void>; wake: () => void; what: string; wakesAt: number }

export interface DatabaseWorld {
  journal: Journal;
  book: ProviderBook;
  accepted: string[];
  nodes: readonly Node[];
  clock: FakeClock;
  step(): Promise<void>;
  quickCheck(): Promise<string[]>;
  fullCheck(): Promise<string[]>;
  /** Ends all faults and drives everything until nothing is due. */
  calmDown(): Promise<void>;
  /** How often what was done to the processes and the queue. */
  faults(): string;
  close(): Promise<void>;
}

interface Sim { random: Random; journal: Journal; clock: FakeClock; book: ProviderBook; nodes: Node[]; users: AppUser[]; accepted: string[]; queue: Due[]; frozen: Frozen[]; sends: Map<string, number>; calm: boolean; unexpected: string[]; faults: Record<string, number>; steps: number }

const PLACES: Readonly<Record<Due['job'], readonly string[]>> = {
  hold: ['ledger.locked', 'ledger.written'], settle: ['ledger.locked', 'ledger.written'], send: ['send.before_begin', 'send.begun', 'send.answered', 'outcome.written'],
  poll: ['poll.answered', 'poll.renewed', 'outcome.written'], callback: ['outcome.written', 'callback.recorded'],
};
/** Where a process may sleep without holding a database transaction; elsewhere the database would end it. */
const BEDS = new Set(['send.before_begin', 'send.begun', 'send.answered', 'poll.answered', 'poll.renewed', 'callback.recorded']);

export async function createDatabaseWorld(seed: number): Promise<DatabaseWorld> {
  const random = createRandom(seed);
  const clock = new FakeClock();
  const database = await freshDatabase();
  await addTestPolicies(database.url);
  const sim: Sim = { random, journal: createJournal(), clock, book: createProviderBook(random, () => clock.now().getTime()), nodes: [], users: [], accepted: [], queue: [], frozen: [], sends: new Map(), calm: false, unexpected: [], faults: {}, steps: 0 };
  await startNodes(sim, database);
  const world: DatabaseWorld = {
    journal: sim.journal, book: sim.book, accepted: sim.accepted, nodes: sim.nodes, clock,
    step: () => step(sim),
    quickCheck: async () => [...sim.unexpected.splice(0), ...sim.book.problems(), ...(await quickProblems(sim.nodes[0]!.process.knex)).map((p) => `${p.check}: ${p.what}`)],
    fullCheck: async () => (await bookProblems(sim.nodes[0]!.process.knex)).map((p) => `${p.check}: ${p.what}`),
    calmDown: () => calmDown(sim),
    faults: () => Object.entries(sim.faults).map(([what, n]) => `${what} ${n}`).join(', '),
    async close() {
      for (const f of sim.frozen.splice(0)) f.wake();
      await Promise.all(sim.nodes.map((n) => n.process.close()));
      await database.drop();
    },
  };
  return world;
}

async function startNodes(sim: Sim, database: TestDatabase): Promise<void> {
  const keys = { encryption: randomBytes(32), digest: randomBytes(32) };
  const ids = seededUuids(sim.random, () => sim.clock.now().getTime());
  for (let i = 0; i < 2; i++) {
    const points: Points = {};
    const node: Node = { process: undefined as unknown as DomainProcess, points, armed: undefined, onFreeze: undefined, deaf: false };
    for (const part of ['ledger', 'send', 'poll', 'outcome', 'callback'] as const) points[part] = (point: string) => reach(node, `${part}.${point}`);
    const settings: ProcessSettings = { databaseUrl: database.url, clock: sim.clock, connector: connectorOf(sim), ids, keys, profile: 'production', connections: 1, points, ledger: {}, wrap: deafness(node) };
    node.process = await startProcess(settings);
    await execute(node.process.knex, 'select setseed(?)', [i / 4]); // the jitter of the cadence
    sim.nodes.push(node);
  }
  for (let i = 0; i < USERS; i++) sim.users.push(await createFundedUser(sim.nodes[0]!.process, BigInt(sim.random.below(4)) * 4_000_000n));
}

function reach(node: Node, place: string): Promise<void> | void {
  if (node.armed?.place !== place) return undefined;
  const { how } = node.armed;
  node.armed = undefined;
  if (how === 'die') throw new Killed(`killed at ${place}`);
  return new Promise((wake) => { node.onFreeze?.(wake); });
}

/** A deaf process does not hear that its COMMIT was done. */
function deafness(node: Node): ProcessSettings['wrap'] {
  const hear = <T>(value: T): T => {
    if (!node.deaf) return value;
    node.deaf = false;
    throw new DomainError('SERVICE_UNAVAILABLE', { detail: 'the commit was not heard of' });
  };
  return {
    ledger: (inner): Ledger => ({ post: async (p) => hear(await inner.post(p)), drain: () => inner.drain() }),
    recorder: (inner): OutcomeRecorder => ({ record: async (r) => hear(await inner.record(r)) }),
  };
}

function connectorOf(sim: Sim): ReturnType<typeof createScriptedConnector> {
  const connector = createScriptedConnector();
  const { random } = sim;
  connector.onAdmit = () => (sim.calm || random.chance(0.95) ? { ok: true } : { ok: false, rawStatus: '<rate limited>', retryAfterMs: 500 });
  connector.onRegister = (details) => {
    if (!sim.calm && random.chance(0.1)) return { ok: false, outcome: { kind: 'unknown', sent: false, rawStatus: '<timeout>' } };
    if (!sim.calm && random.chance(0.02)) return { ok: false, outcome: { kind: 'failed', sent: false, rawStatus: 'BAD_REQUEST_ERROR', rawReason: 'invalid_ifsc_code' } };
    return { ok: true, refs: { fund_account: `fa_${details.id}` } };
  };
  connector.payout.send = async (instruction, prepared, options) => {
    const now = sim.clock.now();
    const repeats = sim.sends.get(instruction.idempotencyKey) ?? 0;
    if (options?.sendBefore !== undefined && now >= options.sendBefore) return { kind: 'unknown', sent: false, rawStatus: '<too late>' };
    sim.sends.set(instruction.idempotencyKey, repeats + 1);
    return sim.book.send(instruction, prepared, repeats, addMs(options?.sendBefore ?? now, WINDOW_MS).getTime());
  };
  connector.onInquire = (target) => sim.book.inquire(target);
  connector.available = () => sim.calm || random.chance(0.97);
  return connector;
}

// Operations --------------------------------------------------------------------------------------------------------------------------------------------------

const WEIGHTS = { job: 52, accept: 7, loops: 8, clock: 12, stir: 8, deliver: 9, lose: 1, flush: 0.2, wake: 4, fund: 0.8 };

async function step(sim: Sim): Promise<void> {
  sim.steps += 1;
  const kind = sim.random.weighted(WEIGHTS);
  await OPERATIONS[kind](sim);
}

const OPERATIONS: Readonly<Record<keyof typeof WEIGHTS, (sim: Sim) => Promise<void>>> = { job: runSome, accept, loops, clock: moveClock, stir, deliver, lose, flush, wake: wakeOne, fund: fundOne };

const someNode = (sim: Sim): Node => sim.random.pick(sim.nodes);

async function accept(sim: Sim): Promise<void> {
  const label = `sim${sim.accepted.length}`;
  const amountPaise = BigInt(100 + sim.random.below(sim.random.chance(0.1) ? 40_000_000 : 200_000));
  const account = { kind: 'bank', accountNumber: `00011122000${sim.random.below(9)}`, ifsc: 'HDFC0000053' } as const;
  const id = await acceptPayout(someNode(sim).process, sim.random.pick(sim.users), { amountPaise, narration: label, reference: label, beneficiary: { name: 'Test Beneficiary', account } });
  sim.accepted.push(id);
  const isQueued = sim.random.chance(0.8);
  if (isQueued) sim.queue.push({ job: 'hold', id, driveNo: 0 });
  sim.journal.note(`accept ${label} ${id} of ${amountPaise}${isQueued ? '' : ', not queued'}`);
}

/** Takes a job, now and then one that stays in the queue or one that never was there, and runs it, now and then in both processes at once. */
async function runSome(sim: Sim): Promise<void> {
  const due = nextDue(sim);
  if (due === undefined) return loops(sim);
  const alike = sim.random.chance(0.5) ? [] : sim.queue.filter((d) => d.job === due.job).slice(0, 1 + sim.random.below(4));
  const fault = faultFor(sim, due.job);
  if (fault !== undefined) count(sim, `${fault.how} at ${fault.place}`);
  const ids = [...new Set([due, ...(fault === undefined ? alike : [])].map((d) => d.id))];
  if (fault === undefined && sim.random.chance(0.1)) {
    sim.journal.note(`${due.job} ${ids.join(' ')} in both processes`);
    count(sim, 'both at once');
    await Promise.all(sim.nodes.map((n) => run(sim, n, due.job, ids)));
    return;
  }
  const node = someNode(sim);
  sim.journal.note(`${due.job} ${ids.join(' ')}${fault === undefined ? '' : `, ${fault.how} at ${fault.place}`}`);
  if (fault?.how === 'freeze') return runUntilFrozen(sim, node, due.job, ids, fault.place);
  if (fault?.how === 'deaf') node.deaf = true;
  else if (fault !== undefined) node.armed = { place: fault.place, how: 'die' };
  await run(sim, node, due.job, ids);
  node.armed = undefined;
  node.deaf = false;
}

function count(sim: Sim, what: string): void { sim.faults[what] = (sim.faults[what] ?? 0) + 1; }

function nextDue(sim: Sim): Due | undefined {
  const { random } = sim;
  if (sim.accepted.length > 0 && random.chance(0.04)) return { job: random.pick(['hold', 'send', 'settle', 'poll'] as const), id: random.pick(sim.accepted), driveNo: 0 };
  if (sim.queue.length === 0) return undefined;
  const at = random.below(sim.queue.length);
  return random.chance(0.1) ? sim.queue[at] : sim.queue.splice(at, 1)[0];
}

function faultFor(sim: Sim, job: Due['job']): { how: 'die' | 'freeze' | 'deaf'; place: string } | undefined {
  const { random } = sim;
  if (!random.chance(job === 'send' ? 0.35 : 0.15)) return undefined;
  if (random.chance(0.2)) return { how: 'deaf', place: 'commit' };
  const place = random.pick(PLACES[job]);
  return { how: BEDS.has(place) && random.chance(0.5) ? 'freeze' : 'die', place };
}

async function run(sim: Sim, node: Node, job: Due['job'], ids: readonly string[]): Promise<void> {
  try {
    const report = await runJob(node.process, job, ids);
    for (const due of report.due) if (sim.calm || sim.random.chance(0.85)) sim.queue.push(due);
    for (const error of report.errors) expectDeath(sim, job, error);
  } catch (error) {
    expectDeath(sim, job, error);
  }
}

/** Errors that were ordered are part of the story; any other is a finding. */
function expectDeath(sim: Sim, job: string, error: unknown): void {
  if (error instanceof Killed || (error instanceof DomainError && error.code === 'SERVICE_UNAVAILABLE')) return;
  sim.unexpected.push(`${job} failed: ${error instanceof Error ? (error.stack ?? error.message) : 'with no error'}`);
}

async function runUntilFrozen(sim: Sim, node: Node, job: Due['job'], ids: readonly string[], place: string): Promise<void> {
  node.armed = { place, how: 'freeze' };
  await new Promise<void>((resolve) => {
    let ended: () => void = () => undefined;
    const done = new Promise<void>((end) => { ended = end; });
    node.onFreeze = (wake) => { sim.frozen.push({ job: done, wake, what: `${job} ${ids.join(' ')} at ${place}`, wakesAt: sim.steps + sim.random.below(sim.random.chance(0.4) ? 20 : 600) }); resolve(); };
    void run(sim, node, job, ids).finally(() => { ended(); resolve(); });
  });
  node.armed = undefined;
}

async function wakeOne(sim: Sim): Promise<void> {
  const rested = sim.frozen.filter((f) => sim.calm || f.wakesAt <= sim.steps);
  if (rested.length === 0) return;
  const one = sim.random.pick(rested);
  sim.frozen = sim.frozen.filter((f) => f !== one);
  sim.journal.note(`wake ${one.what}`);
  one.wake();
  await one.job;
}

async function loops(sim: Sim): Promise<void> {
  const due = await claimAll(someNode(sim).process, 40);
  sim.queue.push(...due);
  sim.journal.note(`loops claim ${due.map((d) => `${d.job} ${d.id}`).join(', ') || 'nothing'}`);
}

const JUMPS = { seconds: 65, moment: 25, minutes: 7, quarter: 2.6, day: 0.4 };
async function moveClock(sim: Sim): Promise<void> {
  const { random } = sim;
  const ms = { seconds: () => random.below(8 * SECOND), moment: () => 10 * SECOND + random.below(30 * SECOND), minutes: () => MINUTE + random.below(6 * MINUTE), quarter: () => WINDOW_MS + random.below(10 * MINUTE), day: () => DAY }[random.weighted(JUMPS)]();
  sim.book.passTime(sim.clock.now().getTime() + ms);
  sim.clock.advance(ms);
  sim.journal.note(`clock +${ms} ms to ${sim.clock.now().toISOString()}`);
}

async function stir(sim: Sim): Promise<void> {
  const what = sim.book.stir();
  if (what !== undefined) sim.journal.note(`provider: ${what}`);
}

async function deliver(sim: Sim): Promise<void> {
  const { letters } = sim.book;
  if (letters.length === 0) return;
  const at = sim.random.below(letters.length);
  const letter = letters[at]!;
  if (sim.calm || !sim.random.chance(0.15)) letters.splice(at, 1);
  try {
    const { due } = await someNode(sim).process.callbackReceiver.receive(PROVIDER, letter.headers, letter.raw);
    if (due !== undefined && (sim.calm || sim.random.chance(0.85))) sim.queue.push(due);
    sim.journal.note(`callback ${letter.what} ${due === undefined ? 'again' : due.id}`);
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'CALLBACK_SIGNATURE_INVALID') sim.unexpected.push(`receive failed: ${String(error)}`);
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
  count(sim, 'queue emptied');
}

async function fundOne(sim: Sim): Promise<void> {
  const amount = BigInt(1 + sim.random.below(3_000_000));
  await fund(someNode(sim).process, sim.random.pick(sim.users).accountId, amount);
  sim.journal.note(`fund ${amount}`);
}

// The end -----------------------------------------------------------------------------------------------------------------------------------------------------

const MOST_ROUNDS = 400;

async function calmDown(sim: Sim): Promise<void> {
  sim.calm = true;
  sim.book.calm = true;
  sim.journal.note('calm');
  while (sim.frozen.length > 0) await wakeOne(sim);
  sim.book.finish();
  const { process } = sim.nodes[0]!;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    while (sim.book.letters.length > 0) await deliver(sim);
    sim.queue.push(...await claimAll(process));
    while (sim.queue.length > 0) {
      const { job } = sim.queue[0]!;
      const ids = sim.queue.filter((d) => d.job === job).map((d) => d.id);
      sim.queue = sim.queue.filter((d) => d.job !== job);
      await run(sim, sim.nodes[0]!, job, [...new Set(ids)]);
    }
    sim.book.finish(); // what a repeat made just now
    const next = await nextInstant(process);
    if (next === undefined) return;
    sim.clock.set(new Date(Math.max(next.getTime() + 1, sim.clock.now().getTime())));
  }
  throw new Error(`work is left after ${MOST_ROUNDS} rounds`);
}

/** When something is due next, transactions apart that a person has been told about and that only go on being asked for. */
async function nextInstant(process: DomainProcess): Promise<Date | undefined> {
  const { rows: found } = await process.knex.raw<{ rows: { at: Date | null }[] }>(`
    select min(at) as at from (
      select due_at as at from transactions union all select due_at from callbacks
      union all select next_poll_at from transactions t where t.state <> 'dispatched' or not exists (select 1 from ops_cases c where c.transaction_id = t.id and c.kind in ('not_found_unresolved', 'repeat_differs'))) due`);
  return found[0]!.at ?? undefined;
}
