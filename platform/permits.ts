import { LRUCache } from 'lru-cache';

/**
 * Requests in a window of time, counted for all processes together without a question to the store for each.
 * 1. A process takes permits of a key in small lots, a twentieth of the limit at most, and gives them out from
 *    memory. The store counts lots as they are taken, for all processes together.
 * 2. The first request of a window in a process asks nobody, and is counted with the lot of the second: most callers
 *    send one now and then. So each process may give out one or two more than the limit, which is why small limits
 *    have no such first request.
 * 3. The next lot is fetched before the last one is used up; only the second request of a window waits for one.
 * 4. A lot ends with its window. What a process did not use is lost: with several processes a caller may be
 *    refused early, by a lot for each further process, and never late.
 * 5. Once the store says that nothing is left, the process says so until the window is over, and asks no more.
 */
export interface PermitStore {
  /** Counts `n` more for the key; the first one opens its window. */
  count(key: string, n: number, windowS: number): Promise<Counted>;
}
export interface Counted {
  /** All that was counted in this window, this time included. */
  total: number;
  /** Until the window is over. */
  endsInMs: number;
}

export interface WantedPermit {
  key: string;
  most: number;
  windowS: number;
}
export interface PermitState {
  /** What is left as far as this process knows; other processes may have taken some of it. */
  left: number;
  endsInMs: number;
}
export interface PermitVerdict {
  ok: boolean;
  /** One of each that was wanted, in their order. */
  states: readonly PermitState[];
}

export interface Permits {
  /** Takes one permit of each, or none. Throws what the store throws. */
  take(wanted: readonly WantedPermit[]): Promise<PermitVerdict>;
  /** The same from memory; undefined where the store has to be asked, and nothing is taken then. */
  takeHeld(wanted: readonly WantedPermit[]): PermitVerdict | undefined;
}

/** Permits of one key in one window, in this process. */
interface Lot {
  permits: number;
  /** What the store had left when it was asked last. */
  rest: number;
  /** As `now()` counts. */
  endsAt: number;
  /** Of `permits`, or given out: what the store does not know yet. */
  untold: number;
  fetching: Promise<void> | undefined;
}

const MAX_KEYS = 50_000;
const LOTS_OF_A_LIMIT = 20;
const LOTS_OF_THE_REST = 4;
/** One more of so many is nothing that anybody notices. */
const SMALL_LIMIT = 50;

export interface PermitOptions {
  now?: () => number;
  /** How many keys are remembered. The memory for as many is taken at the start. */
  maxKeys?: number;
}

export function createPermits(store: PermitStore, options: PermitOptions = {}): Permits {
  const { now = () => performance.now(), maxKeys = MAX_KEYS } = options;
  return new Lots(store, now, maxKeys);
}

class Lots implements Permits {
  private readonly lots: LRUCache<string, Lot>;

  constructor(
    private readonly store: PermitStore,
    private readonly now: () => number,
    maxKeys: number,
  ) {
    this.lots = new LRUCache({ max: maxKeys });
  }

  async take(wanted: readonly WantedPermit[]): Promise<PermitVerdict> {
    for (;;) {
      const verdict = this.takeHeld(wanted);
      if (verdict !== undefined) return verdict;
      const at = this.now();
      await Promise.all(
        wanted.filter(({ key }) => isUsedUp(this.lotOf(key), at)).map((one) => this.fetched(one)),
      );
    }
  }

  /** On the path of each request. */
  takeHeld(wanted: readonly WantedPermit[]): PermitVerdict | undefined {
    const at = this.now();
    const lots: Lot[] = [];
    const states: PermitState[] = [];
    let ok = true;
    for (const { key, most, windowS } of wanted) {
      const lot = this.lotOf(key);
      if (lot.endsAt <= at && most >= SMALL_LIMIT) openUntold(lot, { most, endsAt: at + windowS * 1_000 });
      if (isUsedUp(lot, at)) return undefined;
      ok &&= lot.permits > 0;
      lots.push(lot);
      states.push({ left: lot.permits + lot.rest, endsInMs: Math.max(0, lot.endsAt - at) });
    }
    if (!ok) return { ok, states };
    for (let i = 0; i < wanted.length; i++) {
      this.takeOne(lots[i]!, wanted[i]!);
      states[i]!.left -= 1;
    }
    return { ok, states };
  }

  private lotOf(key: string): Lot {
    let lot = this.lots.get(key);
    if (lot === undefined) {
      lot = { permits: 0, rest: 0, endsAt: -Infinity, untold: 0, fetching: undefined };
      this.lots.set(key, lot);
    }
    return lot;
  }

  private takeOne(lot: Lot, wanted: WantedPermit): void {
    lot.permits -= 1;
    if (
      lot.untold === 0 &&
      lot.rest > 0 &&
      lot.permits < wanted.most / LOTS_OF_A_LIMIT / 4 &&
      lot.fetching === undefined
    )
      this.fetched(wanted).catch(() => undefined); // who needs it asks again, and hears the error
  }

  /** One fetch at a time for each key. */
  private fetched(wanted: WantedPermit): Promise<void> {
    const lot = this.lotOf(wanted.key);
    lot.fetching ??= this.fetch(lot, wanted).finally(() => {
      lot.fetching = undefined;
    });
    return lot.fetching;
  }

  private async fetch(lot: Lot, { key, most, windowS }: WantedPermit): Promise<void> {
    const whole = Math.ceil(most / LOTS_OF_A_LIMIT);
    const isNew = lot.endsAt <= this.now();
    const more = isNew ? whole : Math.max(1, Math.min(whole, Math.ceil(lot.rest / LOTS_OF_THE_REST)));
    const { untold } = lot;
    lot.untold = 0;
    const askedAt = this.now();
    const n = more + untold;
    const { total, endsInMs } = await this.store.count(key, n, windowS).catch((error: unknown) => {
      lot.untold += untold;
      throw error;
    });
    // Counted from the asking, so that it is never after the end that the store knows.
    const endsAt = askedAt + endsInMs;
    const granted = Math.max(0, Math.min(n, most - (total - n)) - untold);
    // What was not told yet was of a window that the store did not know: its own one takes the place.
    const isSameWindow = untold === 0 && endsAt <= lot.endsAt + (windowS * 1_000) / 2;
    lot.permits = (isSameWindow ? lot.permits : 0) + granted;
    lot.endsAt = isSameWindow ? Math.max(lot.endsAt, endsAt) : endsAt;
    lot.rest = Math.max(0, most - total);
  }
}

/** The store has to be asked before it is known whether there is one more. */
const isUsedUp = ({ permits, rest, endsAt }: Lot, at: number): boolean =>
  endsAt <= at || (permits === 0 && rest > 0);

/** The first request of a window passes unasked. */
function openUntold(lot: Lot, { most, endsAt }: { most: number; endsAt: number }): void {
  lot.permits = 1;
  lot.untold = 1;
  lot.rest = most - 1;
  lot.endsAt = endsAt;
}
