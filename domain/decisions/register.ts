import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import type { Ids } from '../../platform/ids';
import type { ApprovalModel } from '../approvals/approval.model';
import type { Person } from '../approvals/approvals';
import { CaseModel } from '../cases/case.model';
import { enterRegister, ruleOf } from '../suspicions/register';

/** Of what a rule has stopped, the decision of two persons stands in the register too. Of other cases nothing does. */
export async function registerDecision(
  trx: Knex.Transaction,
  deps: { clock: Clock; ids: Ids },
  { approval, by, verdict }: { approval: ApprovalModel; by: Person; verdict: 'false_alarm' | 'suspicious' },
): Promise<void> {
  const found = await CaseModel.query(trx).findById(approval.caseId!);
  const rule = found === undefined ? undefined : ruleOf(found);
  if (found === undefined || rule === undefined) return;
  await enterRegister(trx, deps, {
    caseId: found.id,
    rule,
    subject: found.subject,
    transactionId: found.transactionId,
    verdict,
    reason: approval.reason,
    decidedBy: by.userId,
    approvalId: approval.id,
  });
}
