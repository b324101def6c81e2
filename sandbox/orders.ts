/**
 * What was ordered beside the endings: scenarios for single payouts and HTTP faults, in memory only, and the sandbox's settings: those that were changed
 * are in the book, and go before the environment's at the next start.
 */
import type { ScenarioCode } from './scenarios';

const MOST_ORDERS = 1_000;

export interface Settings {
  delayMs: number;
  slowMs: number;
  callbacksOn: boolean;
}

/** Which payouts an order is for; every field that is given must match. */
export interface ScenarioMatch {
  accountEnding?: string;
  referenceId?: string;
}
export interface ScenarioOrder {
  id: number;
  match: ScenarioMatch;
  scenario: ScenarioCode;
  left: number;
}

/** An answer instead of the real one; the request has no effect. `path` is the start of the path, `method` any when missing. */
export interface Fault {
  status: 429 | 500 | 503;
  retryAfterS: number | null;
  path: string;
  method: string | null;
}
export interface FaultOrder extends Fault {
  id: number;
  left: number;
}

export interface Orders {
  settings: Settings;
  addScenario(order: Omit<ScenarioOrder, 'id'>): ScenarioOrder;
  addFault(order: Omit<FaultOrder, 'id'>): FaultOrder;
  scenarios(): ScenarioOrder[];
  faults(): FaultOrder[];
  /** Removes one, or all; returns how many. */
  removeScenarios(id?: number): number;
  removeFaults(id?: number): number;
  /** The oldest order that matches, used up by one. */
  takeScenario(payout: { accountEnding: string; referenceId: string | null }): ScenarioCode | undefined;
  takeFault(request: { method: string; path: string }): Fault | undefined;
}

export class TooManyOrders extends Error {}

export function createOrders(settings: Settings): Orders {
  const scenarios = createList<ScenarioOrder>();
  const faults = createList<FaultOrder>();
  return {
    settings,
    addScenario: (order) => scenarios.add(order),
    addFault: (order) => faults.add(order),
    scenarios: () => scenarios.all(),
    faults: () => faults.all(),
    removeScenarios: (id) => scenarios.remove(id),
    removeFaults: (id) => faults.remove(id),
    takeScenario: ({ accountEnding, referenceId }) =>
      scenarios.take(
        ({ match }) =>
          (match.accountEnding === undefined || accountEnding.endsWith(match.accountEnding)) &&
          (match.referenceId === undefined || match.referenceId === referenceId),
      )?.scenario,
    takeFault: ({ method, path }) =>
      faults.take((f) => path.startsWith(f.path) && (f.method === null || f.method === method)),
  };
}

/** Orders that are used up one by one, the oldest first. */
export function createList<T extends { id: number; left: number }>() {
  let items: T[] = [];
  let next = 1;
  return {
    add(item: Omit<T, 'id'>): T {
      if (items.length >= MOST_ORDERS) throw new TooManyOrders(`at most ${MOST_ORDERS} orders at a time`);
      const order = { ...item, id: next } as T;
      next += 1;
      items.push(order);
      return order;
    },
    all: () => [...items],
    remove(id?: number): number {
      const before = items.length;
      items = id === undefined ? [] : items.filter((item) => item.id !== id);
      return before - items.length;
    },
    take(matches: (item: T) => boolean): T | undefined {
      if (items.length === 0) return undefined; // the hot path
      const found = items.find(matches);
      if (found !== undefined) {
        found.left -= 1;
        if (found.left === 0) items = items.filter((item) => item !== found);
      }
      return found;
    },
  };
}
