/**
 * The write path that the books of all providers share. A change is one line: it is appended to the file and
 * applied to the tables in the same synchronous step. Nothing is answered or sent before `flushed()`
 * resolves. On start the file is replayed through the same `apply`, so the tables never differ from the
 * lines.
 */
import fs from 'node:fs/promises';
import path from 'node:path';
import { createHookTable, type HooksEntry, type HookTable } from './hook-table';
import { lockBook } from './lock';
import { openLogFile, type LinePlace, type LogFile } from './log-file';

/** The tables of one provider, filled by the lines of its book. */
export interface Tables<Entry> {
  apply(entry: Entry, place: LinePlace): void;
}

interface AnyEntry {
  t: string;
  at?: number;
}
type OpeningOf<Entry> = Extract<Entry, { t: 'open' }>;

export interface BookFileOptions<Entry, State, Hook> {
  dir: string;
  fileName: string;
  /** Set for one book of a folder: it creates the folder and holds its lock until it is closed. */
  locksFolder?: boolean;
  /** `log` is a function because the tables are made before the file is open. */
  createTables: (log: () => LogFile) => State;
  /** The callbacks that a line gives rise to, numbered from `first`. */
  hooksOf: (entry: Entry, first: number) => Hook[];
  /** The first line of a new book. */
  openingEntry: () => OpeningOf<Entry>;
  /** Why this process may not use an existing book; undefined when it may. */
  refusal?: (opening: OpeningOf<Entry>) => string | undefined;
  /** Called once when the disk refuses a write. */
  onFailure: (error: Error) => void;
}

export interface BookFile<Entry, State, Hook> {
  readonly tables: State;
  readonly hooks: HookTable<Hook>;
  readonly opening: OpeningOf<Entry>;
  readonly isNew: boolean;
  /** Appends a line and applies it. Returns the line and the callbacks that are now owed. */
  write<E extends Entry>(entry: E): { entry: E; hooks: Hook[] };
  /** Notes callbacks that were delivered (`done`) and that were given up (`off`). */
  settleHooks: (done: number[], off: number[]) => void;
  /** The time `at`, or the time of the last line if the clock has gone back since. */
  notBeforeLast: (at: number) => number;
  /** Resolves when every line written so far is on disk. */
  flushed: () => Promise<void>;
  close: () => Promise<void>;
}

/** Opens or begins a book. Throws when another process holds the lock or when `refusal` gives a reason. */
export async function openBookFile<
  Entry extends AnyEntry,
  State extends Tables<Entry>,
  Hook extends { seq: number },
>(options: BookFileOptions<Entry, State, Hook>): Promise<BookFile<Entry, State, Hook>> {
  if (options.locksFolder !== true) return openUnlocked(options, () => undefined);
  await fs.mkdir(options.dir, { recursive: true, mode: 0o700 });
  const unlock = lockBook(options.dir);
  try {
    return await openUnlocked(options, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

async function openUnlocked<
  Entry extends AnyEntry,
  State extends Tables<Entry>,
  Hook extends { seq: number },
>(options: BookFileOptions<Entry, State, Hook>, unlock: () => void): Promise<BookFile<Entry, State, Hook>> {
  const tables = options.createTables(() => log);
  const hooks = createHookTable(options.hooksOf);
  let opening: OpeningOf<Entry> | undefined;
  let lastAt = 0;

  function apply(entry: Entry | HooksEntry, place: LinePlace): Hook[] {
    if (isHooksEntry(entry)) {
      hooks.settle(entry);
      return [];
    }
    if (entry.at !== undefined) lastAt = entry.at;
    if (isOpening(entry)) opening = entry;
    tables.apply(entry, place);
    return hooks.addFrom(entry);
  }

  const log: LogFile = await openLogFile({
    path: path.join(options.dir, options.fileName),
    onLine: (entry, place) => {
      apply(entry as Entry | HooksEntry, place);
    },
    onFailure: options.onFailure,
  });
  const isNew = opening === undefined;
  const first = opening ?? options.openingEntry();
  if (isNew) apply(first, log.append(first));
  const reason = options.refusal?.(first);
  if (reason !== undefined) {
    await log.close();
    throw new Error(reason);
  }

  return {
    tables,
    hooks,
    opening: first,
    isNew,
    write: (entry) => ({ entry, hooks: apply(entry, log.append(entry)) }),
    settleHooks(done, off) {
      const entry: HooksEntry = {
        t: 'hooks',
        ...(done.length > 0 ? { done } : {}),
        ...(off.length > 0 ? { off } : {}),
      };
      apply(entry, log.append(entry));
    },
    notBeforeLast: (at) => Math.max(lastAt, at),
    flushed: () => log.flushed(),
    async close() {
      await log.close();
      unlock();
    },
  };
}

const isHooksEntry = (entry: AnyEntry): entry is HooksEntry => entry.t === 'hooks';
const isOpening = <Entry extends AnyEntry>(entry: Entry): entry is OpeningOf<Entry> => entry.t === 'open';
