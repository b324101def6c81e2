import { isConnectionError } from '../platform/database';
import type { Pulse } from '../platform/liveness';
import type { Log } from '../platform/logger';

/**
 * A timer loop: runs its round, waits, runs again; never two rounds at once, and an error costs one round.
 */
export interface Loop {
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
  const state = { stopped: false };
  let wakeUp: () => void = () => undefined;
  const running = (async () => {
    while (!state.stopped) {
      let more = false;
      try {
        more = await round();
      } catch (error) {
        // a connection that broke is found by health checks and alerts; the next round takes another
        log[isConnectionError(error) ? 'warn' : 'error']({ loop: name, error }, 'a round of the loop failed');
      }
      pulse?.beat();
      if (more) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, everyMs);
        wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  })();
  return {
    async stop() {
      state.stopped = true;
      pulse?.end();
      wakeUp();
      await running;
    },
  };
}
