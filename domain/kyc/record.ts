import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { selectOf, type ColumnsOf } from '../../platform/sql';
import type { UserId } from '../ids/ids';

export type KycTier = 'small' | 'full';
export type Holder = 'individual' | 'business';
export type Risk = 'low' | 'medium' | 'high';
export type KycState = 'draft' | 'submitted' | 'approved' | 'returned';

/** Why a record goes back to the person, who reads the sentence. */
export const RETURN_CODES = {
  document_unreadable:
    'A document cannot be read: take the photo again, in good light, with all four corners.',
  document_wrong: 'A document is of another kind than it says, or of another person.',
  document_expired: 'A document is no longer valid: send one that is.',
  name_differs: 'The name differs between the details, the documents and the bank.',
  address_differs: 'The address differs between the details and the documents.',
  number_differs: 'A number (PAN, GSTIN or the last four of Aadhaar) differs from the document.',
  account_differs: 'The bank account is not the person’s own.',
  shop_not_seen: 'The shop cannot be recognised on the photo: take it from outside, with the sign.',
} as const;
export type ReturnCode = keyof typeof RETURN_CODES;

export interface KycRecord {
  id: string;
  userId: UserId;
  tier: KycTier;
  holder: Holder;
  state: KycState;
  version: number;
  nameSealed: string;
  bornSealed: string | null;
  addressSealed: string | null;
  panSealed: string | null;
  panHint: string | null;
  gstinSealed: string | null;
  gstinHint: string | null;
  aadhaarLast4: string | null;
  beneficiaryId: string | null;
  nameScore: number | null;
  madeAt: Date;
  submittedAt: Date | null;
  decidedAt: Date | null;
  returnCodes: ReturnCode[] | null;
  risk: Risk | null;
  dueOn: string | null;
  lapsesAt: Date | null;
}

export const RECORD = selectOf({
  id: 'r.id',
  userId: 'r.user_id',
  tier: 'r.tier',
  holder: 'r.holder',
  state: 'r.state',
  version: 'r.version',
  nameSealed: 'r.name_sealed',
  bornSealed: 'r.born_sealed',
  addressSealed: 'r.address_sealed',
  panSealed: 'r.pan_sealed',
  panHint: 'r.pan_hint',
  gstinSealed: 'r.gstin_sealed',
  gstinHint: 'r.gstin_hint',
  aadhaarLast4: 'r.aadhaar_last4',
  beneficiaryId: 'r.beneficiary_id',
  nameScore: 'r.name_score',
  madeAt: 'r.made_at',
  submittedAt: 'r.submitted_at',
  decidedAt: 'r.decided_at',
  returnCodes: 'r.return_codes',
  risk: 'r.risk',
  dueOn: 'r.due_on::text',
  lapsesAt: 'r.lapses_at',
} satisfies ColumnsOf<KycRecord>);

/** The open one, or else the one that was made last. */
export async function latestRecord(
  db: Knex | Knex.Transaction,
  userId: UserId,
): Promise<KycRecord | undefined> {
  const found = await rows<KycRecord>(
    db,
    `select ${RECORD} from kyc_records r where r.user_id = :userId
     order by r.state in ('draft', 'submitted') desc, r.made_at desc, r.id desc limit 1`,
    { userId },
  );
  return found[0];
}

export async function readRecord(
  db: Knex | Knex.Transaction,
  id: string,
  lock: '' | 'for update' = '',
): Promise<KycRecord | undefined> {
  const found = await rows<KycRecord>(db, `select ${RECORD} from kyc_records r where r.id = :id ${lock}`, {
    id,
  });
  return found[0];
}

export interface ListedDocument {
  id: string;
  kind: string;
  type: string;
  bytes: number;
}

/** Those that are stored, in the order in which they came. */
export function listDocuments(db: Knex | Knex.Transaction, recordId: string): Promise<ListedDocument[]> {
  return rows<ListedDocument>(
    db,
    `select id, kind, type, bytes from kyc_documents where record_id = :recordId and state = 'stored'
     order by made_at, id`,
    { recordId },
  );
}
