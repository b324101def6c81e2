import type { BeneficiaryMarks } from '../../domain/banks/marks';
import type { Log } from '../../platform/logger';

export interface BeneficiaryMarkerDependencies {
  beneficiaryMarks: BeneficiaryMarks;
  log: Log;
}

const CODES = 500;

/** One round: marks beneficiaries whose IFSC has ended. Returns true when there are more codes to look at. */
export async function markBeneficiaries({
  beneficiaryMarks,
  log,
}: BeneficiaryMarkerDependencies): Promise<boolean> {
  const { codes, changed } = await beneficiaryMarks.step(CODES);
  if (changed > 0) log.info({ changed }, 'marks of beneficiaries whose IFSC has ended were changed');
  return codes >= CODES;
}
