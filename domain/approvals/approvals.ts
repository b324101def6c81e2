import type { Access, Actor } from '../access/access';
import { isPermission, PERMISSIONS } from '../access/permissions';
import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { execute, sqlState } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { OTHER_DIGITS, UNPRINTABLE_IN_LINES } from '../../platform/printable';
import { scrub } from '../../platform/scrub';
import { recordAudit } from '../audit/audit';
import { DomainError } from '../errors/errors';
import { INSTEAD, personalNumberIn } from '../india/personal-numbers';
import { ApprovalModel, type ApprovalDetail, type ApprovalState } from './approval.model';
import { APPROVAL_ERRORS } from './errors';

/**
 * The maker-checker: what moves money by a person's word is proposed by one ops account and decided by
 * another. Nothing happens at the proposal. The approval carries it out, with its audit row, in one database
 * transaction. What has happened between the two is looked at again under the locks: if the proposal does
 * not fit any more, nothing is done, and both are told why.
 */
export interface Approvals {
  /** Throws DomainError APPROVAL_OPEN, OPS_ROLE_MISSING, REQUEST_FIELD_INVALID, and what the action refuses. */
  propose(proposal: Proposal, by: Person): Promise<ApprovalModel>;
  /**
   * Throws DomainError APPROVAL_NOT_FOUND, APPROVAL_DECIDED, APPROVAL_NEEDS_ANOTHER, OPS_ROLE_MISSING;
   * APPROVAL_OVERTAKEN when it is refused because of what happened since: then it is decided, and done is
   * nothing.
   */
  approve(id: string, by: Person): Promise<CarriedOut>;
  reject(id: string, by: Person, note: string): Promise<void>;
  /** The proposer takes it back. */
  withdraw(id: string, by: Person): Promise<void>;
  list(filter: { state?: ApprovalState; limit: number }): Promise<ApprovalModel[]>;
  get(id: string): Promise<ApprovalModel>;
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
}

export interface CarriedOut {
  approval: ApprovalModel;
  /** What was done, for people. */
  result: ApprovalDetail;
}

/** What the approval of one kind of proposal does. */
export interface ApprovalAction {
  /** Looks at the proposal before it is stored; returns what it saw. Throws DomainError when it cannot be. */
  look(proposal: Omit<Proposal, 'reason' | 'evidence'>): Promise<ApprovalDetail>;
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

interface ApprovalDependencies {
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
    propose: (proposal, by) => propose(deps, proposal, by),
    approve: (id, by) => approve(deps, id, by),
    async reject(id, by, note) {
      await requireHalf(deps, by, 'decide');
      await decide(deps, id, by, { state: 'rejected', note: textOf('note', note) });
    },
    async withdraw(id, by) {
      await requireHalf(deps, by, 'propose');
      await decide(deps, id, by, { state: 'withdrawn' });
    },
    async list({ state, limit }) {
      const query = ApprovalModel.query(knex).orderBy('proposed_at', 'desc').limit(limit);
      return state === undefined ? query : query.where({ state });
    },
    get: (id) => find(knex, id),
    async ofCase(caseId) {
      const found = await ApprovalModel.query(knex).findOne({ case_id: caseId, state: 'proposed' });
      if (found === undefined) throw new DomainError(APPROVAL_ERRORS.APPROVAL_NOT_FOUND);
      return found;
    },
  };
}

async function propose(deps: ApprovalDependencies, proposal: Proposal, by: Person): Promise<ApprovalModel> {
  await requireHalf(deps, by, 'propose');
  const action = actionOf(deps, proposal.action);
  const reason = textOf('reason', proposal.reason);
  const evidence = textOf('evidence', proposal.evidence);
  const detail = { ...proposal.detail, ...(await action.look(proposal)) };
  const now = deps.clock.now();
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
  };
  await deps.knex.transaction(async (trx) => {
    try {
      await ApprovalModel.query(trx).insert(row);
    } catch (error) {
      if (sqlState(error) === UNIQUE_VIOLATION) throw new DomainError(APPROVAL_ERRORS.APPROVAL_OPEN);
      throw error;
    }
    await audit(trx, row, { by, at: now, verb: 'propose', outcome: 'succeeded', detail: { reason } });
  });
  return find(deps.knex, row.id);
}

async function approve(deps: ApprovalDependencies, id: string, by: Person): Promise<CarriedOut> {
  await requireHalf(deps, by, 'decide');
  const approval = await find(deps.knex, id);
  requireOther(approval, by);
  const action = actionOf(deps, approval.action);
  try {
    const result = await deps.knex.transaction(async (trx) => {
      const lock = (): Promise<void> => lockOpen(trx, id);
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
  } catch (error) {
    if (!(error instanceof DomainError) || error.retryable || error.code === 'APPROVAL_DECIDED') throw error;
    throw await overtake(deps, approval, by, error);
  }
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

async function lockOpen(trx: Knex.Transaction, id: string): Promise<void> {
  const open = await execute(trx, "select from approvals where id = ? and state = 'proposed' for update", [
    id,
  ]);
  if (open === 0) throw new DomainError(APPROVAL_ERRORS.APPROVAL_DECIDED);
}

async function find(knex: Knex, id: string): Promise<ApprovalModel> {
  const found = await ApprovalModel.query(knex).findById(id);
  if (found === undefined) throw new DomainError(APPROVAL_ERRORS.APPROVAL_NOT_FOUND);
  return found;
}

function actionOf({ actions }: ApprovalDependencies, name: string): ApprovalAction {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined)
    throw new DomainError('INTERNAL_ERROR', { detail: `no action of the name ${name} can be approved` });
  return action;
}

/** The database holds the same rule. */
async function requireHalf(
  { access }: ApprovalDependencies,
  by: Person,
  half: 'propose' | 'decide',
): Promise<void> {
  const permissions = Object.keys(PERMISSIONS).filter(isPermission);
  await access.requireAny(
    by,
    permissions.filter((permission) => PERMISSIONS[permission] === half),
  );
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
