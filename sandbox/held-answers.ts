import type { Context } from 'koa';

const HOLD_MS = 90_000;
const MAX_HELD = 2_000;

/**
 * Requests that get no answer. A connection stays open until the client closes it, or for 90 s. Beyond 2,000
 * of them the oldest are dropped.
 */
export interface HeldAnswers {
  hold(ctx: Context): void;
  readonly count: number;
  dropAll(): void;
}

export function createHeldAnswers(): HeldAnswers {
  const held = new Map<Context['res'], NodeJS.Timeout>();
  const drop = (res: Context['res']): void => {
    res.socket?.destroy();
  };
  return {
    get count() {
      return held.size;
    },
    hold(ctx) {
      const { res } = ctx;
      ctx.respond = false;
      if (res.socket === null || res.socket.destroyed) return;
      held.set(
        res,
        setTimeout(() => {
          drop(res);
        }, HOLD_MS),
      );
      res.once('close', () => {
        clearTimeout(held.get(res));
        held.delete(res);
      });
      if (held.size > MAX_HELD) drop(held.keys().next().value!);
    },
    dropAll() {
      for (const res of held.keys()) drop(res);
    },
  };
}
