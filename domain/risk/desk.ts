import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import type { Access } from '../access/access';
import { textOf, type Person } from '../approvals/approvals';
import { recordAudit } from '../audit/audit';
import { CaseModel } from '../cases/case.model';
import { closeCase } from '../cases/cases';
import { CASE_ERRORS } from '../cases/errors';
import { DomainError } from '../errors/errors';
import { SUSPICION_ERRORS } from '../suspicions/errors';
import {
  enterRegister,
  readRegister,
  ruleOf,
  type RegisterEntry,
  type Verdict,
} from '../suspicions/register';
import { countAlarms, type CountedAlarms } from './counts';
import { rulesAt, type RiskRule } from './rules';

/** What staff do about findings: say what they are, count false alarms by rule, read the register. */
export interface RiskDesk {
  /** The rules in force, those that are off too. */
  rules(): Promise<RiskRule[]>;
  /** Of each rule, what became of its findings since then. */
  counts(since: Date): Promise<CountedAlarms[]>;
  /**
   * One person says what a finding is. A false alarm closes its case and ends what it stopped. Throws DomainError
   * CASE_NOT_FOUND, RISK_NOT_A_FINDING, RISK_ALREADY_JUDGED, RISK_NOT_SUSPICIOUS, OPS_ROLE_MISSING.
   */
  judge(judgement: Judgement, by: Person): Promise<void>;
  /** The newest first. Throws DomainError OPS_ROLE_MISSING. */
  register(asked: { rule?: string | null; limit: number }, by: Person): Promise<RegisterEntry[]>;
}

export interface Judgement {
  caseId: string;
  verdict: Verdict;
  reason: string;
  /** Of a report, its reference at the Financial Intelligence Unit. */
  reference?: string | undefined;
}

export interface RiskDeskDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  profile: string;
  access: Access;
}

export function createRiskDesk(deps: RiskDeskDependencies): RiskDesk {
  const { knex, clock, access } = deps;
  return {
    rules: () => rulesAt(knex, { profile: deps.profile, at: clock.now() }),
    counts: (since) => countAlarms(knex, since),
    async judge(judgement, by) {
      await access.require(by, 'risk.judge');
      const reason = textOf('reason', judgement.reason);
      await knex.transaction((trx) => judge(trx, deps, { ...judgement, reason }, by));
    },
    async register(asked, by) {
      await access.require(by, 'risk.read');
      return readRegister(knex, asked);
    },
  };
}

async function judge(
  trx: Knex.Transaction,
  deps: RiskDeskDependencies,
  { caseId, verdict, reason, reference }: Judgement,
  by: Person,
): Promise<void> {
  const found = await CaseModel.query(trx).findById(caseId).forUpdate();
  if (found === undefined) throw new DomainError(CASE_ERRORS.CASE_NOT_FOUND);
  const rule = ruleOf(found);
  if (rule === undefined) throw new DomainError(SUSPICION_ERRORS.RISK_NOT_A_FINDING);
  if (verdict === 'reported') await requireSuspicious(trx, caseId);
  else await closeJudged(trx, deps, found, { verdict, reason, by });
  await enterRegister(trx, deps, {
    caseId,
    rule,
    subject: found.subject,
    transactionId: found.transactionId,
    verdict,
    reason,
    decidedBy: by.userId,
    ...(reference === undefined ? {} : { reference: textOf('reference', reference) }),
  });
  await recordAudit(trx, {
    at: deps.clock.now(),
    actor: by.userId,
    action: 'risk.judge',
    subject: `case:${caseId}`,
    outcome: 'succeeded',
    detail: { rule, verdict, reason },
  });
}

/**
 * A false alarm ends every stop of its rule and subject: that of an earlier case may have refused a withdrawal, which
 * opened this one. What is held is decided by two persons (munim case propose), and stands in the
 * register by that.
 */
async function closeJudged(
  trx: Knex.Transaction,
  { clock }: RiskDeskDependencies,
  found: CaseModel,
  { verdict, reason, by }: { verdict: Verdict; reason: string; by: Person },
): Promise<void> {
  if (found.kind !== 'risk_alarm')
    throw new DomainError(SUSPICION_ERRORS.RISK_NOT_A_FINDING, {
      detail: 'a transaction is held: two persons release or refuse it (munim case propose)',
    });
  const at = clock.now();
  if (!(await closeCase(trx, found.id, { by: by.userId, note: `${verdict}: ${reason}`, at })))
    throw new DomainError(SUSPICION_ERRORS.RISK_ALREADY_JUDGED);
  if (verdict === 'false_alarm')
    await execute(
      trx,
      `update risk_stops set ended_at = :at
       where ended_at is null and (case_id = :caseId or rule || ':' || subject = :subject)`,
      { at, caseId: found.id, subject: found.subject },
    );
}

async function requireSuspicious(trx: Knex.Transaction, caseId: string): Promise<void> {
  const [last] = await rows<{ verdict: Verdict }>(
    trx,
    'select verdict from risk_register where case_id = :caseId order by decided_at desc, id desc limit 1',
    { caseId },
  );
  if (last?.verdict !== 'suspicious') throw new DomainError(SUSPICION_ERRORS.RISK_NOT_SUSPICIOUS);
}
