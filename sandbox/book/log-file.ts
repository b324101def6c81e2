/**
 * The book on disk: one JSON line per change, only ever appended to.
 * - `append` gives a line its place at once; lines of the same moment are written together and followed by one fdatasync (group commit).
 * - `flushed()` resolves when everything appended before it is on disk. Nobody is told of a change before that.
 * - At the start each line is replayed in order. A last line without its line break, or that does not parse, is what a kill left behind: it is cut
 *   off. A bad line with others after it is damage, and stops the start.
 */
import fs from 'node:fs/promises';

const READ_CHUNK_BYTES = 1 << 20;
const NEWLINE = 0x0a;

/** Where a line lies in the file, line break not included. */
export interface LinePlace {
  offset: number;
  length: number;
}

export interface LogFile {
  append(entry: object): LinePlace;
  flushed(): Promise<void>;
  /** The parsed line at a place that `append` or the replay gave. */
  read(place: LinePlace): Promise<unknown>;
  /** Writes what is left and closes the file. */
  close(): Promise<void>;
}

export interface LogFileOptions {
  path: string;
  onLine: (entry: unknown, place: LinePlace) => void;
  /** Called once when the disk refuses a write: from then on nothing can be promised. */
  onFailure: (error: Error) => void;
}

interface Batch {
  promise: Promise<void>;
  resolve(): void;
  reject(error: Error): void;
}

/** Opens (or makes, readable by its owner only) the file, replays it, and cuts a torn last line. */
export async function openLogFile(options: LogFileOptions): Promise<LogFile> {
  const file = await fs.open(options.path, 'a+', 0o600);
  try {
    const end = await replay(file, options);
    return createAppender(file, end, options.onFailure);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Feeds each whole line to `onLine`; returns the offset at which the next line goes. */
async function replay(file: fs.FileHandle, options: LogFileOptions): Promise<number> {
  const chunk = Buffer.allocUnsafe(READ_CHUNK_BYTES);
  let carry: Buffer = Buffer.alloc(0);
  let offset = 0; // of the first byte of `carry`
  let badAt: number | undefined;
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, chunk.length, offset + carry.length);
    if (bytesRead === 0) break;
    const bytes = Buffer.concat([carry, chunk.subarray(0, bytesRead)]);
    let start = 0;
    for (let stop = bytes.indexOf(NEWLINE); stop !== -1; stop = bytes.indexOf(NEWLINE, start)) {
      if (badAt !== undefined)
        throw new Error(
          `the book ${options.path} is damaged at byte ${badAt}: a line that does not parse, with others after it`,
        );
      const entry = parse(bytes.toString('utf8', start, stop));
      if (entry === undefined) badAt = offset + start;
      else options.onLine(entry, { offset: offset + start, length: stop - start });
      start = stop + 1;
    }
    carry = bytes.subarray(start);
    offset += start;
  }
  const end = badAt ?? offset;
  if (badAt !== undefined || carry.length > 0) await file.truncate(end);
  return end;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function createAppender(file: fs.FileHandle, start: number, onFailure: (error: Error) => void): LogFile {
  let end = start; // where the next line goes
  let durableEnd = start; // everything before this is on disk
  let lines: string[] = [];
  let waiting = createBatch();
  let last: Promise<void> = Promise.resolve(); // the batch of the last line appended: batches are written in order
  let running = false;
  let failure: Error | undefined;

  async function run(): Promise<void> {
    while (lines.length > 0 && failure === undefined) {
      const batch = waiting;
      const bytes = Buffer.from(lines.join(''), 'utf8');
      const batchEnd = end;
      lines = [];
      waiting = createBatch();
      try {
        for (let done = 0; done < bytes.length;) done += (await file.write(bytes, done)).bytesWritten;
        await file.datasync();
        durableEnd = batchEnd;
        batch.resolve();
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error));
        batch.reject(failure);
        waiting.reject(failure);
        onFailure(failure);
      }
    }
    running = false;
  }

  return {
    append(entry) {
      if (failure !== undefined) throw failure;
      const line = JSON.stringify(entry);
      const place = { offset: end, length: Buffer.byteLength(line) };
      lines.push(`${line}\n`);
      end += place.length + 1;
      last = waiting.promise;
      if (!running) {
        running = true;
        setImmediate(() => {
          void run();
        }); // lets the other requests of this turn join the batch
      }
      return place;
    },
    flushed: () => last,
    async read(place) {
      if (place.offset + place.length >= durableEnd) await last;
      const bytes = Buffer.allocUnsafe(place.length);
      const { bytesRead } = await file.read(bytes, 0, place.length, place.offset);
      if (bytesRead !== place.length)
        throw new Error(`the book is shorter than it was: ${place.offset}+${place.length}`);
      return JSON.parse(bytes.toString('utf8'));
    },
    async close() {
      await last.catch(() => undefined);
      await file.close();
    },
  };
}

function createBatch(): Batch {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((ok, no) => {
    resolve = ok;
    reject = no;
  });
  promise.catch(() => undefined); // a batch that nobody waits for must not end the process on its own
  return { promise, resolve, reject };
}
