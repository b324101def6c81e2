/** Notes how callbacks ended, in batches: those of the same 50 ms share one line of the book. */
import type { Log } from '../platform/logger';

const SETTLE_AFTER_MS = 50;

export interface HookEnds {
  taken(seq: number): void;
  givenUp(seq: number): void;
  /** Writes what is waiting for the next batch. */
  settleNow(): void;
}

interface HookBook {
  hooks: { get(seq: number): { spec: { forged?: true } } | undefined };
  settleHooks: (done: number[], off: number[]) => void;
}

export function createHookEnds(book: HookBook, log: Log, provider: string): HookEnds {
  let done: number[] = [];
  let off: number[] = [];
  let timer: NodeJS.Timeout | undefined;

  function settleNow(): void {
    clearTimeout(timer);
    timer = undefined;
    if (done.length + off.length > 0) book.settleHooks(done, off);
    done = [];
    off = [];
  }

  function settle(list: number[], seq: number): void {
    list.push(seq);
    timer ??= setTimeout(settleNow, SETTLE_AFTER_MS);
  }

  return {
    taken(seq) {
      settle(done, seq);
    },
    givenUp(seq) {
      // A forged callback is sent once. It counts as delivered, whatever the receiver answered.
      const isForged = book.hooks.get(seq)?.spec.forged === true;
      if (!isForged) log.warn({ seq, provider }, 'a callback was given up');
      settle(isForged ? done : off, seq);
    },
    settleNow,
  };
}
