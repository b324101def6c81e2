import { setTimeout as pause } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Context } from 'koa';
import { setHeader } from './answer';

/**
 * A caller that goes on asking while it is refused waits for each further refusal. Otherwise one that asks again at
 * once, on many connections, keeps the process busy with saying no, and everybody else waits.
 */
export interface Penance {
  serve(ctx: Context, who: string): Promise<void>;
}

/** So many refusals within the span are answered at once: a caller that heeds Retry-After never has more. */
const FREE = 20;
const SPAN_MS = 10_000;
/** Not all of a caller's for the same time: those that came at once would come back at once, again and again. */
const HOLD_MS = { least: 500, most: 750 };
/** Steps through the span so that neighbours are far apart. */
const STEP_MS = 97;
/** Beyond these the answer comes at once, and the connection is closed: a new one costs the caller more than us. */
const MOST_HELD = 2_000;
const MOST_HELD_EACH = 200;

export function createPenance(): Penance {
  const seen = new LRUCache<string, { refusals: number; held: number }>({ max: 10_000, ttl: SPAN_MS });
  let held = 0;
  return {
    async serve(ctx, who) {
      let mine = seen.get(who);
      if (mine === undefined) seen.set(who, (mine = { refusals: 0, held: 0 }));
      mine.refusals += 1;
      if (mine.refusals <= FREE) return;
      if (held >= MOST_HELD || mine.held >= MOST_HELD_EACH) {
        setHeader(ctx, 'Connection', 'close');
        return;
      }
      held += 1;
      mine.held += 1;
      try {
        await pause(holdMs(mine.refusals));
      } finally {
        held -= 1;
        mine.held -= 1;
      }
    },
  };
}

const holdMs = (refusals: number): number =>
  HOLD_MS.least + ((refusals * STEP_MS) % (HOLD_MS.most - HOLD_MS.least));
