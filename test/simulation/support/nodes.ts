/** The processes of a simulation, and what is done to them: they die and freeze at named places, and do not hear that a COMMIT was done. */
import { DomainError } from '../../../domain/errors/errors';
import type { Ledger } from '../../../domain/ledger/post';
import type { Due } from '../../../domain/lifecycle/due';
import type { OutcomeRecorder } from '../../../domain/lifecycle/record-outcome';
import { execute } from '../../../platform/database';
import { startProcess, type Points, type ProcessSettings } from '../../support/world';
import { count, Killed, type Node, type Sim } from './sim';

type Wrap = NonNullable<ProcessSettings['wrap']>;
export type Fault = { how: 'die' | 'freeze' | 'deaf'; place: string };

const RECORDING = ['outcome.written', 'ledger.locked', 'ledger.written'] as const;
const PLACES: Readonly<Record<Due['job'] | 'withdrawal' | 'refund', readonly string[]>> = {
  hold: ['ledger.locked', 'ledger.written'],
  settle: ['ledger.locked', 'ledger.written'],
  send: ['send.before_begin', 'send.begun', 'send.answered', 'outcome.written'],
  poll: ['poll.answered', 'poll.renewed', 'outcome.written'],
  callback: ['outcome.written', 'callback.recorded'],
  refund: ['outcome.written'],
  withdrawal: ['aeps.begun', 'aeps.answered', 'aeps.recorded', 'aeps.settled', ...RECORDING],
};
/** Where a process may sleep without holding a database transaction; elsewhere the database would end it. */
const BEDS = new Set([
  'send.before_begin',
  'send.begun',
  'send.answered',
  'poll.answered',
  'poll.renewed',
  'callback.recorded',
  'aeps.begun',
  'aeps.answered',
  'aeps.recorded',
  'aeps.settled',
]);

/** The keys of each process. */
export interface NodeKeys {
  keys: readonly [ProcessSettings['keys'], ProcessSettings['keys']];
}

/** Two processes with one connection each. `plant` puts an error of ours into both, to see it found. */
export async function startNodes(
  sim: Sim,
  settings: Pick<ProcessSettings, 'databaseUrl' | 'connector' | 'others'> & NodeKeys,
  plant: Wrap = {},
): Promise<void> {
  for (let i = 0; i < 2; i++) {
    const points: Points = {};
    const node: Node = {
      process: undefined as never,
      points,
      armed: undefined,
      onFreeze: undefined,
      deaf: false,
    };
    for (const part of ['ledger', 'send', 'poll', 'outcome', 'callback', 'aeps', 'keys'] as const)
      points[part] = (point: string) => reach(node, `${part}.${point}`);
    const { keys, ...shared } = settings;
    node.process = await startProcess({
      ...shared,
      keys: keys[i]!,
      clock: sim.clock,
      ids: sim.ids,
      profile: 'production',
      connections: 1,
      points,
      ledger: {},
      wrap: { ...plant, ...deafness(node, plant) },
    });
    await execute(node.process.knex, 'select setseed(?)', [i / 4]); // the jitter of the cadence
    sim.nodes.push(node);
  }
}

function reach(node: Node, place: string): Promise<void> | void {
  if (node.armed?.place !== place) return undefined;
  const { how } = node.armed;
  node.armed = undefined;
  if (how === 'die') throw new Killed(`killed at ${place}`);
  return new Promise((wake) => {
    node.onFreeze?.(wake);
  });
}

/** A deaf process does not hear that its COMMIT was done. */
function deafness(node: Node, plant: Wrap): Wrap {
  const hear = <T>(value: T): T => {
    if (!node.deaf) return value;
    node.deaf = false;
    throw new DomainError('SERVICE_UNAVAILABLE', { detail: 'the commit was not heard of' });
  };
  return {
    ledger(plain): Ledger {
      const inner = plant.ledger?.(plain) ?? plain;
      return { post: async (p) => hear(await inner.post(p)), drain: () => inner.drain() };
    },
    recorder(plain): OutcomeRecorder {
      const inner = plant.recorder?.(plain) ?? plain;
      return { record: async (r) => hear(await inner.record(r)) };
    },
  };
}

/** Does something go wrong while this is done, and what? */
export function faultFor(sim: Sim, doing: keyof typeof PLACES): Fault | undefined {
  const { random } = sim;
  if (!random.chance(doing === 'send' || doing === 'withdrawal' ? 0.35 : 0.15)) return undefined;
  if (random.chance(0.2)) return { how: 'deaf', place: 'commit' };
  const place = random.pick(PLACES[doing]);
  return { how: BEDS.has(place) && random.chance(0.5) ? 'freeze' : 'die', place };
}

export const said = (fault: Fault | undefined): string =>
  fault === undefined ? '' : `, ${fault.how} at ${fault.place}`;

/**
 * Does it in a process to which something happens meanwhile. A process that freezes goes on when it is woken.
 * `work` rejects for nothing.
 */
export async function suffer(
  sim: Sim,
  node: Node,
  fault: Fault | undefined,
  { what, work }: Suffering,
): Promise<void> {
  if (fault === undefined) return work();
  count(sim.faults, `${fault.how} at ${fault.place}`);
  if (fault.how === 'freeze') return sufferFreeze(sim, node, fault.place, { what, work });
  if (fault.how === 'deaf') node.deaf = true;
  else node.armed = { place: fault.place, how: 'die' };
  await work();
  node.armed = undefined;
  node.deaf = false;
}

interface Suffering {
  what: string;
  work: () => Promise<void>;
}

async function sufferFreeze(sim: Sim, node: Node, place: string, { what, work }: Suffering): Promise<void> {
  node.armed = { place, how: 'freeze' };
  await new Promise<void>((resolve) => {
    let ended: () => void = () => undefined;
    const done = new Promise<void>((end) => {
      ended = end;
    });
    node.onFreeze = (wake) => {
      sim.frozen.push({
        work: done,
        wake,
        what: `${what} at ${place}`,
        wakesAt: sim.steps + sim.random.below(sim.random.chance(0.4) ? 20 : 600),
      });
      resolve();
    };
    void work().finally(() => {
      ended();
      resolve();
    });
  });
  node.armed = undefined;
}

export async function wakeOne(sim: Sim): Promise<void> {
  const rested = sim.frozen.filter((f) => sim.calm || f.wakesAt <= sim.steps);
  if (rested.length === 0) return;
  const one = sim.random.pick(rested);
  sim.frozen = sim.frozen.filter((f) => f !== one);
  sim.journal.note(`wake ${one.what}`);
  one.wake();
  await one.work;
}
