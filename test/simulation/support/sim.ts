/** What a simulation on PostgreSQL is made of; nodes.ts, providers.ts, customers.ts and database-world.ts work on it. */
import type { FakeClock } from '../../../platform/clock';
import { DomainError } from '../../../domain/errors/errors';
import type { Due } from '../../../domain/lifecycle/due';
import type { ServiceName } from '../../../domain/provider/service-name';
import type { AppUser } from '../../../domain/users/users';
import type { Remitter } from '../../support/dmt-world';
import type { DomainProcess, Points } from '../../support/world';
import type { ProviderBook } from './provider-book';
import type { Journal, Random } from './random';

/** One process; it can be told to die or to freeze at a named place, or not to hear that its COMMIT was done. */
export interface Node {
  process: DomainProcess;
  points: Points;
  armed: { place: string; how: 'die' | 'freeze' } | undefined;
  onFreeze: ((wake: () => void) => void) | undefined;
  deaf: boolean;
}
export interface Frozen {
  work: Promise<void>;
  wake: () => void;
  what: string;
  wakesAt: number;
}
/** `verifiedOn`: the business date for which the agent is verified. */
export interface Agent extends AppUser {
  verifiedOn: string;
}

export interface Sim {
  random: Random;
  journal: Journal;
  clock: FakeClock;
  ids: { uuid(): string };
  book: ProviderBook;
  nodes: Node[];
  /** Who asks for payouts, bills and recharges; the agents among them serve withdrawals, and each has remitters. */
  users: AppUser[];
  agents: Agent[];
  remitters: Remitter[];
  /**
   * How many were asked for; ids of transactions that were accepted, and the service of each: that of a
   * withdrawal is known when its provider is called.
   */
  asked: number;
  accepted: string[];
  services: Map<string, ServiceName>;
  /** How often each service is asked for. */
  wanted: Readonly<Record<ServiceName, number>>;
  queue: Due[];
  frozen: Frozen[];
  sends: Map<string, number>;
  /** Of payouts, by our reference: the provider that was sent it last. */
  sentBy: Map<string, string>;
  calm: boolean;
  unexpected: string[];
  faults: Record<string, number>;
  refusals: Record<string, number>;
  steps: number;
}

export class Killed extends Error {
  readonly code = '57P01';
} // what a process leaves behind when its connection breaks

export const someNode = (sim: Sim): Node => sim.random.pick(sim.nodes);
export function count(of: Record<string, number>, what: string): void {
  of[what] = (of[what] ?? 0) + 1;
}
export const list = (of: Readonly<Record<string, number>>): string =>
  Object.entries(of)
    .map(([what, n]) => `${what} ${n}`)
    .join(', ');

/** Was this error ordered? */
export function isOrdered(error: unknown): boolean {
  return error instanceof Killed || (error instanceof DomainError && error.code === 'SERVICE_UNAVAILABLE');
}

/** Errors that were ordered are part of the story; any other is a finding. */
export function expectDeath(sim: Sim, what: string, error: unknown): void {
  if (!isOrdered(error))
    sim.unexpected.push(
      `${what} failed: ${error instanceof Error ? (error.stack ?? error.message) : 'with no error'}`,
    );
}

/** Wake-ups go to the queue, which loses some. */
export function enqueue(sim: Sim, due: readonly Due[]): void {
  for (const one of due) if (sim.calm || sim.random.chance(0.85)) sim.queue.push(one);
}

export function passTime(sim: Sim, ms: number): void {
  sim.book.passTime(sim.clock.now().getTime() + ms);
  sim.clock.advance(ms);
}
