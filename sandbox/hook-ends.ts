/** How callbacks ended, told to the book together: those of the same moment are one line. */
import type { Log } from '../platform/logger';

const SETTLE_AFTER_MS = 50;

export interface HookEnds {
  taken(seq: number): void;
  givenUp(seq: number): void;
  /** Tells what is left at once. */
  settleNow(): void;
}

interface HookBook {
  hooks: { get(seq: number): { spec: { forged?: true } } | undefined };
  settleHooks(done: number[], off: number[]): void;
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
      const isForged = book.hooks.get(seq)?.spec.forged === true; // is sent once, whatever comes back
      if (!isForged) log.warn({ seq, provider }, 'a callback was given up');
      settle(isForged ? done : off, seq);
    },
    settleNow,
  };
}
