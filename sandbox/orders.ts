/** What the control API orders for single transactions: scenarios and HTTP faults, kept in memory only. */
import type { ScenarioCode } from './scenarios';

const MAX_ORDERS = 1_000;

export interface Settings {
  delayMs: number;
  slowMs: number;
  callbacksOn: boolean;
}

/** The transactions that an order applies to. Every field that is given must match. */
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

/**
 * An answer in place of the real one; the request has no effect. Matches paths that start with `path`, and
 * any method when `method` is null.
 */
export interface Fault {
  /** 400, of RazorpayX alone: it refuses us, and names nothing of the request. */
  status: 400 | 429 | 500 | 503;
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
  /** Removes one order, or all of them, and returns how many were removed. */
  removeScenarios(id?: number): number;
  removeFaults(id?: number): number;
  /** Uses up one execution of the oldest order that matches. */
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

/** A list of orders, each of which is good for `left` executions. The oldest match is taken first. */
export function createList<T extends { id: number; left: number }>() {
  let items: T[] = [];
  let next = 1;
  return {
    add(item: Omit<T, 'id'>): T {
      if (items.length >= MAX_ORDERS) throw new TooManyOrders(`at most ${MAX_ORDERS} orders at a time`);
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
      if (items.length === 0) return undefined; // the usual case
      const found = items.find(matches);
      if (found !== undefined) {
        found.left -= 1;
        if (found.left === 0) items = items.filter((item) => item !== found);
      }
      return found;
    },
  };
}
