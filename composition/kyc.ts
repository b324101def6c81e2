import { createStaffProof } from '../domain/auth/staff-proof';
import type { Knex } from 'knex';
import { createStaffAccess } from '../domain/access/access';
import type { Beneficiaries } from '../domain/beneficiaries/beneficiaries';
import { createConsents } from '../domain/consents/consents';
import { createKycAccounts } from '../domain/kyc/accounts';
import { createKycDocuments } from '../domain/kyc/documents';
import { createKycErasure } from '../domain/kyc/erasure';
import { createKycKeeper } from '../domain/kyc/keeper';
import { createKyc } from '../domain/kyc/kyc';
import { createKycReveal } from '../domain/kyc/reveal';
import { createKycRules } from '../domain/kyc/rules';
import { createScreeningLists } from '../domain/screening/lists';
import { createScreening } from '../domain/screening/screening';
import type { TierLimits } from '../domain/standings/standings';
import { createKycStages } from '../domain/users/kyc-stages';
import type { Validations } from '../domain/validations/validations';
import type { BlobStore } from '../platform/blobs/store';
import type { Clock } from '../platform/clock';
import type { FieldCipher, KeyedDigest } from '../platform/encryption';
import type { Ids } from '../platform/ids';

export interface KycParts {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  profile: string;
  cipher: FieldCipher;
  digest: KeyedDigest;
  beneficiaries: Beneficiaries;
  validations: Validations;
  tierLimits: TierLimits;
  onError?(error: unknown): void;
}

/** Who users are: their records, documents, consents, and the comparison with the list of the UN. */
export async function createKycCapability(
  given: {
    blobs?: BlobStore;
    /** Who pays out also asks banks whose an account is. */
    routes: { payout: string };
    onPoint?: (point: string) => Promise<void> | void;
  },
  parts: KycParts,
) {
  const rules = await createKycRules(parts);
  const kycAccounts = createKycAccounts({ ...parts, rules, provider: given.routes.payout });
  const kycDocuments = createKycDocuments({ ...parts, rules, blobs: given.blobs });
  const screeningLists = createScreeningLists(parts);
  const screening = createScreening({ ...parts, lists: screeningLists });
  return {
    kyc: createKyc({
      ...parts,
      rules,
      accounts: kycAccounts,
      stages: createKycStages(parts),
      onPoint: (point) => given.onPoint?.(`kyc.${point}`),
    }),
    kycAccounts,
    kycDocuments,
    kycErasure: createKycErasure({ ...parts, blobs: given.blobs }),
    kycKeeper: createKycKeeper({ ...parts, screening }),
    kycReveal: createKycReveal({
      ...parts,
      access: createStaffAccess(parts),
      proof: createStaffProof(parts),
      documents: kycDocuments,
    }),
    kycRules: rules,
    consents: createConsents(parts),
    screeningLists,
    tierLimits: parts.tierLimits,
  };
}
