import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { insertOne } from '../../platform/sql';
import type { ApprovalDetail, ApprovalModel } from '../approvals/approval.model';
import type { ApprovalAction, Person, Proposal } from '../approvals/approvals';
import { recordAudit } from '../audit/audit';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import { openHits, screenedWith } from '../screening/rows';
import { SCREENING_ERRORS } from '../screening/errors';
import { KYC_ERRORS } from './errors';
import {
  listDocuments,
  readRecord,
  RECORD,
  RETURN_CODES,
  type KycRecord,
  type ListedDocument,
  type ReturnCode,
  type Risk,
} from './record';
import type { KycRules } from './rules';
import type { KycStages } from './stages';

/**
 * What staff do with records that were handed in. One person proposes a verdict and another decides; both see what the
 * record holds, masked. At the click it is looked at again: a record that was decided, or a likeness to a listed name
 * that is open, stops it.
 */
export interface KycReview {
  /** Those that wait, the longest first. */
  queue(limit: number): Promise<QueuedRecord[]>;
  /** Throws DomainError KYC_RECORD_NOT_FOUND. */
  show(id: string): Promise<ReviewedRecord>;
  /** Who has to do it again within so many days, or had to: the longest overdue first. */
  due(asked: { withinDays: number; limit: number }): Promise<DueUser[]>;
  /** The proposal of a verdict. Throws DomainError REQUEST_FIELD_INVALID. */
  proposal(verdict: Verdict): Proposal;
  /** What approvals do. */
  actions: Readonly<Record<string, ApprovalAction>>;
}

export interface QueuedRecord {
  id: string;
  userId: UserId;
  tier: string;
  holder: string;
  submittedAt: Date;
  nameScore: number | null;
  openHits: number;
}

export interface DueUser {
  userId: UserId;
  recordId: string;
  tier: string;
  risk: string;
  dueOn: string;
  lapsesAt: Date;
}

export interface ReviewedRecord {
  record: KycRecord;
  documents: ListedDocument[];
  findings: Findings;
}

/** What whoever decides must know. */
export interface Findings {
  /** The bank has the account under a name that is less like than the rule asks for. */
  nameDiffers: boolean;
  /** Other users with the same PAN. */
  samePan: number;
  /** Likenesses to listed names that nobody has decided. */
  openHits: number;
  isScreened: boolean;
}

export interface Verdict {
  recordId: string;
  verdict: 'approve' | 'return';
  /** Of an approval. */
  risk?: Risk | undefined;
  /** Of a return: what the person has to mend. */
  codes?: readonly string[] | undefined;
  reason: string;
  evidence: string;
}

export const KYC_DECISION = 'kyc.decide';
const RISKS: readonly string[] = ['low', 'medium', 'high'];

export function createKycReview(deps: ReviewDependencies): KycReview {
  return {
    queue: (limit) => readQueue(deps.knex, limit),
    async show(id) {
      const record = await needRecord(deps.knex, id);
      return {
        record,
        documents: await listDocuments(deps.knex, id),
        findings: await findingsOf(deps.knex, deps, record),
      };
    },
    due: (asked) => readDue(deps, asked),
    proposal: proposalOf,
    actions: {
      [KYC_DECISION]: {
        look: ({ detail }) => look(deps, detail),
        carryOut: (trx, approval, by, lock) => carryOut(trx, deps, { approval, by, lock }),
      },
    },
  };
}

function proposalOf({ recordId, verdict, risk, codes = [], reason, evidence }: Verdict): Proposal {
  if (verdict === 'approve' && (risk === undefined || !RISKS.includes(risk)))
    throw invalid(`an approval says the risk: ${RISKS.join(', ')}`);
  const unknown = codes.filter((code) => !Object.hasOwn(RETURN_CODES, code));
  if (verdict === 'return' && (codes.length === 0 || unknown.length > 0))
    throw invalid(`a return says what is to be mended: ${Object.keys(RETURN_CODES).join(', ')}`);
  return {
    action: KYC_DECISION,
    subject: `kyc_record:${recordId}`,
    detail:
      verdict === 'approve'
        ? { record: recordId, verdict, risk: risk! }
        : { record: recordId, verdict, codes: codes.join(' ') },
    reason,
    evidence,
  };
}

function invalid(detail: string): DomainError {
  return new DomainError('REQUEST_FIELD_INVALID', { detail });
}

interface ReviewDependencies {
  knex: Knex;
  clock: Clock;
  rules: KycRules;
  stages: KycStages;
}

/** What the one who proposes has seen; the other is shown the same. */
async function look(deps: ReviewDependencies, detail: ApprovalDetail): Promise<ApprovalDetail> {
  const record = await needRecord(deps.knex, String(detail.record));
  if (record.state !== 'submitted') throw notWaiting(record);
  const findings = await findingsOf(deps.knex, deps, record);
  return {
    tier: record.tier,
    holder: record.holder,
    version: record.version,
    name_score: record.nameScore,
    name_differs: findings.nameDiffers,
    same_pan: findings.samePan,
    open_hits: findings.openHits,
  };
}

async function carryOut(
  trx: Knex.Transaction,
  deps: ReviewDependencies,
  { approval, by, lock }: { approval: ApprovalModel; by: Person; lock: () => Promise<void> },
): Promise<{ journalId: null; result: ApprovalDetail }> {
  const { detail } = approval;
  const record = await needRecord(trx, String(detail.record), 'for update');
  await lock();
  if (record.state !== 'submitted' || record.version !== detail.version) throw notWaiting(record);
  const decision = { approval, by, now: deps.clock.now(), record };
  const result =
    detail.verdict === 'approve'
      ? await approveRecord(trx, deps, decision)
      : await returnRecord(trx, decision, String(detail.codes).split(' ') as ReturnCode[]);
  const step = detail.verdict === 'approve' ? 'approved' : 'returned';
  await deps.stages.after(trx, step, { userId: record.userId, actor: by.userId });
  return { journalId: null, result };
}

interface Decision {
  approval: ApprovalModel;
  by: Person;
  now: Date;
  record: KycRecord;
}

async function approveRecord(
  trx: Knex.Transaction,
  deps: ReviewDependencies,
  { approval, by, now, record }: Decision,
): Promise<ApprovalDetail> {
  const findings = await findingsOf(trx, deps, record);
  if (!findings.isScreened)
    throw new DomainError(SCREENING_ERRORS.SCREENING_MISSING, {
      detail: 'the name has not been compared with the list in force yet: it is within a minute',
    });
  if (findings.openHits > 0)
    throw new DomainError(KYC_ERRORS.KYC_SCREENING_OPEN, {
      detail: `${findings.openHits} likenesses to listed names must be decided first (munim screening list)`,
    });
  const risk = approval.detail.risk as Risk;
  const { renewAfterMonths, graceDays, afterTier } = deps.rules.terms(risk, now);
  const [approved] = await rows<{ dueOn: string; lapsesAt: Date }>(
    trx,
    `update kyc_records set state = 'approved', decided_at = :now, approval_id = :approvalId, risk = :risk,
       after_tier = :afterTier, due_on = due.day,
       lapses_at = (due.day + :graceDays::integer + 1)::timestamp at time zone 'Asia/Kolkata'
     from (select (:today::date + make_interval(months => :months))::date as day) as due
     where id = :id returning due_on::text as "dueOn", lapses_at as "lapsesAt"`,
    {
      id: record.id,
      approvalId: approval.id,
      risk,
      afterTier,
      graceDays,
      months: renewAfterMonths,
      today: businessDate(now),
      now,
    },
  );
  const { dueOn, lapsesAt } = approved!;
  await insertOne(
    trx,
    'kyc_standings',
    {
      user_id: record.userId,
      record_id: record.id,
      tier: record.tier,
      lapses_at: lapsesAt,
      after_tier: afterTier,
    },
    `on conflict (user_id) do update set record_id = excluded.record_id, tier = excluded.tier,
       lapses_at = excluded.lapses_at, after_tier = excluded.after_tier`,
  );
  await note(trx, {
    record,
    by,
    now,
    action: 'kyc.approve',
    detail: { tier: record.tier, risk, due_on: dueOn },
  });
  return { record: record.id, state: 'approved', tier: record.tier, due_on: dueOn };
}

async function returnRecord(
  trx: Knex.Transaction,
  { approval, by, now, record }: Decision,
  codes: ReturnCode[],
): Promise<ApprovalDetail> {
  await execute(
    trx,
    `update kyc_records set state = 'returned', decided_at = :now, approval_id = :approvalId,
       return_codes = :codes::text[] where id = :id`,
    { id: record.id, approvalId: approval.id, codes, now },
  );
  await note(trx, { record, by, now, action: 'kyc.return', detail: { codes: codes.join(' ') } });
  return { record: record.id, state: 'returned', codes: codes.join(' ') };
}

async function note(
  trx: Knex.Transaction,
  {
    record,
    by,
    now,
    action,
    detail,
  }: { record: KycRecord; by: Person; now: Date; action: string; detail: Record<string, string> },
): Promise<void> {
  const subject = `kyc_record:${record.id}`;
  await recordAudit(trx, { at: now, actor: by.userId, action, subject, outcome: 'succeeded', detail });
}

function notWaiting({ state }: KycRecord): DomainError {
  return new DomainError(KYC_ERRORS.KYC_RECORD_NOT_WAITING, { detail: `the record is ${state} by now` });
}

async function needRecord(
  db: Knex | Knex.Transaction,
  id: string,
  lock: '' | 'for update' = '',
): Promise<KycRecord> {
  const record = await readRecord(db, id, lock);
  if (record === undefined) throw new DomainError(KYC_ERRORS.KYC_RECORD_NOT_FOUND);
  return record;
}

async function findingsOf(
  db: Knex | Knex.Transaction,
  { clock, rules }: Pick<ReviewDependencies, 'clock' | 'rules'>,
  record: KycRecord,
): Promise<Findings> {
  const subject = `kyc_record:${record.id}`;
  const [pans] = await rows<{ others: number }>(
    db,
    `select count(distinct other.user_id)::int4 as others from kyc_records r
     join kyc_records other on other.pan_fingerprint = r.pan_fingerprint and other.user_id <> r.user_id
     where r.id = :id`,
    { id: record.id },
  );
  const { reviewBelow } = rules.accounts(clock.now());
  return {
    nameDiffers: record.nameScore !== null && record.nameScore < reviewBelow,
    samePan: pans!.others,
    openHits: await openHits(db, subject),
    isScreened: await screenedWith(db, subject),
  };
}

function readDue(
  { knex, clock }: ReviewDependencies,
  { withinDays, limit }: { withinDays: number; limit: number },
): Promise<DueUser[]> {
  return rows<DueUser>(
    knex,
    `select s.user_id as "userId", r.id as "recordId", s.tier, r.risk, r.due_on::text as "dueOn",
       s.lapses_at as "lapsesAt"
     from kyc_standings s join kyc_records r on r.id = s.record_id
     where r.state = 'approved' and r.due_on <= :today::date + :withinDays::integer
     order by r.due_on, r.id limit :limit`,
    { today: businessDate(clock.now()), withinDays, limit },
  );
}

async function readQueue(knex: Knex, limit: number): Promise<QueuedRecord[]> {
  const found = await rows<KycRecord & { hits: number }>(
    knex,
    `select ${RECORD}, (select count(*)::int4 from screening_hits h
       where h.subject = 'kyc_record:' || r.id and h.state = 'open') as hits
     from kyc_records r where r.state = 'submitted' order by r.submitted_at, r.id limit :limit`,
    { limit },
  );
  return found.map(({ id, userId, tier, holder, submittedAt, nameScore, hits }) => ({
    id,
    userId,
    tier,
    holder,
    submittedAt: submittedAt!,
    nameScore,
    openHits: hits,
  }));
}
