import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { copyIn, copyLine } from '../../platform/copy';
import { execute, rows, sqlState } from '../../platform/database';
import { scrub } from '../../platform/scrub';
import { DomainError } from '../errors/errors';
import { RECONCILIATION_ERRORS } from './errors';
import {
  UnreadableLine,
  type FileFacts,
  type LineFormat,
  type ReportFormat,
  type ReportLine,
} from './format';
import { mergeStaged, type Merged } from './merge';
import { lockSource, readSource, type Formats, type Source } from './sources';
import { COPY_LINES, LINE_STAGING, PLAIN, RAW, tableStaging, type Staging } from './staging';
import { stageTable, type StagedTable } from './stage-table';

export interface ImportFile {
  source: string;
  /** Whose day it is, `2026-11-28`. */
  businessDate: string;
  /** For people; what looks like an account number in it is not kept. */
  name: string;
  open(): AsyncIterable<Buffer>;
}

export interface Imported extends Merged {
  /** The very bytes were imported before; nothing was done. */
  isKnownFile: boolean;
  rowCount: number;
  /** Among those of its source. */
  fileNo: number;
}

export interface ImportDependencies {
  knex: Knex;
  clock: Clock;
  formats: Formats;
}

/**
 * Imports a report or a statement: streamed from the file into temporary tables, judged there, and merged into the rows
 * of its source, all in one database transaction. What was imported before is known again by its bytes and by its lines.
 * Throws DomainError RECON_SOURCE_UNKNOWN, RECON_FILE_REFUSED with line and reason; then nothing is imported.
 */
export async function importFile(deps: ImportDependencies, file: ImportFile): Promise<Imported> {
  const source = await readSource(deps.knex, file.source);
  try {
    return await deps.knex.transaction((trx) => importIn(trx, deps, source, file));
  } catch (error) {
    throw refusalOf(error);
  }
}

const NOTHING = { isKnownFile: true, rowCount: 0, newCount: 0, knownCount: 0, restatedCount: 0 };
const MAX_NAME = 200;

async function importIn(
  trx: Knex.Transaction,
  { clock, formats }: ImportDependencies,
  source: Source,
  file: ImportFile,
): Promise<Imported> {
  await lockSource(trx, source.id);
  const format = formats[source.format];
  if (format === undefined) throw new DomainError('INTERNAL_ERROR', { detail: `no format ${source.format}` });
  const hash = createHash('sha256');
  const bytes = hashed(file.open(), hash);
  const facts: FileFacts = {};
  const { staging, total } = await stage(trx, { format, mapping: source.mapping, facts }, bytes);
  const digest = hash.digest();
  const known = await knownFileNo(trx, source, digest);
  if (known !== undefined) return { ...NOTHING, fileNo: known };
  await requireAccount(trx, source, facts);
  await judge(trx, staging);
  const fileNo = await nextFileNo(trx, source);
  const merged = await mergeStaged(trx, { source, staging, fileNo, total });
  const rowCount = merged.newCount + merged.knownCount;
  await execute(
    trx,
    `insert into recon_files (source_id, file_no, business_date, name, content_digest, row_count, new_count, known_count,
      restated_count, opening_paise, closing_paise, imported_at)
    values (:source, :fileNo, :businessDate, :name, :digest, :rowCount, :newCount, :knownCount, :restatedCount,
      :openingPaise, :closingPaise, :at)`,
    {
      ...{ source: source.id, fileNo, digest, rowCount, ...merged },
      ...{ businessDate: file.businessDate, name: scrub(file.name).slice(0, MAX_NAME), at: clock.now() },
      ...{ openingPaise: facts.openingPaise ?? null, closingPaise: facts.closingPaise ?? null },
    },
  );
  await execute(trx, `drop table if exists ${RAW}, ${PLAIN}`);
  return { isKnownFile: false, rowCount, fileNo, ...merged };
}

interface Reading {
  format: ReportFormat;
  mapping: unknown;
  facts: FileFacts;
}

async function stage(
  trx: Knex.Transaction,
  { format, mapping, facts }: Reading,
  bytes: AsyncIterable<Buffer>,
): Promise<StagedTable> {
  const staging = format.kind === 'table' ? tableStaging(format) : LINE_STAGING;
  await execute(trx, staging.create);
  if (format.kind === 'table') return stageTable(trx, { format, staging }, withoutMark(bytes));
  return { staging, total: await copyIn(trx, COPY_LINES, linesOf(format, bytes, mapping, facts)) };
}

async function* hashed(
  bytes: AsyncIterable<Buffer>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

async function* withoutMark(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isFirst = true;
  for await (const chunk of bytes) {
    yield isFirst && chunk.subarray(0, 3).equals(BYTE_ORDER_MARK) ? chunk.subarray(3) : chunk;
    isFirst = false;
  }
}

const BATCH = 256;

async function* linesOf(
  format: LineFormat,
  bytes: AsyncIterable<Buffer>,
  mapping: unknown,
  facts: FileFacts,
): AsyncGenerator<string> {
  const reader = format.read(bytes, mapping);
  let text = '';
  let inText = 0;
  for (;;) {
    const next = await reader.next();
    if (next.done === true) {
      Object.assign(facts, next.value);
      break;
    }
    text += textOf(next.value);
    inText += 1;
    if (inText < BATCH) continue;
    yield text;
    text = '';
    inText = 0;
  }
  if (text !== '') yield text;
}

/** In the order of the canonical columns. */
function textOf(line: ReportLine): string {
  return copyLine([
    ...[line.lineNo, line.key, line.part, line.kind, line.happenedOn],
    ...[line.providerReference, line.ourReference, line.utr, null, line.amountPaise, line.feePaise],
    ...[null, null, line.balancePaise, line.part === 'credit' || line.part === 'return' ? 't' : 'f'],
    line.statusWord,
  ]);
}

async function knownFileNo(
  trx: Knex.Transaction,
  { id }: Source,
  digest: Buffer,
): Promise<number | undefined> {
  const found = await rows<{ fileNo: number }>(
    trx,
    'select file_no as "fileNo" from recon_files where source_id = ? and content_digest = ?',
    [id, digest],
  );
  return found[0]?.fileNo;
}

async function nextFileNo(trx: Knex.Transaction, { id }: Source): Promise<number> {
  const [last] = await rows<{ fileNo: number }>(
    trx,
    'select coalesce(max(file_no), 0) + 1 as "fileNo" from recon_files where source_id = ?',
    [id],
  );
  return last!.fileNo;
}

/** A statement of another account is refused; the first file that names one says which it is. */
async function requireAccount(trx: Knex.Transaction, source: Source, { account }: FileFacts): Promise<void> {
  if (account === undefined || account === '') return;
  const digest = createHash('sha256')
    .update(account.toUpperCase().replaceAll(/[^A-Z0-9]/g, ''))
    .digest();
  if (source.accountDigest === null) {
    await execute(trx, 'update recon_sources set account_digest = ? where id = ?', [digest, source.id]);
    return;
  }
  if (!source.accountDigest.equals(digest))
    throw new UnreadableLine(1, 'it is of another account than the source');
}

async function judge(trx: Knex.Transaction, { judge: sql }: Staging): Promise<void> {
  const [bad] = await rows<{ lineNo: number; reason: string }>(trx, sql);
  if (bad !== undefined) throw new UnreadableLine(bad.lineNo, bad.reason);
}

/** What PostgreSQL says of a file that it cannot read: by its own codes, and without the value. */
const COPY_FAULTS: Readonly<Record<string, string>> = {
  '22P02': 'is not a number',
  '22P04': 'does not have the columns of this format',
  '22003': 'is too large a number',
  '22007': 'is no date',
  '22008': 'is no day of the calendar',
  '22021': 'is not UTF-8',
};

function refusalOf(error: unknown): unknown {
  if (error instanceof UnreadableLine) return refused(error.message, error);
  if (error instanceof RangeError) return refused(error.message, error);
  const fault = COPY_FAULTS[sqlState(error) ?? ''];
  if (fault === undefined) return error;
  const { where = '', message = '' } = error as { where?: string; message?: string };
  const at = /line (\d+)(?:, column ([\w#]+))?/.exec(where);
  const expected = /expected "([^"]+)"/.exec(message);
  const column = at?.[2] === undefined ? 'it' : at[2];
  const header = expected === null ? '' : `: its header should have ${expected[1]}`;
  return refused(`line ${at?.[1] ?? '1'}: ${column} ${fault}${header}`, error);
}

function refused(detail: string, cause: unknown): DomainError {
  return new DomainError(RECONCILIATION_ERRORS.RECON_FILE_REFUSED, { detail, cause });
}
