import { setImmediate as breathe } from 'node:timers/promises';
import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { isDigestOf, type FieldCipher, type KeyedDigest } from '../../platform/encryption';
import { publicId, type Ids } from '../../platform/ids';
import { formatRupees, type Paise } from '../../platform/money';
import { mapPage, pageOf, type Page, type PageRequest } from '../../platform/page';
import { insertAll, insertOne, int4, int8, table, text, updateWhere, uuid } from '../../platform/sql';
import { recordAudit } from '../audit/audit';
import { requireService, type Caller } from '../auth/api-keys';
import type { Cursors } from '../errors/cursor';
import { DomainError } from '../errors/errors';
import type { LineRefusal } from '../errors/line-refusal';
import type { UserId } from '../ids/ids';
import type { AcceptPayouts } from '../payouts/accept';
import { quotePayout, type AskedPayout } from '../payouts/payout';
import type { Policies } from '../policies/policies';
import { PAYOUT_FILE_ERRORS } from './errors';
import {
  fileView,
  findFile,
  findFileByKey,
  findSameFile,
  listFiles,
  listLines,
  type CalledAs,
  type FileRow,
  type LineState,
  type PayoutFileLineView,
  type PayoutFileView,
} from './file-rows';
import { dropLines, expireFiles, keptLine, workOnFile, type WorkedOn } from './file-work';
import { PAYOUT_FILE_LINE } from './sealed';

export type { PayoutFileLineView, PayoutFileView } from './file-rows';

/** A line as it was read: a payout, or why it is none. Both are told where they are known. */
export interface FileLine {
  /** Where it ends in the file. */
  line: number;
  reference: string | null;
  amountPaise: Paise | null;
  asked: AskedPayout | LineRefusal;
}
export interface ReadFile {
  /** As the file is told from others. */
  text: string;
  lines: readonly FileLine[];
}
/** What whoever brings or releases a file says is in it. Paise. */
export interface Totals {
  lines: number;
  amountPaise: Paise;
}

/**
 * Many payouts from a file. One caller brings it: it is stored whole, each line is checked, and nothing is paid. Another
 * releases it, saying how much. A loop makes a payout of each line then, as `POST /v1/payouts` does; a line that is begun
 * twice is one payout, since its key is its place in the file, and a reference is paid once however often it is brought.
 */
export interface PayoutFiles {
  /**
   * Throws DomainError SERVICE_NOT_ACTIVE, PAYOUT_FILE_TOTALS_DIFFER, PAYOUT_FILE_KNOWN, IDEMPOTENCY_KEY_REUSED,
   * PRICE_NOT_FOUND.
   */
  bring(
    caller: Caller,
    key: string,
    file: ReadFile & { totals: Totals },
  ): Promise<{ view: PayoutFileView; replayed: boolean }>;
  /** The newest first. Throws DomainError LIST_TOO_SLOW. */
  list(userId: UserId, page: PageRequest): Promise<Page<PayoutFileView>>;
  /** Throws DomainError PAYOUT_FILE_NOT_FOUND. */
  get(userId: UserId, id: string): Promise<PayoutFileView>;
  /** In the order of the file. Throws DomainError PAYOUT_FILE_NOT_FOUND, LIST_TOO_SLOW. */
  lines(
    userId: UserId,
    id: string,
    filter: { state?: LineState },
    page: PageRequest,
  ): Promise<Page<PayoutFileLineView>>;
  /**
   * Lets the lines that are ready be paid; by the same caller again it is the same. Throws DomainError
   * PAYOUT_FILE_NOT_FOUND, PAYOUT_FILE_OWN, PAYOUT_FILE_OVER, PAYOUT_FILE_TOTALS_DIFFER, SERVICE_NOT_ACTIVE.
   */
  release(caller: Caller, id: string, totals: Totals): Promise<PayoutFileView>;
  /** Nothing of it is paid; again it is the same. Throws DomainError PAYOUT_FILE_NOT_FOUND, PAYOUT_FILE_OVER. */
  cancel(caller: Caller, id: string): Promise<PayoutFileView>;
  /** Makes payouts of some lines; returns them, and whether there is more to do. Safe to run twice at once. */
  work(): Promise<WorkedOn>;
  /** Drops what nobody released in time; returns how many files. */
  expire(): Promise<number>;
}

export interface PayoutFileDependencies {
  knex: Knex;
  lists: Knex;
  clock: Clock;
  ids: Ids;
  cipher: FieldCipher;
  digest: KeyedDigest;
  cursors: Cursors;
  policies: Policies;
  acceptPayouts: Pick<AcceptPayouts, 'accept'>;
  onPoint?(point: 'paid'): Promise<void> | void;
}

/** Whoever releases has so long; the digits of accounts are not kept for longer. */
const RELEASE_WITHIN_MS = 7 * 24 * 60 * 60_000;
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const {
  PAYOUT_FILE_KNOWN,
  PAYOUT_FILE_OVER,
  PAYOUT_FILE_OWN,
  PAYOUT_FILE_REFERENCE_TWICE,
  PAYOUT_FILE_TOTALS_DIFFER,
} = PAYOUT_FILE_ERRORS;

export function createPayoutFiles(deps: PayoutFileDependencies): PayoutFiles {
  const { knex, lists, cursors } = deps;
  return {
    bring: (caller, key, file) => bring(deps, caller, key, file),
    async list(userId, { limit, cursor }) {
      const { decode, encode } = cursors.of(JSON.stringify(['payout files', userId]));
      const before = decode(cursor) ?? LAST_ID;
      const found = await listFiles(lists, userId, { before, most: limit + 1 });
      return mapPage(
        pageOf(found, limit, (last) => encode(last.id)),
        fileView,
      );
    },
    async get(userId, id) {
      return fileView(await findFile(knex, userId, id));
    },
    async lines(userId, id, { state }, { limit, cursor }) {
      await findFile(knex, userId, id);
      const { decode, encode } = cursors.of(JSON.stringify(['payout file', userId, id, state ?? null]));
      const after = Number(decode(cursor) ?? 0);
      const found = await listLines(lists, id, { state, after, most: limit + 1 });
      return pageOf(found, limit, (last) => encode(String(last.line)));
    },
    release: (caller, id, totals) => release(deps, caller, id, totals),
    cancel: (caller, id) => cancel(deps, caller, id),
    work: () => workOnFile(deps),
    expire: () => expireFiles(deps),
  };
}

interface KeptLine {
  id: string;
  fileId: string;
  line: FileLine;
  sealed: string | null;
}
const refusalOf = ({ asked }: FileLine): LineRefusal | undefined => ('code' in asked ? asked : undefined);

const LINES = table<KeptLine>('payout_file_lines', {
  id: uuid((l) => l.id),
  file_id: uuid((l) => l.fileId),
  line: int4((l) => l.line.line),
  state: text((l) => (refusalOf(l.line) === undefined ? 'ready' : 'refused')),
  reference: text((l) => l.line.reference),
  amount_paise: int8((l) => l.line.amountPaise),
  given_sealed: text((l) => l.sealed),
  code: text((l) => refusalOf(l.line)?.code),
  reason: text((l) => refusalOf(l.line)?.reason),
});

async function bring(
  deps: PayoutFileDependencies,
  caller: Caller,
  key: string,
  { text: file, lines, totals }: ReadFile & { totals: Totals },
): Promise<{ view: PayoutFileView; replayed: boolean }> {
  const { knex, digest, ids } = deps;
  const hashes = digest.every('payout file', file);
  const first = await findFileByKey(knex, caller.userId, key);
  if (first !== undefined) return replay(first, hashes);
  requireService(caller, 'payout');
  requireTotals(lines, totals);
  const id = ids.uuid();
  const kept = await keptLines(deps, { userId: caller.userId, fileId: id }, lines);
  await knex.transaction(async (trx) => {
    const isNew = await insertFile(trx, deps, { id, caller, key, hash: hashes[0]!, kept, totals });
    if (!isNew) return; // the same request at the same instant, or the same file
    await insertAll(trx, LINES, kept);
    await audit(trx, deps, caller, { action: 'payout_file.bring', id, detail: told(totals) });
  });
  const stored = await findFileByKey(knex, caller.userId, key);
  if (stored !== undefined) return { ...replay(stored, hashes), replayed: stored.id !== id };
  throw await known(deps, caller.userId, hashes);
}

async function known(
  { knex }: PayoutFileDependencies,
  userId: UserId,
  hashes: readonly Buffer[],
): Promise<DomainError> {
  const id = await findSameFile(knex, userId, hashes);
  const detail = id === undefined ? {} : { detail: `it is ${publicId('payoutFile', id)}` };
  return new DomainError(PAYOUT_FILE_KNOWN, detail);
}

function replay(stored: FileRow, hashes: readonly Buffer[]): { view: PayoutFileView; replayed: true } {
  if (isDigestOf(stored.hash, hashes)) return { view: fileView(stored), replayed: true };
  throw new DomainError('IDEMPOTENCY_KEY_REUSED', {
    detail: 'this Idempotency-Key was used for another file; use a fresh key for a new one',
  });
}

/** Lines whose amount cannot be read are refused by themselves, and stand in no sum. */
function requireTotals(lines: readonly FileLine[], totals: Totals): void {
  const sum = lines.reduce((total, { amountPaise }) => total + (amountPaise ?? 0n), 0n);
  const isSumKnown = lines.every(({ amountPaise }) => amountPaise !== null);
  const fits = isSumKnown ? sum === totals.amountPaise : sum < totals.amountPaise;
  if (lines.length === totals.lines && fits) return;
  const of = isSumKnown ? formatRupees(sum) : `${formatRupees(sum)} and amounts that cannot be read`;
  throw new DomainError(PAYOUT_FILE_TOTALS_DIFFER, { detail: `the file has ${lines.length} lines of ${of}` });
}

/** Lines that are checked and sealed before other requests get their turn. */
const AT_ONCE = 100;

/** Each is priced, so that what cannot be paid is told before anybody releases it, and sealed. */
async function keptLines(
  deps: PayoutFileDependencies,
  { userId, fileId }: { userId: UserId; fileId: string },
  lines: readonly FileLine[],
): Promise<KeptLine[]> {
  const seen = new Set<string>();
  const kept: KeptLine[] = [];
  for (const [i, line] of lines.entries()) {
    if (i % AT_ONCE === AT_ONCE - 1) await breathe();
    const id = deps.ids.uuid();
    const refused = refusalOf(line) ?? whyNot(deps, { userId, seen }, line);
    if (refused === undefined) seen.add(line.reference!);
    const asked = refused ?? line.asked;
    const sealed = 'code' in asked ? null : deps.cipher.seal(keptLine(asked), PAYOUT_FILE_LINE.place(id));
    kept.push({ id, fileId, line: { ...line, asked }, sealed });
  }
  return kept;
}

/** Of one that names its beneficiary no more than the form is checked: the rest when it is paid. */
function whyNot(
  deps: PayoutFileDependencies,
  { userId, seen }: { userId: UserId; seen: ReadonlySet<string> },
  { asked, reference }: FileLine,
): LineRefusal | undefined {
  try {
    if (seen.has(reference!)) throw new DomainError(PAYOUT_FILE_REFERENCE_TWICE);
    if (!('code' in asked) && !('id' in asked.beneficiary))
      quotePayout({ ...asked, beneficiary: asked.beneficiary }, userId, deps);
    return undefined;
  } catch (error) {
    // what would be right in a moment is said of the file, and refuses no line
    if (!(error instanceof DomainError) || error.retryable) throw error;
    return { code: error.code, reason: error.detail };
  }
}

const calledAs = ({ by }: Caller): CalledAs => by ?? 'key';

/** False when the key is taken, or the file is there. One whose lines are all refused is finished as it comes. */
async function insertFile(
  trx: Knex.Transaction,
  { clock }: PayoutFileDependencies,
  one: { id: string; caller: Caller; key: string; hash: Buffer; kept: readonly KeptLine[]; totals: Totals },
): Promise<boolean> {
  const now = clock.now();
  const ready = one.kept.filter(({ sealed }) => sealed !== null);
  const inserted = await insertOne(
    trx,
    'payout_files',
    {
      id: one.id,
      user_id: one.caller.userId,
      file_key: one.key,
      file_hash: one.hash,
      state: ready.length === 0 ? 'finished' : 'waiting',
      brought_by: one.caller.keyId,
      brought_as: calledAs(one.caller),
      lines: one.kept.length,
      amount_paise: one.totals.amountPaise,
      ready_lines: ready.length,
      ready_paise: ready.reduce((sum, { line }) => sum + line.amountPaise!, 0n),
      refused_lines: one.kept.length - ready.length,
      release_by: addMs(now, RELEASE_WITHIN_MS),
      created_at: now,
      finished_at: ready.length === 0 ? now : null,
    },
    'on conflict do nothing',
  );
  return inserted === 1;
}

async function release(
  deps: PayoutFileDependencies,
  caller: Caller,
  id: string,
  totals: Totals,
): Promise<PayoutFileView> {
  requireService(caller, 'payout');
  const as = calledAs(caller);
  const now = deps.clock.now();
  await deps.knex.transaction(async (trx) => {
    const file = await findFile(trx, caller.userId, id, 'for update');
    if (file.releasedBy === caller.keyId) return; // the same release again
    if (file.state !== 'waiting' || file.releaseBy <= now) throw new DomainError(PAYOUT_FILE_OVER);
    if (file.broughtBy === caller.keyId || (file.broughtAs === 'session' && as === 'session'))
      throw new DomainError(PAYOUT_FILE_OWN);
    if (file.readyLines !== totals.lines || file.readyPaise !== totals.amountPaise)
      throw new DomainError(PAYOUT_FILE_TOTALS_DIFFER, {
        detail: `${file.readyLines} lines of ${formatRupees(file.readyPaise)} are ready`,
      });
    const set = {
      state: 'released',
      released_by: caller.keyId,
      released_as: as,
      released_at: now,
    };
    await updateWhere(trx, 'payout_files', set, { id });
    await audit(trx, deps, caller, { action: 'payout_file.release', id, detail: told(totals) });
  });
  return fileView(await findFile(deps.knex, caller.userId, id));
}

async function cancel(deps: PayoutFileDependencies, caller: Caller, id: string): Promise<PayoutFileView> {
  await deps.knex.transaction(async (trx) => {
    const { state } = await findFile(trx, caller.userId, id, 'for update');
    if (state === 'cancelled') return;
    if (state !== 'waiting') throw new DomainError(PAYOUT_FILE_OVER);
    await dropLines(trx, [id], { state: 'cancelled', now: deps.clock.now() });
    await audit(trx, deps, caller, { action: 'payout_file.cancel', id });
  });
  return fileView(await findFile(deps.knex, caller.userId, id));
}

const told = ({ lines, amountPaise }: Totals): Record<string, string> => ({
  lines: String(lines),
  paise: String(amountPaise),
});

function audit(
  trx: Knex.Transaction,
  { clock }: PayoutFileDependencies,
  caller: Caller,
  { id, ...entry }: { action: string; id: string; detail?: Record<string, string> },
): Promise<void> {
  return recordAudit(trx, {
    at: clock.now(),
    actor: caller.userId,
    subject: `payout_file:${id}`,
    outcome: 'succeeded',
    ...entry,
    detail: { ...entry.detail, by: `${calledAs(caller)} ${caller.keyId}` },
  });
}
