import { setTimeout as pause } from 'node:timers/promises';
import { createSandboxBook } from '../demo/sandbox-book';
import { createProviderBooks } from '../mix/provider-books';
import type { Ground } from './ground';
import { readUnfinished, type Unfinished } from './watch';

/** The slow steps of the sandbox take 2.5 s: at rest is what stays so for longer. */
const REST_MS = 4_000;
const EVERY_MS = 250;
const TELL_MS = 5_000;

export interface Rest {
  atRest: boolean;
  /** Since when, ms since the epoch. */ at: number;
  left: Unfinished;
}

/**
 * Until everything has ended or is a case, every callback has come and been read, and it stays so; at most
 * `limitMs`.
 */
export async function waitForRest(
  { knex, stack }: Ground,
  limitMs: number,
  say: (line: string) => void,
): Promise<Rest> {
  const started = Date.now();
  const book = createSandboxBook(stack.urls.sandbox);
  const others = createProviderBooks(stack.urls.sandbox);
  let left: Unfinished = { open: -1, cases: -1, unposted: -1, callbacks: -1 };
  let quietSince: number | undefined;
  let toldAt = started;
  while (Date.now() - started < limitMs) {
    const pending = await Promise.all([book.callbacksOwed(), others.callbacksOwed()]).then(
      ([a, b]) => a + b,
      () => 1,
    );
    left = await readUnfinished(knex);
    const quiet = left.open + left.unposted + left.callbacks + pending === 0;
    quietSince = quiet ? (quietSince ?? Date.now()) : undefined;
    if (quietSince !== undefined && Date.now() - quietSince >= REST_MS)
      return { atRest: true, at: quietSince, left };
    if (Date.now() - toldAt > TELL_MS) {
      say(
        `  open ${left.open}, cases ${left.cases}, unposted ${left.unposted}, callbacks ${left.callbacks} here and ${pending} to come`,
      );
      toldAt = Date.now();
    }
    await pause(EVERY_MS);
  }
  return { atRest: false, at: Date.now(), left };
}
