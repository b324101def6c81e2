import type { AuditHeads } from '../../domain/audit/heads';
import type { Log } from '../../platform/logger';

export interface AuditSignerDependencies {
  auditHeads: AuditHeads;
  log: Log;
}

/** One round: signs the head of the audit chain for the business day that has ended. */
export async function signAuditHead({ auditHeads, log }: AuditSignerDependencies): Promise<boolean> {
  if (await auditHeads.signEnded()) log.info({}, 'the head of the audit chain was signed');
  return false;
}
