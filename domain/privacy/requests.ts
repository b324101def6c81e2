import type { Knex } from 'knex';
import { addMs, businessDate, type Clock } from '../../platform/clock';
import { errorOfConstraint, execute, rows } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { insertOne } from '../../platform/sql';
import type { Access } from '../access/access';
import type { ApprovalDetail, ApprovalModel } from '../approvals/approval.model';
import { textOf, type ApprovalAction, type Person, type Proposal } from '../approvals/approvals';
import { recordAudit } from '../audit/audit';
import { AUTH_ERRORS } from '../auth/errors';
import type { StaffProof } from '../auth/staff-proof';
import { DomainError } from '../errors/errors';
import { userId, type UserId } from '../ids/ids';
import { PRIVACY_ERRORS } from './errors';
import { exportOf, type ExportDependencies } from './export';
import { PARTS } from './parts';
import { rulesOn } from './retention';
import { dataRequestRules, type DataKind, type DataRequestRules } from './request-rules';

/**
 * A person asks for what is kept of them, that it is corrected, or that it goes (DPDP Act 2023, s.11 and s.12). They ask
 * by themselves (`own-requests.ts`), or one of our staff writes down that they asked; one of the staff proposes to grant
 * it and another decides. What is corrected is corrected by the commands of its capability; the answer says what it
 * was. An erasure erases what no law holds, and says of each other part which law holds it and until when.
 */
export interface DataRequests {
  /** Throws DomainError USER_NOT_FOUND, DATA_REQUEST_OPEN. */
  ask(given: { user: UserId; kind: DataKind; reason: string }, by: Person): Promise<DataRequest>;
  /** What waits, the most urgent first. */
  waiting(limit: number): Promise<DataRequest[]>;
  /** Throws DomainError DATA_REQUEST_NOT_FOUND. */
  show(id: string): Promise<DataRequest>;
  /**
   * `answer`: of a correction, what was corrected; the person reads it. Throws DomainError DATA_REQUEST_NOT_FOUND,
   * REQUEST_FIELD_INVALID.
   */
  proposal(given: { id: string; reason: string; evidence: string; answer?: string }): Promise<Proposal>;
  /** Throws DomainError DATA_REQUEST_NOT_FOUND, DATA_REQUEST_DECIDED. */
  refuse(id: string, note: string, by: Person): Promise<void>;
  actions: Readonly<Record<string, ApprovalAction>>;
}

export const DATA_STATES = ['open', 'granted', 'refused', 'withdrawn'] as const;

export interface DataRequest {
  id: string;
  userId: UserId;
  kind: DataKind;
  state: (typeof DATA_STATES)[number];
  reason: string;
  /** The person, or one of our staff. */
  askedBy: UserId;
  askedAt: Date;
  dueOn: string;
  decidedAt: Date | null;
  parts: ErasedPartOfPerson[] | null;
  note: string | null;
}

/** What became of a part: how many rows went, or which rule holds them. */
export interface ErasedPartOfPerson {
  what: string;
  means: string;
  rows: number;
  outcome: 'erased' | 'held';
  /** Of what is held: whose rule it is, and how many days it is kept after it is over; null without an end. */
  because?: string;
  keep_days?: number | null;
}

interface Dependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  access: Access;
}

const EXPORT = 'privacy.export';
const CORRECT = 'privacy.correct';
const ERASE = 'privacy.erase';
const ACTIONS: Readonly<Record<DataKind, string>> = {
  export: EXPORT,
  correction: CORRECT,
  erasure: ERASE,
};
const DAY_MS = 86_400_000;
export const DATA_REQUEST_COLUMNS = `id, user_id as "userId", kind, state, reason, asked_by as "askedBy",
  asked_at as "askedAt", due_on::text as "dueOn", decided_at as "decidedAt", parts, note`;

export function createDataRequests(deps: Dependencies): DataRequests {
  const { knex, clock } = deps;
  const show = (id: string) => find(knex, id);
  return {
    ask: (given, by) => ask(deps, given, by),
    waiting: (limit) =>
      rows<DataRequest>(
        knex,
        `select ${DATA_REQUEST_COLUMNS} from data_requests where state = 'open' order by due_on, id limit :limit`,
        { limit },
      ),
    show,
    async proposal({ id, reason, evidence, answer }) {
      const { kind } = await show(id);
      const said: ApprovalDetail = kind === 'correction' ? { answer: textOf('answer', answer ?? '') } : {};
      return {
        action: ACTIONS[kind],
        subject: `data_request:${id}`,
        detail: { data_request: id, ...said },
        ...{ reason, evidence },
      };
    },
    async refuse(id, typed, by) {
      await deps.access.require(by, 'privacy.decide');
      const note = textOf('note', typed);
      await show(id);
      await knex.transaction(async (trx) => {
        await decide(trx, id, { state: 'refused', at: clock.now(), note });
        await audit(trx, deps, by.userId, { action: 'privacy.refuse', id });
      });
    },
    actions: {
      [EXPORT]: action(deps, () => Promise.resolve(undefined)),
      [CORRECT]: action(deps, () => Promise.resolve(undefined)),
      [ERASE]: action(deps, (trx, user) => eraseOf(trx, deps, user)),
    },
  };
}

/**
 * What the granted export says now: the text of a `PersonalExport`, in pieces. Throws DomainError
 * DATA_REQUEST_NOT_FOUND, DATA_EXPORT_NOT_GRANTED, AUTH_PROOF_NEEDED.
 */
export async function readExport(
  deps: Dependencies & ExportDependencies & { proof: StaffProof },
  id: string,
  by: Person,
): Promise<AsyncGenerator<string>> {
  await deps.access.require(by, 'kyc.unmask');
  await deps.proof.require(by, 'export');
  const request = await find(deps.knex, id);
  await requireCopy(deps.knex, request, deps.clock.now());
  await audit(deps.knex, deps, by.userId, { action: 'privacy.export', id });
  return exportOf(deps, request.userId);
}

/** Throws DomainError DATA_EXPORT_NOT_GRANTED, POLICY_NOT_FOUND. */
export async function requireCopy(db: Knex, request: DataRequest, now: Date): Promise<void> {
  const until = copyUntil(request, await dataRequestRules(db, now));
  if (until === null || until <= now) throw new DomainError(PRIVACY_ERRORS.DATA_EXPORT_NOT_GRANTED);
}

/** Until when a copy may be fetched; null where there is none. */
export function copyUntil({ kind, state, decidedAt }: DataRequest, rules: DataRequestRules): Date | null {
  if (kind !== 'export' || state !== 'granted' || decidedAt === null) return null;
  return addMs(decidedAt, (rules.of(kind).copyDays ?? 0) * DAY_MS);
}

async function ask(
  { knex, clock, ids, access }: Dependencies,
  { user, kind, reason: typed }: { user: UserId; kind: DataKind; reason: string },
  by: Person,
): Promise<DataRequest> {
  await access.require(by, 'privacy.propose');
  const reason = textOf('reason', typed);
  const known = await rows<{ id: string }>(knex, "select id from users where id = ? and kind = 'app'", [
    user,
  ]);
  if (known.length === 0) throw new DomainError(AUTH_ERRORS.USER_NOT_FOUND);
  const id = ids.uuid();
  await knex.transaction((trx) => putRequest(trx, { clock }, { id, user, kind, reason, by: by.userId }));
  return find(knex, id);
}

/** Throws DomainError DATA_REQUEST_OPEN, POLICY_NOT_FOUND. */
export async function putRequest(
  trx: Knex.Transaction,
  { clock }: Pick<Dependencies, 'clock'>,
  { id, user, kind, reason, by }: { id: string; user: UserId; kind: DataKind; reason: string; by: UserId },
): Promise<void> {
  const at = clock.now();
  const { answerDays } = (await dataRequestRules(trx, at)).of(kind);
  const due = businessDate(addMs(at, answerDays * DAY_MS));
  const row = { id, user_id: user, kind, reason, asked_by: by, asked_at: at, due_on: due };
  try {
    await insertOne(trx, 'data_requests', row);
  } catch (error) {
    throw errorOfConstraint(error, OPEN) ?? error;
  }
  await audit(trx, { clock }, by, { action: 'privacy.ask', id });
}
const OPEN = { data_requests_one_open: () => new DomainError(PRIVACY_ERRORS.DATA_REQUEST_OPEN) };

function action(
  deps: Dependencies,
  effect: (trx: Knex.Transaction, user: UserId) => Promise<ErasedPartOfPerson[] | undefined>,
): ApprovalAction {
  return {
    async look({ detail }): Promise<ApprovalDetail> {
      const { state, userId: user, kind, dueOn } = await find(deps.knex, String(detail.data_request));
      if (state !== 'open') throw new DomainError(PRIVACY_ERRORS.DATA_REQUEST_DECIDED);
      if (kind === 'erasure') await requireClosed(deps.knex, user);
      return { user, kind, due_on: dueOn };
    },
    async carryOut(trx, { id: approval, detail }: ApprovalModel) {
      const id = String(detail.data_request);
      const { userId: user, kind } = await find(trx, id);
      if (kind === 'erasure') await requireClosed(trx, user);
      const parts = await effect(trx, user);
      const note = detail.answer === undefined ? {} : { note: String(detail.answer) };
      await decide(trx, id, { state: 'granted', at: deps.clock.now(), approval, parts, ...note });
      const erased = parts?.filter(({ outcome }) => outcome === 'erased').map(({ what }) => what);
      return {
        journalId: null,
        result: { kind, ...(erased === undefined ? {} : { erased: erased.join(' ') }) },
      };
    },
  };
}

/** Whoever still works here needs what an erasure takes. */
async function requireClosed(db: Knex | Knex.Transaction, user: UserId): Promise<void> {
  const found = await rows<{ stage: string }>(db, 'select stage from users where id = ?', [user]);
  if (found[0]?.stage !== 'closed') throw new DomainError(PRIVACY_ERRORS.DATA_REQUEST_USER_OPEN);
}

async function eraseOf(
  trx: Knex.Transaction,
  { clock }: Pick<Dependencies, 'clock'>,
  user: UserId,
): Promise<ErasedPartOfPerson[]> {
  const now = clock.now();
  const rules = await rulesOn(trx, now);
  const outcomes: ErasedPartOfPerson[] = [];
  for (const { what, means, ofPerson, eraseOfPerson } of PARTS) {
    const [counted] = await rows<{ n: number }>(trx, ofPerson, { user });
    const part = { what, means, rows: counted!.n };
    const rule = rules.get(what);
    if (rule?.onRequest === true && eraseOfPerson !== undefined) {
      for (const statement of eraseOfPerson)
        await execute(trx, statement, statement.includes(':now') ? { user, now } : { user });
      outcomes.push({ ...part, outcome: 'erased' });
    } else {
      const because = rule?.source ?? 'no rule says that it may go';
      outcomes.push({ ...part, outcome: 'held', because, keep_days: rule?.keepDays ?? null });
    }
  }
  return outcomes;
}

/** Throws DomainError DATA_REQUEST_DECIDED. */
export async function decide(
  trx: Knex.Transaction,
  id: string,
  given: {
    state: 'granted' | 'refused' | 'withdrawn';
    at: Date;
    approval?: string;
    parts?: readonly ErasedPartOfPerson[] | undefined;
    note?: string;
  },
): Promise<void> {
  const done = await execute(
    trx,
    `update data_requests set state = :state, decided_at = :at, approval_id = :approval, parts = :parts, note = :note
     where id = :id and state = 'open'`,
    {
      id,
      state: given.state,
      at: given.at,
      approval: given.approval ?? null,
      parts: given.parts === undefined ? null : JSON.stringify(given.parts),
      note: given.note ?? null,
    },
  );
  if (done === 0) throw new DomainError(PRIVACY_ERRORS.DATA_REQUEST_DECIDED);
}

async function find(db: Knex | Knex.Transaction, id: string): Promise<DataRequest> {
  const [found] = await rows<DataRequest>(
    db,
    `select ${DATA_REQUEST_COLUMNS} from data_requests where id = ?`,
    [id],
  );
  if (found === undefined) throw new DomainError(PRIVACY_ERRORS.DATA_REQUEST_NOT_FOUND);
  return { ...found, userId: userId(found.userId) };
}

export function audit(
  db: Knex | Knex.Transaction,
  { clock }: Pick<Dependencies, 'clock'>,
  actor: UserId,
  { action: done, id }: { action: string; id: string },
): Promise<void> {
  return recordAudit(db, {
    at: clock.now(),
    actor,
    action: done,
    subject: `data_request:${id}`,
    outcome: 'succeeded',
  });
}
