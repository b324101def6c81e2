import type { AuditHeads } from '../../domain/audit/heads';
import type { AuditEnd } from '../../domain/verification/audit-end';
import type { Log } from '../../platform/logger';

export interface AuditSignerDependencies {
  auditHeads: AuditHeads;
  auditEnd: AuditEnd;
  log: Log;
}

/**
 * One round: looks whether the end of the audit chain is still there, notes the newest link in the log, which lies
 * outside the database, and signs the head of the business day that has ended.
 */
export async function signAuditHead({
  auditHeads,
  auditEnd,
  log,
}: AuditSignerDependencies): Promise<boolean> {
  const newest = await auditEnd.look();
  if (newest !== undefined)
    log.info({ links: newest.seq.toString(), hash: inGroups(newest.hash) }, 'the audit chain has grown');
  if (await auditHeads.signEnded()) log.info({}, 'the head of the audit chain was signed');
  return false;
}

/** Eight digits at a time: the log hides longer runs of figures. */
function inGroups(hash: Buffer): string {
  return hash.toString('hex').replaceAll(/.{8}(?=.)/g, '$&:');
}
