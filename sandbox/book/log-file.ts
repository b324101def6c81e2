/**
 * The book on disk: one JSON line per change, only ever appended.
 * - `append` assigns a line its place at once. Lines appended in the same turn are written together, followed
 *   by one fdatasync (group commit).
 * - `flushed()` resolves when everything appended before it is on disk. Nothing is answered or sent before
 *   that.
 * - On start each line is replayed in order. A last line that is incomplete was left by a kill and is cut
 *   off. An unreadable line with others after it means damage, and the start fails.
 */
import fs from 'node:fs/promises';

const READ_CHUNK_BYTES = 1 << 20;
const NEWLINE = 0x0a;

/** The place of a line in the file, without its line break. */
export interface LinePlace {
  offset: number;
  length: number;
}

export interface LogFile {
  append(entry: object): LinePlace;
  flushed(): Promise<void>;
  /** Reads and parses the line at a place that `append` or the replay returned. */
  read(place: LinePlace): Promise<unknown>;
  /** Writes what is pending and closes the file. */
  close(): Promise<void>;
}

export interface LogFileOptions {
  path: string;
  onLine: (entry: unknown, place: LinePlace) => void;
  /** Called once when the disk refuses a write. After that no line can be written. */
  onFailure: (error: Error) => void;
}

interface Batch {
  promise: Promise<void>;
  resolve(): void;
  reject(error: Error): void;
}

/**
 * Opens the file (or creates it, readable by its owner only), replays it and cuts off an incomplete last
 * line.
 */
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

/** Passes each complete line to `onLine` and returns the offset of the next line to be written. */
async function replay(file: fs.FileHandle, options: LogFileOptions): Promise<number> {
  const chunk = Buffer.allocUnsafe(READ_CHUNK_BYTES);
  let carry: Buffer = Buffer.alloc(0);
  let offset = 0; // offset of the first byte of `carry`
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
  let end = start; // offset of the next line
  let durableEnd = start; // everything before this is on disk
  let lines: string[] = [];
  let waiting = createBatch();
  let last: Promise<void> = Promise.resolve(); // the batch of the last line that was appended
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
        }); // lets other requests of this turn join the batch
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
  promise.catch(() => undefined); // a failed batch that nobody awaits must not end the process
  return { promise, resolve, reject };
}
