import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { errorOfConstraint, execute, rows, sqlState, type ConstraintErrors } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { OTHER_DIGITS, UNPRINTABLE_IN_LINES } from '../../platform/printable';
import { scrub } from '../../platform/scrub';
import type { Access, Actor } from '../access/access';
import { recordAudit } from '../audit/audit';
import { DomainError } from '../errors/errors';
import { INSTEAD, personalNumberIn } from '../india/personal-numbers';
import { ApprovalModel, type ApprovalDetail, type ApprovalFacts, type ApprovalState } from './approval.model';
import { requireSome, requireUnchanged, type Changes } from './changes';
import { APPROVAL_ERRORS } from './errors';
import { expireOne, type Expiring } from './expiry';
import { halfOf, readRule } from './rules';

/**
 * The maker-checker: what moves money by a person's word, or changes what somebody may do, is proposed by one person
 * and decided by another. Nothing happens at the proposal. The approval carries it out, with its audit row, in one
 * database transaction. What has happened between the two is looked at again under the locks: if the proposal does
 * not fit any more, nothing is done, and both are told why.
 *
 * Rows of `approval_rules` say who may propose and decide, how long a proposal waits, and up to which amount one
 * person may do it alone.
 */
export interface Approvals {
  /**
   * Throws DomainError APPROVAL_OPEN, APPROVAL_NOTHING_CHANGES, REQUEST_FIELD_INVALID, that the role does not permit
   * it, and what the action refuses. A small amount may be carried out at once: then its state is `alone`.
   */
  propose(proposal: Proposal, by: Person): Promise<ApprovalModel>;
  /** What `propose` does before it writes anything. For proposals that are stored together with other rows. */
  prepare(proposal: Proposal, by: Person): Promise<Prepared>;
  /** Stores what was prepared. Throws DomainError APPROVAL_OPEN, and what the action refuses. */
  put(trx: Knex.Transaction, prepared: Prepared): Promise<ApprovalModel>;
  /**
   * Throws DomainError APPROVAL_NOT_FOUND, APPROVAL_DECIDED, APPROVAL_EXPIRED, APPROVAL_NEEDS_ANOTHER, that the role
   * does not permit it; APPROVAL_OVERTAKEN when it is refused because of what happened since: then it is decided, and
   * done is nothing.
   */
  approve(id: string, by: Person): Promise<CarriedOut>;
  reject(id: string, by: Person, note: string): Promise<void>;
  /** The proposer takes it back. */
  withdraw(id: string, by: Person): Promise<void>;
  /** The newest first; of those before `after`, the id of the last one shown. */
  list(filter: {
    state?: ApprovalState | undefined;
    limit: number;
    after?: string | undefined;
  }): Promise<ApprovalModel[]>;
  get(id: string): Promise<ApprovalModel>;
  /** What can be proposed. */
  actions(): readonly string[];
  /** The open proposal about a case. Throws DomainError APPROVAL_NOT_FOUND. */
  ofCase(caseId: string): Promise<ApprovalModel>;
}

/** A person that acts, with the role that it has now. */
export type Person = Actor;

export interface Proposal {
  action: string;
  /** At most one proposal about it is open. */
  subject: string;
  caseId?: string;
  detail: ApprovalDetail;
  reason: string;
  /** What shows that it is right: a statement line, a bank's reference. Personal values are masked. */
  evidence: string;
  /** Without it no threshold counts, and two persons are needed. */
  amountPaise?: bigint;
  /** Who gains by it: small amounts are counted together for each, whoever proposes them. */
  countedFor?: string;
}

export interface Prepared {
  row: NewApproval;
  by: Person;
  /** So small that one person may do it, if little was done before. */
  mayBeAlone: boolean;
}

type NewApproval = Omit<ApprovalFacts, 'state'> & { state: 'proposed' };

export interface CarriedOut {
  approval: ApprovalModel;
  /** What was done, for people. */
  result: ApprovalDetail;
}

/** What the approval of one kind of proposal does. */
export interface ApprovalAction {
  /** Looks at the proposal before it is stored; returns what it saw. Throws DomainError when it cannot be. */
  look(proposal: Omit<Proposal, 'reason' | 'evidence'>, by: Person): Promise<ApprovalDetail>;
  /**
   * Of a proposal that changes values: what they are now, and what they are to be. In the transaction of the approval
   * it locks what it reads; one that began from other values is overtaken.
   */
  changes?(db: Knex | Knex.Transaction, detail: ApprovalDetail): Promise<Changes>;
  /**
   * Does it, in the database transaction of the approval. Throws DomainError when it does not fit any more.
   * The locks of the money come before that of the approval: call `lock` when they are taken.
   */
  carryOut(
    trx: Knex.Transaction,
    approval: ApprovalModel,
    by: Person,
    lock: () => Promise<void>,
  ): Promise<{ journalId: string | null; result: ApprovalDetail }>;
}

export type ApprovalActions = Readonly<Record<string, ApprovalAction>>;

export interface ApprovalDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  access: Access;
  actions: ApprovalActions;
}

const UNIQUE_VIOLATION = '23505';
const MIN_TEXT = 3;
const MAX_TEXT = 500;

export function createApprovals(deps: ApprovalDependencies): Approvals {
  const { knex } = deps;
  return {
    async propose(proposal, by) {
      const prepared = await prepare(deps, proposal, by);
      return knex.transaction((trx) => put(deps, trx, prepared));
    },
    prepare: (proposal, by) => prepare(deps, proposal, by),
    put: (trx, prepared) => put(deps, trx, prepared),
    approve: (id, by) => approve(deps, id, by),
    async reject(id, by, note) {
      await decide(deps, id, by, { state: 'rejected', note: textOf('note', note) });
    },
    async withdraw(id, by) {
      await decide(deps, id, by, { state: 'withdrawn' });
    },
    async list({ state, limit, after }) {
      const query = ApprovalModel.query(knex)
        .orderBy([
          { column: 'proposed_at', order: 'desc' },
          { column: 'id', order: 'desc' },
        ])
        .limit(limit);
      if (state !== undefined) void query.where({ state });
      if (after !== undefined)
        void query.whereRaw('(proposed_at, id) < (select proposed_at, id from approvals where id = ?)', [
          after,
        ]);
      return query;
    },
    get: (id) => find(knex, id),
    actions: () => Object.keys(deps.actions),
    async ofCase(caseId) {
      const found = await ApprovalModel.query(knex).findOne({ case_id: caseId, state: 'proposed' });
      if (found === undefined) throw new DomainError(APPROVAL_ERRORS.APPROVAL_NOT_FOUND);
      return found;
    },
  };
}

async function prepare(deps: ApprovalDependencies, proposal: Proposal, by: Person): Promise<Prepared> {
  const now = deps.clock.now();
  const rule = await readRule(deps.knex, proposal.action, now);
  await deps.access.require(by, halfOf(rule, 'propose'));
  const action = actionOf(deps, proposal.action);
  const reason = textOf('reason', proposal.reason);
  const evidence = textOf('evidence', proposal.evidence);
  const detail = { ...proposal.detail, ...(await action.look(proposal, by)) };
  const changes = (await action.changes?.(deps.knex, detail)) ?? null;
  if (changes !== null) requireSome(changes);
  const { amountPaise = null, countedFor = null } = proposal;
  const row = {
    id: deps.ids.uuid(),
    action: proposal.action,
    subject: proposal.subject,
    caseId: proposal.caseId ?? null,
    detail,
    reason,
    evidence,
    state: 'proposed' as const,
    proposedBy: by.userId,
    proposedAt: now,
    area: rule.area,
    expiresAt: addMs(now, rule.expiresAfterS * 1_000),
    amountPaise,
    countedFor,
    changes,
  };
  const mayBeAlone = amountPaise !== null && countedFor !== null && amountPaise <= rule.aloneUpToPaise;
  return { row, by, mayBeAlone };
}

async function put(
  deps: ApprovalDependencies,
  trx: Knex.Transaction,
  prepared: Prepared,
): Promise<ApprovalModel> {
  const { row, by, mayBeAlone } = prepared;
  await expireBefore(trx, row);
  const alone = mayBeAlone ? await tryAlone(deps, trx, prepared) : undefined;
  if (alone !== undefined) return alone;
  await insert(trx, row);
  await audit(trx, row, {
    by,
    at: row.proposedAt,
    verb: 'propose',
    outcome: 'succeeded',
    detail: { reason: row.reason },
  });
  return find(trx, row.id);
}

async function insert(trx: Knex.Transaction, row: NewApproval): Promise<void> {
  try {
    await ApprovalModel.query(trx).insert(row);
  } catch (error) {
    if (sqlState(error) === UNIQUE_VIOLATION) throw new DomainError(APPROVAL_ERRORS.APPROVAL_OPEN);
    throw error;
  }
}

/** One about the same that waited too long, and that nobody has ended yet, is in nobody's way. */
async function expireBefore(trx: Knex.Transaction, { subject, proposedAt }: NewApproval): Promise<void> {
  const due = await rows<Expiring>(
    trx,
    `select id, action, subject from approvals
    where subject = :subject and state = 'proposed' and expires_at <= :now for update`,
    { subject, now: proposedAt },
  );
  for (const one of due) await expireOne(trx, one, proposedAt);
}

/**
 * By one person, within what the rule leaves one person. The database adds up what was done before, under a lock; when
 * it is too much, all of this is undone, and a second person is asked. Undefined then.
 */
async function tryAlone(
  deps: ApprovalDependencies,
  trx: Knex.Transaction,
  { row, by }: Prepared,
): Promise<ApprovalModel | undefined> {
  const action = actionOf(deps, row.action);
  try {
    return await trx.transaction(async (inner) => {
      await insert(inner, row);
      const approval = await find(inner, row.id);
      const done = await action.carryOut(inner, approval, by, () => Promise.resolve());
      await ApprovalModel.query(inner)
        .findById(row.id)
        .patch({ state: 'alone', decidedAt: row.proposedAt, journalId: done.journalId });
      await audit(inner, row, {
        by,
        at: row.proposedAt,
        verb: 'alone',
        outcome: 'succeeded',
        detail: { reason: row.reason },
      });
      return find(inner, row.id);
    });
  } catch (error) {
    if ((error as { constraint?: unknown }).constraint === 'approvals_alone_within') return undefined;
    throw error;
  }
}

async function approve(deps: ApprovalDependencies, id: string, by: Person): Promise<CarriedOut> {
  const approval = await openFor(deps, id, by);
  const action = actionOf(deps, approval.action);
  try {
    const result = await deps.knex.transaction(async (trx) => {
      const lock = (): Promise<void> => lockOpen(trx, id);
      if (action.changes !== undefined)
        requireUnchanged(approval.changes ?? {}, await action.changes(trx, approval.detail));
      const done = await action.carryOut(trx, approval, by, lock);
      await lock();
      const now = deps.clock.now();
      await ApprovalModel.query(trx)
        .findById(id)
        .patch({ state: 'approved', decidedBy: by.userId, decidedAt: now, journalId: done.journalId });
      await audit(trx, approval, { by, at: now, verb: 'approve', outcome: 'succeeded', detail: {} });
      return done.result;
    });
    return { approval: await find(deps.knex, id), result };
  } catch (thrown) {
    const error = errorOfConstraint(thrown, REFUSALS);
    if (!(error instanceof DomainError) || error.retryable || STAYS_OPEN.has(error.code)) throw error;
    throw await overtake(deps, approval, by, error);
  }
}

/** What the database says at the click, by its own rows. */
const REFUSALS: ConstraintErrors = {
  approvals_maker_stands: (cause) => new DomainError(APPROVAL_ERRORS.APPROVAL_MAKER_GONE, { cause }),
  approvals_decided_in_time: (cause) => new DomainError(APPROVAL_ERRORS.APPROVAL_EXPIRED, { cause }),
};
/** These are about who clicks and when, not about what was proposed. */
const STAYS_OPEN: ReadonlySet<string> = new Set([
  'APPROVAL_DECIDED',
  'APPROVAL_EXPIRED',
  'APPROVAL_NEEDS_ANOTHER',
]);

/** The open proposal, for somebody who may decide it. One that waited too long is ended now. */
async function openFor(deps: ApprovalDependencies, id: string, by: Person): Promise<ApprovalModel> {
  const approval = await find(deps.knex, id);
  await requireHalf(deps, approval, by, 'decide');
  requireOther(approval, by);
  const now = deps.clock.now();
  if (approval.expiresAt !== null && approval.expiresAt <= now) {
    await deps.knex.transaction(async (trx) => {
      await lockOpen(trx, id);
      await expireOne(trx, approval, now);
    });
    throw new DomainError(APPROVAL_ERRORS.APPROVAL_EXPIRED);
  }
  return approval;
}

/** It does not fit any more: that is its end. Another proposal is made on what is known now. */
async function overtake(
  deps: ApprovalDependencies,
  approval: ApprovalModel,
  by: Person,
  why: DomainError,
): Promise<DomainError> {
  const note = `${why.code}: ${why.detail}`.slice(0, MAX_TEXT);
  await decide(deps, approval.id, by, { state: 'overtaken', note });
  return new DomainError(APPROVAL_ERRORS.APPROVAL_OVERTAKEN, {
    detail: `nothing was done: ${why.detail} (${why.code}); look again and make a new proposal if it is still needed`,
    cause: why,
  });
}

async function decide(
  deps: ApprovalDependencies,
  id: string,
  by: Person,
  { state, note }: { state: 'rejected' | 'withdrawn' | 'overtaken'; note?: string },
): Promise<void> {
  const approval = await find(deps.knex, id);
  await requireHalf(deps, approval, by, state === 'withdrawn' ? 'propose' : 'decide');
  if (state === 'withdrawn' && approval.proposedBy !== by.userId)
    throw new DomainError(APPROVAL_ERRORS.APPROVAL_NOT_YOURS);
  if (state !== 'withdrawn') requireOther(approval, by);
  await deps.knex.transaction(async (trx) => {
    await lockOpen(trx, id);
    const now = deps.clock.now();
    await ApprovalModel.query(trx)
      .findById(id)
      .patch({
        state,
        decidedBy: state === 'withdrawn' ? null : by.userId,
        decidedAt: now,
        note: note ?? null,
      });
    const verb = ({ rejected: 'reject', withdrawn: 'withdraw', overtaken: 'approve' } as const)[state];
    const outcome = state === 'overtaken' ? 'refused' : 'succeeded';
    await audit(trx, approval, { by, at: now, verb, outcome, detail: note === undefined ? {} : { note } });
  });
}

/** The database holds the same rule. */
async function requireHalf(
  { knex, access, clock }: ApprovalDependencies,
  { action }: Pick<ApprovalModel, 'action'>,
  by: Person,
  half: 'propose' | 'decide',
): Promise<void> {
  await access.require(by, halfOf(await readRule(knex, action, clock.now()), half));
}

async function lockOpen(trx: Knex.Transaction, id: string): Promise<void> {
  const open = await execute(trx, "select from approvals where id = ? and state = 'proposed' for update", [
    id,
  ]);
  if (open === 0) throw new DomainError(APPROVAL_ERRORS.APPROVAL_DECIDED);
}

async function find(db: Knex | Knex.Transaction, id: string): Promise<ApprovalModel> {
  const found = await ApprovalModel.query(db).findById(id);
  if (found === undefined) throw new DomainError(APPROVAL_ERRORS.APPROVAL_NOT_FOUND);
  return found;
}

function actionOf({ actions }: ApprovalDependencies, name: string): ApprovalAction {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined)
    throw new DomainError('INTERNAL_ERROR', { detail: `no action of the name ${name} can be approved` });
  return action;
}

function requireOther(approval: ApprovalModel, by: Person): void {
  if (approval.proposedBy === by.userId) throw new DomainError(APPROVAL_ERRORS.APPROVAL_NEEDS_ANOTHER);
  if (approval.state !== 'proposed') throw new DomainError(APPROVAL_ERRORS.APPROVAL_DECIDED);
}

/** A text of a person, with what looks like a personal value masked. */
export function textOf(name: string, typed: string): string {
  const text = scrub(typed.normalize('NFC').trim());
  if (UNPRINTABLE_IN_LINES.test(text) || OTHER_DIGITS.test(text))
    throw new DomainError('REQUEST_FIELD_INVALID', {
      detail: `${name} must have no control characters, and no digits of other scripts`,
    });
  const held = personalNumberIn(text);
  if (held !== undefined)
    throw new DomainError('REQUEST_FIELD_INVALID', { detail: `${name} ${INSTEAD[held]}` });
  if (text.length >= MIN_TEXT && text.length <= MAX_TEXT) return text;
  throw new DomainError('REQUEST_FIELD_INVALID', {
    detail: `${name} must have ${MIN_TEXT} to ${MAX_TEXT} characters`,
  });
}

async function audit(
  trx: Knex.Transaction,
  approval: Pick<ApprovalModel, 'id' | 'action' | 'subject'>,
  {
    by,
    at,
    verb,
    outcome,
    detail,
  }: {
    by: Person;
    at: Date;
    verb: string;
    outcome: 'succeeded' | 'refused';
    detail: Record<string, string>;
  },
): Promise<void> {
  await recordAudit(trx, {
    at,
    actor: by.userId,
    action: `approval.${verb}`,
    subject: `approval:${approval.id}`,
    outcome,
    detail: { ...detail, action: approval.action, about: approval.subject },
  });
}
