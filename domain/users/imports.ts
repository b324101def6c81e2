import type { Knex } from 'knex';
import type { UserId } from '../ids/ids';
import { addMs } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { isDigestOf } from '../../platform/encryption';
import { publicId } from '../../platform/ids';
import { pageOf, type Page, type PageRequest } from '../../platform/page';
import { insertAll, insertOne, int4, table, text, uuid } from '../../platform/sql';
import { recordAudit } from '../audit/audit';
import { AUTH_ERRORS } from '../auth/errors';
import type { Cursors } from '../errors/cursor';
import { DomainError } from '../errors/errors';
import { lineRefusal, type LineRefusal } from '../errors/line-refusal';
import { findByMobile } from './directory';
import { USER_ERRORS } from './errors';
import { registerUser, type Registration, type RegistrationDependencies } from './registration';
import { IMPORT_ROW } from './sealed';

/** A line of a file: what it says of a new user, or why it cannot be one. */
export type ImportLine = { line: number } & ({ given: ImportedUser } | { refusal: LineRefusal });
/** The user above may be named by a number, since it may stand in the same file. */
export type ImportedUser = Omit<Registration, 'parent'> & { parent?: { id: UserId } | { mobile: string } };

export interface ImportView {
  id: string;
  object: 'user_import';
  state: 'waiting' | 'finished';
  total: number;
  accepted: number;
  refused: number;
  created_at: string;
  finished_at: string | null;
}
export interface ImportRowView {
  object: 'user_import_row';
  line: number;
  state: 'waiting' | 'accepted' | 'refused';
  user: string | null;
  code: string | null;
  reason: string | null;
}

/**
 * Many users at once, from a file. It is stored whole and answered at once; a loop registers its users line by line,
 * in their order, each as `POST /v1/users` does. A line that was begun twice makes one user: its key is its place in
 * the file.
 */
export interface UserImports {
  /** Throws DomainError IDEMPOTENCY_KEY_REUSED. */
  begin(
    top: UserId,
    key: string,
    file: { text: string; lines: readonly ImportLine[] },
  ): Promise<{ view: ImportView; replayed: boolean }>;
  /** Throws DomainError IMPORT_NOT_FOUND. */
  get(top: UserId, id: string): Promise<ImportView>;
  /** In the order of the file. Throws DomainError IMPORT_NOT_FOUND. */
  rows(
    top: UserId,
    id: string,
    filter: { state?: ImportRowView['state'] },
    page: PageRequest,
  ): Promise<Page<ImportRowView>>;
  /** Registers some of the users that wait; returns whether there are more. Safe to run twice at once. */
  work(): Promise<boolean>;
}

type Dependencies = RegistrationDependencies & { lists: Knex; cursors: Cursors };

export function createUserImports(deps: Dependencies): UserImports {
  return {
    begin: (top, key, file) => begin(deps, top, key, file),
    async get(top, id) {
      return view(await find(deps.knex, top, id));
    },
    rows: (top, id, filter, page) => listRows(deps, top, id, { ...filter, ...page }),
    work: () => work(deps),
  };
}

interface ImportRow {
  id: string;
  hash: Buffer;
  state: ImportView['state'];
  total: number;
  accepted: number;
  refused: number;
  createdAt: Date;
  finishedAt: Date | null;
}
const SHOWN = `id, import_hash as hash, state, total, accepted, refused, created_at as "createdAt",
  finished_at as "finishedAt"`;

const ROWS = table<ImportLine & { id: string; importId: string; sealed: string | null }>('user_import_rows', {
  id: uuid((r) => r.id),
  import_id: uuid((r) => r.importId),
  line: int4((r) => r.line),
  state: text((r) => ('given' in r ? 'waiting' : 'refused')),
  given_sealed: text((r) => r.sealed),
  code: text((r) => ('given' in r ? null : r.refusal.code)),
  reason: text((r) => ('given' in r ? null : r.refusal.reason)),
});

async function begin(
  deps: Dependencies,
  top: UserId,
  key: string,
  { text: file, lines }: { text: string; lines: readonly ImportLine[] },
): Promise<{ view: ImportView; replayed: boolean }> {
  const hashes = deps.digest.every('user import', file);
  const first = await findByKey(deps.knex, top, key, hashes);
  if (first !== undefined) return { view: view(first), replayed: true };
  const id = deps.ids.uuid();
  await deps.knex.transaction(async (trx) => {
    const isNew = await insertImport(trx, deps, { id, top, key, hash: hashes[0]!, lines });
    if (!isNew) return; // the same request at the same instant
    await insertAll(
      trx,
      ROWS,
      lines.map((line) => sealedLine(deps, id, line)),
    );
    await recordAudit(trx, {
      at: deps.clock.now(),
      actor: top,
      action: 'user.import',
      subject: `import:${id}`,
      outcome: 'succeeded',
      detail: { lines: String(lines.length) },
    });
  });
  const stored = (await findByKey(deps.knex, top, key, hashes))!;
  return { view: view(stored), replayed: stored.id !== id };
}

function sealedLine(
  { ids, cipher }: Dependencies,
  importId: string,
  line: ImportLine,
): ImportLine & { id: string; importId: string; sealed: string | null } {
  const id = ids.uuid();
  const sealed = 'given' in line ? cipher.seal(JSON.stringify(line.given), IMPORT_ROW.place(id)) : null;
  return { ...line, id, importId, sealed };
}

/** False when the key is taken. One whose lines are all refused is finished as it comes. */
async function insertImport(
  trx: Knex.Transaction,
  { clock }: Dependencies,
  one: { id: string; top: UserId; key: string; hash: Buffer; lines: readonly ImportLine[] },
): Promise<boolean> {
  const now = clock.now();
  const refused = one.lines.filter((line) => !('given' in line)).length;
  const isFinished = refused === one.lines.length;
  const inserted = await insertOne(
    trx,
    'user_imports',
    {
      id: one.id,
      user_id: one.top,
      import_key: one.key,
      import_hash: one.hash,
      state: isFinished ? 'finished' : 'waiting',
      total: one.lines.length,
      refused,
      created_at: now,
      finished_at: isFinished ? now : null,
    },
    'on conflict (user_id, import_key) do nothing',
  );
  return inserted === 1;
}

async function findByKey(
  knex: Knex,
  top: UserId,
  key: string,
  hashes: readonly Buffer[],
): Promise<ImportRow | undefined> {
  const [found] = await rows<ImportRow>(
    knex,
    `select ${SHOWN} from user_imports where user_id = ? and import_key = ?`,
    [top, key],
  );
  if (found === undefined || isDigestOf(found.hash, hashes)) return found;
  throw new DomainError('IDEMPOTENCY_KEY_REUSED', {
    detail: 'this Idempotency-Key was used for another file; use a fresh key for a new one',
  });
}

async function find(knex: Knex, top: UserId, id: string): Promise<ImportRow> {
  const [found] = await rows<ImportRow>(
    knex,
    `select ${SHOWN} from user_imports where id = ? and user_id = ?`,
    [id, top],
  );
  if (found === undefined) throw new DomainError(USER_ERRORS.IMPORT_NOT_FOUND);
  return found;
}

async function listRows(
  { knex, lists, cursors }: Dependencies,
  top: UserId,
  id: string,
  { state, limit, cursor }: { state?: ImportRowView['state'] } & PageRequest,
): Promise<Page<ImportRowView>> {
  await find(knex, top, id);
  const { decode, encode } = cursors.of(JSON.stringify(['user import', top, id, state ?? null]));
  const found = await rows<Omit<ImportRowView, 'object'>>(
    lists,
    `select line, state, user_id::text as user, code, reason from user_import_rows
     where import_id = :id and line > :after and (:state::text is null or state = :state)
     order by line limit :most`,
    { id, after: Number(decode(cursor) ?? 0), state: state ?? null, most: limit + 1 },
  );
  const shown = found.map((row): ImportRowView => ({
    object: 'user_import_row',
    ...row,
    user: row.user === null ? null : publicId('user', row.user),
  }));
  return pageOf(shown, limit, (last) => encode(String(last.line)));
}

/** Many times what as many lines take. */
const CLAIMED_MS = 60_000;
const LINES_OF_A_ROUND = 50;
/** Where all lines of a round have to wait, the file has its next round so much later. */
const AGAIN_MS = 10_000;

interface Claimed {
  id: string;
  top: UserId;
}
interface WaitingRow {
  id: string;
  line: number;
  sealed: string;
}

async function work(deps: Dependencies): Promise<boolean> {
  const { knex, clock } = deps;
  const now = clock.now();
  // the one that has waited longest, so that a large file does not hold up a small one
  const [claimed] = await rows<Claimed>(
    knex,
    `update user_imports set claimed_until = :until
     where id = (select id from user_imports where state = 'waiting' and (claimed_until is null or claimed_until <= :now)
       order by claimed_until nulls first, id limit 1 for update skip locked)
     returning id, user_id as top`,
    { now, until: addMs(now, CLAIMED_MS) },
  );
  if (claimed === undefined) return false;
  const waiting = await rows<WaitingRow>(
    knex,
    `select id, line, given_sealed as sealed from user_import_rows where import_id = ? and state = 'waiting'
     order by line limit ?`,
    [claimed.id, LINES_OF_A_ROUND],
  );
  let ended = 0;
  for (const row of waiting) ended += Number(await workOn(deps, claimed, row));
  const roundEndedAt = clock.now();
  await execute(
    knex,
    `update user_imports set claimed_until = :until,
       state = case when accepted + refused = total then 'finished' else state end,
       finished_at = case when accepted + refused = total then :now else finished_at end
     where id = :id and state = 'waiting'`,
    { id: claimed.id, now: roundEndedAt, until: addMs(roundEndedAt, ended > 0 ? 0 : AGAIN_MS) },
  );
  return true;
}

type Ended = { user: UserId } | LineRefusal;

/** Returns whether the line has ended. */
async function workOn(deps: Dependencies, { id, top }: Claimed, row: WaitingRow): Promise<boolean> {
  const ended = await register(deps, top, id, row);
  if (ended === undefined) return false;
  const isAccepted = 'user' in ended;
  await deps.knex.transaction(async (trx) => {
    const changed = await execute(
      trx,
      `update user_import_rows set state = :state, given_sealed = null, user_id = :user, code = :code, reason = :reason
       where id = :id and state = 'waiting'`,
      {
        id: row.id,
        state: isAccepted ? 'accepted' : 'refused',
        user: isAccepted ? ended.user : null,
        code: isAccepted ? null : ended.code,
        reason: isAccepted ? null : ended.reason,
      },
    );
    if (changed === 0) return; // another process was here
    await execute(
      trx,
      `update user_imports set accepted = accepted + :accepted, refused = refused + :refused where id = :id`,
      { id, accepted: isAccepted ? 1 : 0, refused: isAccepted ? 0 : 1 },
    );
  });
  return true;
}

/** What became of a line; undefined when it is tried again later. Throws when the database is away. */
async function register(
  deps: Dependencies,
  top: UserId,
  importId: string,
  row: WaitingRow,
): Promise<Ended | undefined> {
  try {
    const given = JSON.parse(deps.cipher.open(row.sealed, IMPORT_ROW.place(row.id))) as ImportedUser;
    const { parent, ...rest } = given;
    const above = parent === undefined ? {} : { parent: await parentOf(deps, top, parent) };
    const { user } = await registerUser(deps, top, `import:${importId}:${row.line}`, { ...rest, ...above });
    return { user };
  } catch (error) {
    return lineRefusal(error);
  }
}

async function parentOf(
  { knex, digest }: Dependencies,
  top: UserId,
  parent: { id: UserId } | { mobile: string },
): Promise<UserId> {
  if ('id' in parent) return parent.id;
  const found = await findByMobile(knex, digest, top, parent.mobile);
  if (found === undefined)
    throw new DomainError(AUTH_ERRORS.USER_NOT_FOUND, {
      detail: 'nobody below you has the number of the parent',
    });
  return found;
}

function view(row: ImportRow): ImportView {
  return {
    id: publicId('userImport', row.id),
    object: 'user_import',
    state: row.state,
    total: row.total,
    accepted: row.accepted,
    refused: row.refused,
    created_at: row.createdAt.toISOString(),
    finished_at: row.finishedAt?.toISOString() ?? null,
  };
}
