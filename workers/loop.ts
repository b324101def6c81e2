import { setTimeout as pause } from 'node:timers/promises';
import { isConnectionError } from '../platform/database';
import type { Pulse } from '../platform/liveness';
import type { Log } from '../platform/logger';

/**
 * A timer loop: runs its round, waits, runs again; never two rounds at once, and an error costs one round.
 */
export interface Loop {
  /** Resolves when the round that is under way has ended; another one does not begin. */
  stop(): Promise<void>;
}

export interface LoopOptions {
  name: string;
  everyMs: number;
  log: Log;
  /** Where the loop says that it turns. */
  pulse?: Pulse;
}

/** `round` returns true when there is more to do at once. */
export function startLoop({ name, everyMs, log, pulse }: LoopOptions, round: () => Promise<boolean>): Loop {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = (async () => {
    while (!signal.aborted) {
      let more = false;
      try {
        more = await round();
      } catch (error) {
        // a connection that broke is found by health checks and alerts; the next round takes another
        log[isConnectionError(error) ? 'warn' : 'error']({ loop: name, error }, 'a round of the loop failed');
      }
      pulse?.beat();
      if (more) continue;
      // over at once when it was stopped, also while the round was under way
      await pause(everyMs, undefined, { signal }).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      pulse?.end();
      await running;
    },
  };
}
