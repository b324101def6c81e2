import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import type { FieldCipher, SealedColumn } from '../../platform/encryption';
import type { Access } from '../access/access';
import { textOf, type Person } from '../approvals/approvals';
import { recordAudit } from '../audit/audit';
import type { StaffProof } from '../auth/staff-proof';
import { DomainError } from '../errors/errors';
import type { KycDocuments } from './documents';
import { KYC_ERRORS } from './errors';
import { readRecord, type KycRecord } from './record';
import { KYC_ADDRESS, KYC_BORN, KYC_GSTIN, KYC_NAME, KYC_PAN } from './sealed';

/**
 * Staff see masks. Whoever needs a value or a document itself says why: the audit log has who saw what of whom, and
 * the reason, before anything is shown.
 */
export interface KycReveal {
  /** Null where the record has none. Throws DomainError OPS_ROLE_MISSING, AUTH_PROOF_NEEDED, KYC_RECORD_NOT_FOUND. */
  field(
    given: { recordId: string; field: RevealedField; reason: string },
    by: Person,
  ): Promise<string | null>;
  /** Throws DomainError OPS_ROLE_MISSING, AUTH_PROOF_NEEDED, KYC_DOCUMENT_NOT_FOUND, SERVICE_UNAVAILABLE. */
  document(
    given: { documentId: string; reason: string },
    by: Person,
  ): Promise<{ type: string; bytes: Buffer; recordId: string }>;
}

const FIELDS: Readonly<Record<string, [column: SealedColumn, of: (record: KycRecord) => string | null]>> = {
  name: [KYC_NAME, (r) => r.nameSealed],
  born: [KYC_BORN, (r) => r.bornSealed],
  address: [KYC_ADDRESS, (r) => r.addressSealed],
  pan: [KYC_PAN, (r) => r.panSealed],
  gstin: [KYC_GSTIN, (r) => r.gstinSealed],
};
export const REVEALED_FIELDS = ['name', 'born', 'address', 'pan', 'gstin'] as const;
export type RevealedField = (typeof REVEALED_FIELDS)[number];

export function createKycReveal(deps: {
  knex: Knex;
  clock: Clock;
  cipher: FieldCipher;
  access: Pick<Access, 'require'>;
  proof: StaffProof;
  documents: Pick<KycDocuments, 'open'>;
}): KycReveal {
  const { knex, clock, cipher } = deps;
  const note = (by: Person, subject: string, detail: Record<string, string>): Promise<void> =>
    recordAudit(knex, {
      at: clock.now(),
      actor: by.userId,
      action: 'kyc.reveal',
      subject,
      outcome: 'succeeded',
      detail,
    });
  return {
    async field({ recordId, field, reason }, by) {
      await deps.access.require(by, 'kyc.unmask');
      await deps.proof.require(by, 'unmask');
      const said = textOf('reason', reason);
      const record = await readRecord(knex, recordId);
      if (record === undefined) throw new DomainError(KYC_ERRORS.KYC_RECORD_NOT_FOUND);
      const [column, of] = FIELDS[field]!;
      const sealed = of(record);
      await note(by, `kyc_record:${recordId}`, { field, reason: said });
      return sealed === null ? null : cipher.open(sealed, column.place(recordId));
    },
    async document({ documentId, reason }, by) {
      await deps.access.require(by, 'kyc.unmask');
      await deps.proof.require(by, 'unmask');
      const said = textOf('reason', reason);
      await note(by, `kyc_document:${documentId}`, { field: 'document', reason: said });
      return deps.documents.open(documentId);
    },
  };
}
