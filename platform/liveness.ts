/**
 * Loops and workers that must keep turning. Each beats when a round of it ends, well or badly. One whose last
 * round is too old hangs in something that no time limit caught: the process says so in /readyz, and after
 * twice that time it ends itself, so that its supervisor starts a new one.
 */
import { HealthProblem } from './health';
import type { Log } from './logger';

export interface Pulse {
  beat(): void;
  /** It has ended on purpose. */
  end(): void;
}

export interface Turning {
  /** The longest from one beat to the next, ms. May change with what it does just now. */
  longestMs: number | (() => number);
  /** It waits for something that another check of /readyz tells about. */
  isExcused?: () => boolean;
}

export interface Liveness {
  watch(name: string, turning: Turning): Pulse;
  /** Throws a HealthProblem that names what does not turn. */
  check(): Promise<void>;
  close(): void;
}

export interface LivenessOptions {
  log: Pick<Log, 'error'>;
  /** Ends the process. */
  end?: () => void;
  /** Milliseconds on a clock that only goes forward. */
  now?: () => number;
  everyMs?: number;
}

interface Watched extends Turning {
  name: string;
  ageMs: number;
}

const EVERY_MS = 1_000;
const FAILED = 1;

export function createLiveness(options: LivenessOptions): Liveness {
  const everyMs = options.everyMs ?? EVERY_MS;
  const now = options.now ?? (() => performance.now());
  const end = options.end ?? (() => process.exit(FAILED));
  const all = new Set<Watched>();
  let lastAt = now();
  const look = (): void => {
    // a process that was frozen, or a machine that slept, has not been turning either: no look adds more than
    // two rounds of its own
    const passedMs = Math.min(now() - lastAt, 2 * everyMs);
    lastAt = now();
    for (const one of all) {
      one.ageMs = one.isExcused?.() === true ? 0 : one.ageMs + passedMs;
      if (one.ageMs <= 2 * longestOf(one)) continue;
      options.log.error({ part: one.name, age_ms: Math.round(one.ageMs) }, 'does not turn any more: ending');
      end();
      return;
    }
  };
  const timer = setInterval(look, everyMs).unref();
  return {
    watch(name, turning) {
      const one: Watched = { ...turning, name, ageMs: 0 };
      all.add(one);
      return {
        beat: () => {
          one.ageMs = 0;
        },
        end: () => {
          all.delete(one);
        },
      };
    },
    check: async () => {
      const old = [...all].filter((one) => one.ageMs > longestOf(one));
      if (old.length === 0) return;
      const told = old.map((one) => `${one.name} (${Math.round(one.ageMs / 1_000)} s)`);
      throw new HealthProblem(`no round is done: ${told.join(', ')}`);
    },
    close: () => {
      clearInterval(timer);
      all.clear();
    },
  };
}

function longestOf({ longestMs }: Turning): number {
  return typeof longestMs === 'number' ? longestMs : longestMs();
}
