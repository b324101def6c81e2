import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import type { BlobStore } from '../../platform/blobs/store';
import { addMs, businessDate, type Clock } from '../../platform/clock';
import { sqlState } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';
import { DomainError } from '../errors/errors';
import {
  beginReport,
  claimReports,
  finishReport,
  giveBackReport,
  keepReport,
  MOST_TRIES,
  notePieces,
  type ReportRun,
} from './calls';
import { findReport } from './catalogue';
import { expireReports } from './expire';
import { createSpool, deletePieces, KEY_BYTES, pieceKey, type Spool, type Written } from './file';
import { shownParameters, valuesOf } from './parameters';
import { printed, type Batches } from './print';
import { readReport } from './read';
import type { Cells, Report } from './report';
import { reportRuleOn } from './rules';
import { REPORT_KEY } from './sealed';

/**
 * Makes the reports that were asked for. A row is the work and a job only wakes it: whoever makes a report holds it by a
 * lease, and when it is killed anywhere another makes it anew. The first to finish is the one that counts.
 */
export interface ReportMaker {
  /** The reports that can be made now, to be queued. */
  due(): Promise<{ job: 'report'; id: string; driveNo: number }[]>;
  /** Makes one, if nobody else does. The error of one that failed is thrown after it was given back. */
  make(id: string, told?: (progress: ReportProgress) => void): Promise<boolean>;
  /** Files whose time is over; returns how many went. What the storage did not do is done again later. */
  expire(limit: number): Promise<number>;
  /** Ends what is being made here, to be made again by somebody else. */
  stop(): void;
}

export interface ReportProgress {
  report: string;
  rows: number;
  total: number | undefined;
}

export interface ReportMakerDependencies {
  knex: Knex;
  /** For statements that take long. */
  long: Knex;
  clock: Clock;
  cipher: FieldCipher;
  /** Without a storage nothing is made, and nothing is asked for. */
  blobs: BlobStore | undefined;
  /** Tests add their own. */
  find?: (name: string) => Report | undefined;
  /** Tests kill a process here. */
  onPoint?(point: 'begun' | 'read' | 'put'): Promise<void> | void;
  onError?(error: unknown): void;
}

const KEEP_MS = 2_000;
const RETRY_MS = 5_000;

export function createReportMaker(deps: ReportMakerDependencies): ReportMaker {
  const { knex, blobs } = deps;
  const underWay = new Set<AbortController>();
  return {
    due: async () =>
      blobs === undefined ? [] : (await claimReports(knex)).map((run) => ({ job: 'report', ...run })),
    async make(id, told) {
      const run = blobs === undefined ? undefined : await beginReport(knex, id);
      if (run === undefined) return false;
      const aborting = new AbortController();
      underWay.add(aborting);
      try {
        return await makeOne({ ...deps, blobs: blobs! }, { run, aborting, told });
      } catch (error) {
        await giveBack(deps, run, error);
        throw error;
      } finally {
        underWay.delete(aborting);
      }
    },
    expire: (limit) => (blobs === undefined ? Promise.resolve(0) : expireReports({ ...deps, blobs }, limit)),
    stop: () => {
      for (const one of underWay) one.abort();
    },
  };
}

type WithStorage = ReportMakerDependencies & { blobs: BlobStore };
interface UnderWay {
  run: ReportRun;
  aborting: AbortController;
  told: ((progress: ReportProgress) => void) | undefined;
}
interface Counted {
  done: number;
  total: number | undefined;
}

async function makeOne(deps: WithStorage, { run, aborting, told }: UnderWay): Promise<boolean> {
  const { knex, blobs, cipher } = deps;
  const counted: Counted = { done: 0, total: undefined };
  const keep = async (): Promise<void> => {
    told?.({ report: run.name, rows: counted.done, total: counted.total });
    if (!(await keepReport(knex, run, counted))) aborting.abort();
  };
  const timer = setInterval(() => {
    keep().catch((error: unknown) => deps.onError?.(error)); // tried again before the lease ends
  }, KEEP_MS);
  const key = randomBytes(KEY_BYTES);
  let spool: Spool | undefined;
  try {
    await deps.onPoint?.('begun');
    await deletePieces(blobs, { id: run.id, attemptNo: run.oldAttemptNo }, run.oldPieces);
    spool = await createSpool(run, key);
    const written = await writeAll(deps, { run, spool, counted, signal: aborting.signal });
    await deps.onPoint?.('read');
    if (!(await notePieces(knex, run, written.pieces))) return false;
    for (let piece = 0; piece < written.pieces; piece += 1) {
      aborting.signal.throwIfAborted();
      await blobs.put(pieceKey(run, piece), await spool.piece(piece));
    }
    await deps.onPoint?.('put');
    const { keepS } = await reportRuleOn(knex, businessDate(deps.clock.now()));
    const at = deps.clock.now();
    return await finishReport(knex, run, {
      ...{ rows: counted.done, bytes: written.bytes, sha256: written.sha256, at },
      expiresAt: addMs(at, keepS * 1_000),
      keySealed: cipher.sealBytes(key, REPORT_KEY.place(run.id)),
    });
  } finally {
    clearInterval(timer);
    await spool?.remove();
  }
}

async function writeAll(
  deps: WithStorage,
  { run, spool, counted, signal }: { run: ReportRun; spool: Spool; counted: Counted; signal: AbortSignal },
): Promise<Written> {
  const report = (deps.find ?? findReport)(run.name);
  if (report === undefined) throw new Error('a newer program has this report');
  const of = { report, parameters: shownParameters(run.parameters), askedAt: run.askedAt };
  await readReport(
    deps.long,
    { report, values: valuesOf(run.parameters, run.askedAt) },
    async (batches, total) => {
      counted.total = total;
      for await (const part of printed(run.form, of, counting(batches, counted, signal)))
        await spool.write(part);
    },
  );
  return spool.end();
}

async function* counting(
  batches: Batches,
  counted: Counted,
  signal: AbortSignal,
): AsyncGenerator<readonly Cells[]> {
  for await (const batch of batches) {
    signal.throwIfAborted();
    yield batch;
    counted.done += batch.length;
  }
}

/** What a rule refuses is refused again: it is given up at once. */
async function giveBack(
  { knex, clock }: ReportMakerDependencies,
  run: ReportRun,
  error: unknown,
): Promise<void> {
  const isOver = error instanceof DomainError || run.attemptNo >= MOST_TRIES;
  await giveBackReport(knex, run, {
    why: codeOf(error),
    againAfterMs: isOver ? undefined : RETRY_MS * run.attemptNo,
    at: clock.now(),
  });
}

/** Codes only: a message may hold what a page should not show. */
function codeOf(error: unknown): string {
  if (error instanceof DomainError) return error.code;
  return sqlState(error) ?? (error instanceof Error ? error.name : 'Error');
}
