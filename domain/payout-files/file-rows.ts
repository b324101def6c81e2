import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { publicId } from '../../platform/ids';
import { paiseToJson, type Paise } from '../../platform/money';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import { publicStatus, type PublicStatus, type State } from '../lifecycle/lifecycle';
import { REVIEWED_FROM } from '../transactions/shown';
import { PAYOUT_FILE_ERRORS } from './errors';

/** By what a caller came: an API key, the session of a person, a program. */
export type CalledAs = 'key' | 'session' | 'client';
export type FileState = 'waiting' | 'released' | 'finished' | 'cancelled' | 'expired';
export type LineState = 'ready' | 'accepted' | 'refused' | 'dropped';

export interface FileRow {
  id: string;
  hash: Buffer;
  state: FileState;
  broughtBy: string;
  broughtAs: CalledAs;
  releasedBy: string | null;
  lines: number;
  amountPaise: Paise;
  readyLines: number;
  readyPaise: Paise;
  acceptedLines: number;
  acceptedPaise: Paise;
  refusedLines: number;
  releaseBy: Date;
  releasedAt: Date | null;
  createdAt: Date;
  finishedAt: Date | null;
}

const SHOWN = `id, file_hash as hash, state, brought_by as "broughtBy", brought_as as "broughtAs",
  released_by as "releasedBy", lines, amount_paise as "amountPaise", ready_lines as "readyLines",
  ready_paise as "readyPaise", accepted_lines as "acceptedLines", accepted_paise as "acceptedPaise",
  refused_lines as "refusedLines", release_by as "releaseBy", released_at as "releasedAt", created_at as "createdAt",
  finished_at as "finishedAt"`;

export interface PayoutFileView {
  id: string;
  object: 'payout_file';
  state: FileState;
  /** Of all lines, as it was told when the file was brought. */
  lines: number;
  amount: number;
  /** Not yet paid and not refused: what a release would pay. */
  ready_lines: number;
  ready_amount: number;
  /** Payouts that were made of lines. */
  accepted_lines: number;
  accepted_amount: number;
  refused_lines: number;
  release_by: string | null;
  released_at: string | null;
  created_at: string;
  finished_at: string | null;
  links: { self: string; lines: string };
}

export function fileView(row: FileRow): PayoutFileView {
  const id = publicId('payoutFile', row.id);
  const self = `/v1/payout-files/${id}`;
  return {
    id,
    object: 'payout_file',
    state: row.state,
    lines: row.lines,
    amount: paiseToJson(row.amountPaise),
    ready_lines: row.readyLines,
    ready_amount: paiseToJson(row.readyPaise),
    accepted_lines: row.acceptedLines,
    accepted_amount: paiseToJson(row.acceptedPaise),
    refused_lines: row.refusedLines,
    release_by: row.state === 'waiting' ? row.releaseBy.toISOString() : null,
    released_at: row.releasedAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
    finished_at: row.finishedAt?.toISOString() ?? null,
    links: { self, lines: `${self}/lines` },
  };
}

/** Throws DomainError PAYOUT_FILE_NOT_FOUND, for files of others too. */
export async function findFile(
  db: Knex | Knex.Transaction,
  userId: UserId,
  id: string,
  lock = '',
): Promise<FileRow> {
  const [found] = await rows<FileRow>(
    db,
    `select ${SHOWN} from payout_files where id = ? and user_id = ? ${lock}`,
    [id, userId],
  );
  if (found === undefined) throw new DomainError(PAYOUT_FILE_ERRORS.PAYOUT_FILE_NOT_FOUND);
  return found;
}

export async function findFileByKey(
  db: Knex | Knex.Transaction,
  userId: UserId,
  key: string,
): Promise<FileRow | undefined> {
  const [found] = await rows<FileRow>(
    db,
    `select ${SHOWN} from payout_files where user_id = ? and file_key = ?`,
    [userId, key],
  );
  return found;
}

/** The id of the file with these bytes that was not called off. */
export async function findSameFile(
  db: Knex | Knex.Transaction,
  userId: UserId,
  hashes: readonly Buffer[],
): Promise<string | undefined> {
  const [found] = await rows<{ id: string }>(
    db,
    `select id from payout_files
     where user_id = ? and file_hash = any(?::bytea[]) and state not in ('cancelled', 'expired')`,
    [userId, hashes],
  );
  return found?.id;
}

/** The newest first. */
export function listFiles(
  lists: Knex,
  userId: UserId,
  { before, most }: { before: string; most: number },
): Promise<FileRow[]> {
  return rows<FileRow>(
    lists,
    `select ${SHOWN} from payout_files where user_id = ? and id < ?::uuid order by id desc limit ?`,
    [userId, before, most],
  );
}

export interface PayoutFileLineView {
  object: 'payout_file_line';
  line: number;
  state: LineState;
  reference: string | null;
  amount: number | null;
  /** The payout that it became, and how that stands. */
  transaction: string | null;
  status: PublicStatus | null;
  utr: string | null;
  /** Why it was refused. */
  code: string | null;
  reason: string | null;
}

interface LineRow {
  line: number;
  state: LineState;
  reference: string | null;
  amountPaise: Paise | null;
  transactionId: string | null;
  movedTo: State | null;
  reviewedFrom: State | null;
  utr: string | null;
  code: string | null;
  reason: string | null;
}

/** In the order of the file. */
export async function listLines(
  lists: Knex,
  fileId: string,
  { state, after, most }: { state: LineState | undefined; after: number; most: number },
): Promise<PayoutFileLineView[]> {
  const found = await rows<LineRow>(
    lists,
    `select l.line, l.state, l.reference, l.amount_paise as "amountPaise", l.transaction_id as "transactionId",
       transactions.state as "movedTo", case when transactions.state = 'in_review' then ${REVIEWED_FROM} end as "reviewedFrom",
       transactions.utr, l.code, l.reason
     from payout_file_lines l left join transactions on transactions.id = l.transaction_id
     where l.file_id = :fileId and l.line > :after and (:state::text is null or l.state = :state)
     order by l.line limit :most`,
    { fileId, after, state: state ?? null, most },
  );
  return found.map((row): PayoutFileLineView => ({
    object: 'payout_file_line',
    line: row.line,
    state: row.state,
    reference: row.reference,
    amount: row.amountPaise === null ? null : paiseToJson(row.amountPaise),
    transaction: row.transactionId === null ? null : publicId('transaction', row.transactionId),
    status: row.movedTo === null ? null : publicStatus(row.movedTo, row.reviewedFrom),
    utr: row.utr,
    code: row.code,
    reason: row.reason,
  }));
}
