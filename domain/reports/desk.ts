import type { Knex } from 'knex';
import type { BlobStore } from '../../platform/blobs/store';
import { addMs, businessDate, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';
import type { Ids } from '../../platform/ids';
import type { Access, Actor } from '../access/access';
import { recordAudit } from '../audit/audit';
import type { Cursors } from '../errors/cursor';
import { DomainError, fieldError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import { findReport, REPORTS } from './catalogue';
import { requireAccount, requireClosed } from './closed';
import { REPORT_ERRORS } from './errors';
import { openFile } from './file';
import { daysOf, readParameters, shownParameters } from './parameters';
import { CONTENT_TYPES } from './print';
import type { Report, ReportForm, ReportParameters } from './report';
import { reportRuleOn } from './rules';
import { REPORT_KEY } from './sealed';

/**
 * Reports of one account: what it asked for, how far each is, and its file. What somebody else asked for does not exist
 * here. Who may have which report is asked when it is asked for, and again when its file is fetched.
 */
export interface ReportDesk<Asker> {
  /** What the account may ask for. */
  offered(asker: Asker): Promise<readonly Report[]>;
  /**
   * Throws DomainError REPORT_UNKNOWN, REPORT_PARAMETERS_INVALID, REPORT_DAYS_NOT_CLOSED, REPORTS_TOO_MANY,
   * POLICY_NOT_FOUND, SERVICE_UNAVAILABLE where no storage is set up.
   */
  ask(asker: Asker, asked: AskedReport): Promise<ReportView>;
  /** The newest first. */
  list(asker: Asker, limit: number): Promise<ReportView[]>;
  /** Throws DomainError REPORT_NOT_FOUND. */
  get(asker: Asker, id: string): Promise<ReportView>;
  /**
   * `link` is that of `ReportView`, where the file is fetched by one. Throws DomainError REPORT_NOT_FOUND,
   * REPORT_NOT_READY, REPORT_OVER, REPORT_LINK_OVER, SERVICE_UNAVAILABLE.
   */
  file(asker: Asker, id: string, link?: string): Promise<ReportFile>;
}

export interface AskedReport {
  report: string;
  form: ReportForm;
  parameters: ReportParameters;
}

export interface ReportFile {
  name: string;
  type: string;
  bytes: number;
  content: AsyncGenerator<Buffer>;
}

export type ReportStatus = 'waiting' | 'making' | 'ready' | 'failed' | 'expired';

export interface ReportView {
  id: string;
  report: string;
  title: string;
  form: ReportForm;
  parameters: Readonly<Record<string, string>>;
  status: ReportStatus;
  askedAt: Date;
  rowsDone: bigint;
  rowsTotal: bigint | null;
  /** The code of why it failed. */
  why: string | null;
  bytes: bigint | null;
  sha256: string | null;
  doneAt: Date | null;
  expiresAt: Date | null;
  /** Shown with the account's own sign-in alone, until `linkUntil`. */
  link: string | null;
  linkUntil: Date | null;
}

export interface ReportDeskDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  /** Signs links. Without it there are none. */
  cursors?: Cursors | undefined;
  /** Opens files. Without it none is given. */
  cipher?: FieldCipher | undefined;
  /** `elsewhere`: another process has one, and this one only asks. */
  blobs?: BlobStore | 'elsewhere' | undefined;
}

/** For staff: what the role permits, of everybody. */
export function createStaffReports(deps: ReportDeskDependencies & { access: Access }): ReportDesk<Actor> {
  const { access } = deps;
  return createDesk<Actor>(deps, {
    idOf: ({ userId }) => userId,
    may: async (actor, { permission }) =>
      (await access.can(actor, 'reports.read')) && (await access.can(actor, permission)),
    fix: (_actor, parameters) => parameters,
  });
}

/** For users of apps: what is about themselves. */
export function createOwnReports(deps: ReportDeskDependencies): ReportDesk<{ userId: UserId }> {
  return createDesk<{ userId: UserId }>(deps, {
    idOf: ({ userId }) => userId,
    may: (_asker, { isOfUsers }) => Promise.resolve(isOfUsers === true),
    fix: ({ userId }, parameters) => ({ ...parameters, user: userId }),
  });
}

interface Rights<Asker> {
  idOf(asker: Asker): UserId;
  may(asker: Asker, report: Report): Promise<boolean>;
  /** What is not the asker's to choose. */
  fix(asker: Asker, parameters: ReportParameters): ReportParameters;
}

function createDesk<Asker>(deps: ReportDeskDependencies, rights: Rights<Asker>): ReportDesk<Asker> {
  const find = async (asker: Asker, id: string): Promise<ReportRow> => {
    const [found] = await rows<ReportRow>(
      deps.knex,
      `select ${COLUMNS} from reports where id = :id and asked_by = :by`,
      { id, by: rights.idOf(asker) },
    );
    if (found === undefined) throw new DomainError(REPORT_ERRORS.REPORT_NOT_FOUND);
    return found;
  };
  return {
    async offered(asker) {
      const may = await Promise.all(REPORTS.map((report) => rights.may(asker, report)));
      return REPORTS.filter((_, i) => may[i]);
    },
    async ask(asker, { report: name, form, parameters }) {
      const report = findReport(name);
      if (report === undefined || !(await rights.may(asker, report)))
        throw new DomainError(REPORT_ERRORS.REPORT_UNKNOWN, { detail: 'ask for the list of reports first' });
      if (!report.forms.includes(form))
        throw fieldError(
          REPORT_ERRORS.REPORT_PARAMETERS_INVALID,
          '#/form',
          `${name} is given as ${report.forms.join(', ')}`,
        );
      const read = readParameters(report, rights.fix(asker, parameters));
      const id = await insert(deps, { report, form, parameters: read, by: rights.idOf(asker) });
      return viewOf(deps, await find(asker, id), await linkOf(deps, rights.idOf(asker)));
    },
    async list(asker, limit) {
      const by = rights.idOf(asker);
      const found = await rows<ReportRow>(
        deps.knex,
        `select ${COLUMNS} from reports where asked_by = :by order by asked_at desc, id limit :limit`,
        { by, limit },
      );
      const link = await linkOf(deps, by);
      return found.map((row) => viewOf(deps, row, link));
    },
    get: async (asker, id) => viewOf(deps, await find(asker, id), await linkOf(deps, rights.idOf(asker))),
    async file(asker, id, link) {
      const row = await find(asker, id);
      const report = findReport(row.name);
      if (report === undefined || !(await rights.may(asker, report)))
        throw new DomainError(REPORT_ERRORS.REPORT_NOT_FOUND);
      if (link !== undefined) requireLink(deps, { id, by: rights.idOf(asker), link });
      return fileOf(deps, row, rights.idOf(asker));
    },
  };
}

interface ReportRow {
  id: string;
  name: string;
  form: ReportForm;
  parameters: ReportParameters;
  state: 'waiting' | 'running' | 'done' | 'failed' | 'over';
  askedAt: Date;
  rowsDone: bigint;
  rowsTotal: bigint | null;
  why: string | null;
  pieces: number;
  attemptNo: number;
  bytes: bigint | null;
  sha256: Buffer | null;
  keySealed: string | null;
  doneAt: Date | null;
  expiresAt: Date | null;
}

const COLUMNS = `id, name, form, parameters, state, asked_at as "askedAt", rows_done as "rowsDone",
  rows_total as "rowsTotal", why, pieces, attempt_no as "attemptNo", bytes, sha256, key_sealed as "keySealed",
  done_at as "doneAt", expires_at as "expiresAt"`;

const STATUS: Readonly<Record<ReportRow['state'], ReportStatus>> = {
  waiting: 'waiting',
  running: 'making',
  done: 'ready',
  failed: 'failed',
  over: 'expired',
};

async function insert(
  deps: ReportDeskDependencies,
  asked: { report: Report; form: ReportForm; parameters: ReportParameters; by: UserId },
): Promise<string> {
  const { knex, clock } = deps;
  const { report, form, parameters, by } = asked;
  if (deps.blobs === undefined) throw noStorage();
  await requireClosed(knex, report, parameters);
  await requireAccount(knex, parameters);
  const { mostOpen } = await reportRuleOn(knex, businessDate(clock.now()));
  const id = deps.ids.uuid();
  await knex.transaction(async (trx) => {
    // the account is held meanwhile, so that many at once do not pass together
    await execute(trx, 'select from users where id = ? for no key update', [by]);
    const [open] = await rows<{ n: number }>(
      trx,
      `select count(*)::int4 as n from reports where asked_by = ? and state in ('waiting', 'running')`,
      [by],
    );
    if (open!.n >= mostOpen)
      throw new DomainError(REPORT_ERRORS.REPORTS_TOO_MANY, {
        detail: `${mostOpen} are made at a time: wait until one is ready`,
        retryAfterS: 5,
      });
    await execute(
      trx,
      `insert into reports (id, name, parameters, form, asked_by, asked_at, due_at)
      values (:id, :name, :parameters::jsonb, :form, :by, :at, clock_timestamp())`,
      { id, name: report.name, parameters: JSON.stringify(parameters), form, by, at: clock.now() },
    );
    await note(trx, deps, { by, action: 'report.ask', id, report: report.name });
  });
  return id;
}

const noStorage = (): DomainError =>
  new DomainError('SERVICE_UNAVAILABLE', { detail: 'no storage for files is set up' });

function note(
  db: Knex | Knex.Transaction,
  { clock }: Pick<ReportDeskDependencies, 'clock'>,
  { by, action, id, report }: { by: UserId; action: string; id: string; report: string },
): Promise<void> {
  return recordAudit(db, {
    ...{ at: clock.now(), actor: by, action, subject: `report:${id}`, outcome: 'succeeded' },
    detail: { report },
  });
}

type Link = Pick<ReportView, 'link' | 'linkUntil'>;

/** Links of an account from now on. */
async function linkOf(
  { knex, clock, cursors }: ReportDeskDependencies,
  by: UserId,
): Promise<(row: ReportRow) => Link> {
  if (cursors === undefined) return () => ({ link: null, linkUntil: null });
  const now = clock.now();
  const { linkS } = await reportRuleOn(knex, businessDate(now));
  return ({ id, expiresAt }) => {
    const until = new Date(Math.min(addMs(now, linkS * 1_000).getTime(), expiresAt!.getTime()));
    return { link: cursors.encode(String(until.getTime()), scopeOf(id, by)), linkUntil: until };
  };
}

function viewOf(
  { clock }: Pick<ReportDeskDependencies, 'clock'>,
  row: ReportRow,
  linkFor: (row: ReportRow) => Link,
): ReportView {
  const isKept = row.state === 'done' && row.expiresAt! > clock.now();
  return {
    id: row.id,
    report: row.name,
    title: findReport(row.name)?.title ?? row.name,
    form: row.form,
    parameters: shownParameters(row.parameters),
    status: row.state === 'done' && !isKept ? 'expired' : STATUS[row.state],
    ...{ askedAt: row.askedAt, rowsDone: row.rowsDone, rowsTotal: row.rowsTotal },
    ...{ why: row.why, bytes: row.bytes, doneAt: row.doneAt, expiresAt: row.expiresAt },
    sha256: row.sha256?.toString('hex') ?? null,
    ...(isKept ? linkFor(row) : { link: null, linkUntil: null }),
  };
}

/** A link is of one report and one account. */
const scopeOf = (id: string, by: UserId): string => `report|${id}|${by}`;

function requireLink(
  { cursors, clock }: ReportDeskDependencies,
  { id, by, link }: { id: string; by: UserId; link: string },
): void {
  if (untilOf(cursors, link, scopeOf(id, by)) > clock.now().getTime()) return;
  throw new DomainError(REPORT_ERRORS.REPORT_LINK_OVER, { detail: 'read the report again for a new link' });
}

function untilOf(cursors: Cursors | undefined, link: string, scope: string): number {
  try {
    return Number(cursors?.decode(link, scope) ?? 0);
  } catch {
    return 0;
  }
}

async function fileOf(deps: ReportDeskDependencies, row: ReportRow, by: UserId): Promise<ReportFile> {
  const { knex, clock, cipher, blobs } = deps;
  if (row.state === 'over' || (row.state === 'done' && row.expiresAt! <= clock.now()))
    throw new DomainError(REPORT_ERRORS.REPORT_OVER, { detail: 'ask for it again' });
  if (row.state !== 'done')
    throw new DomainError(REPORT_ERRORS.REPORT_NOT_READY, {
      detail: row.state === 'failed' ? `it could not be made (${row.why})` : 'wait until it is ready',
      retryAfterS: 1,
    });
  if (cipher === undefined || blobs === undefined || blobs === 'elsewhere') throw noStorage();
  const key = cipher.openBytes(row.keySealed!, REPORT_KEY.place(row.id));
  const pieces = openFile(blobs, row, { key, pieces: row.pieces });
  const first = await pieces.next().catch((cause: unknown) => {
    throw new DomainError('SERVICE_UNAVAILABLE', {
      detail: 'the storage of files does not answer: try again',
      retryAfterS: 5,
      cause,
    });
  });
  await note(knex, deps, { by, action: 'report.fetch', id: row.id, report: row.name });
  const days = daysOf(row.parameters);
  const span = days === undefined ? row.askedAt.toISOString().slice(0, 10) : spanOf(days);
  return {
    name: `${row.name.replaceAll('_', '-')}-${span}.${row.form}`,
    type: CONTENT_TYPES[row.form],
    bytes: Number(row.bytes),
    content: from(first.value as Buffer, pieces),
  };
}

const spanOf = ({ first, last }: { first: string; last: string }): string =>
  first === last ? first : `${first}-${last}`;

async function* from(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}
