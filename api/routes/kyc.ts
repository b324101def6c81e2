import { KYC_ERRORS } from '../../domain/kyc/errors';
import type { KycAccounts } from '../../domain/kyc/accounts';
import type { KycDocuments } from '../../domain/kyc/documents';
import type { Kyc, KycDetails, KycView } from '../../domain/kyc/kyc';
import { RETURN_CODES, type KycRecord, type ListedDocument } from '../../domain/kyc/record';
import type { TierLimits } from '../../domain/standings/standings';
import type { Clock } from '../../platform/clock';
import { publicId } from '../../platform/ids';
import {
  kyc,
  kycDocument,
  type KycAnswer,
  type KycDocumentAnswer,
  type KycRecordAnswer,
} from '../answers/kyc';
import { found } from '../registry/answers';
import { ok } from '../registry/replies';
import { json, key, routesOf } from '../registry/route';
import {
  bankAccountBody,
  documentBody,
  DOCUMENT_BODY_BYTES,
  DOCUMENT_EXAMPLE,
  kycBody,
  KYC_EXAMPLE,
  type KycBody,
} from '../schemas/kyc';

export interface KycRouteDependencies {
  kyc: Kyc;
  kycDocuments: Pick<KycDocuments, 'add'>;
  kycAccounts: Pick<KycAccounts, 'check'>;
  tierLimits: Pick<TierLimits, 'list'>;
  clock: Clock;
}
const route = routesOf<KycRouteDependencies>();

const COMMON = { tag: 'KYC', idempotency: 'none' } as const;
const WRITE = { ...COMMON, access: key('kyc:write'), limits: 'desk' } as const;
const answers = found('How it stands now', kyc);

export const kycRoutes = [
  route({
    ...COMMON,
    method: 'GET',
    path: '/v1/kyc',
    summary: 'How well you are known',
    access: key('kyc:read', 'kyc:write'),
    limits: 'read',
    answers,
    handle: async ({ caller }, deps) => ok(kycAnswer(await deps.kyc.read(caller.userId), deps)),
  }),
  route({
    ...WRITE,
    method: 'PUT',
    path: '/v1/kyc',
    summary: 'Fill in your details',
    description:
      'All of them each time; what is left out is taken away. They can be changed until they are handed in. Of an' +
      ' Aadhaar number the last four digits are asked for, and nothing else is taken',
    body: json(kycBody),
    examples: [{ summary: 'A shopkeeper', body: KYC_EXAMPLE }],
    answers,
    problems: [KYC_ERRORS.KYC_RECORD_SUBMITTED, KYC_ERRORS.KYC_PAN_MISMATCH],
    handle: async ({ caller, body }, deps) =>
      ok(kycAnswer(await deps.kyc.save(caller.userId, detailsOf(body)), deps)),
  }),
  route({
    ...WRITE,
    method: 'POST',
    path: '/v1/kyc/documents',
    summary: 'Send a document',
    description:
      'A JPEG, PNG or PDF of 5 MB at most. What it is, is seen by its bytes: anything else is refused, and so is a' +
      ' picture that is too small to read. It is sealed before it is stored. Sending the same file again is harmless',
    body: json(documentBody, DOCUMENT_BODY_BYTES),
    examples: [{ summary: 'A scan', body: { kind: 'pan_card', content: DOCUMENT_EXAMPLE } }],
    answers: found('It is stored', kycDocument),
    problems: [
      KYC_ERRORS.KYC_DOCUMENT_REFUSED,
      KYC_ERRORS.KYC_DOCUMENTS_FULL,
      KYC_ERRORS.KYC_RECORD_NOT_FOUND,
      KYC_ERRORS.KYC_RECORD_SUBMITTED,
      'POLICY_NOT_FOUND',
    ],
    handle: async ({ caller, body: { kind, content } }, { kycDocuments }) => {
      const bytes = Buffer.from(content, 'base64');
      return ok(documentAnswer(await kycDocuments.add(caller.userId, { kind, bytes })));
    },
  }),
  route({
    ...WRITE,
    method: 'PUT',
    path: '/v1/kyc/bank-account',
    summary: 'Name your bank account',
    description:
      'The bank is asked whose it is, which needs the consent `bank_account`. It may take a while: read /v1/kyc again' +
      ' while the state is `checking`. A name that is spelt another way is looked at by a person',
    body: json(bankAccountBody),
    examples: [{ summary: 'An account', body: { account_number: '000111220000', ifsc: 'HDFC0000053' } }],
    answers,
    problems: [
      KYC_ERRORS.KYC_ACCOUNT_CHECKS_USED,
      KYC_ERRORS.KYC_CONSENT_MISSING,
      KYC_ERRORS.KYC_RECORD_NOT_FOUND,
      KYC_ERRORS.KYC_RECORD_SUBMITTED,
      'PROVIDER_UNAVAILABLE',
      'POLICY_NOT_FOUND',
    ],
    handle: async ({ caller, body }, deps) => {
      const account = { accountNumber: body.account_number, ifsc: body.ifsc.toUpperCase() };
      await deps.kycAccounts.check(caller.userId, account);
      return ok(kycAnswer(await deps.kyc.read(caller.userId), deps));
    },
  }),
  route({
    ...WRITE,
    method: 'POST',
    path: '/v1/kyc/submission',
    summary: 'Hand your record in',
    description:
      'From then on it stays as it is until two persons have decided. Doing it again changes nothing',
    answers,
    problems: [
      KYC_ERRORS.KYC_RECORD_NOT_FOUND,
      KYC_ERRORS.KYC_RECORD_INCOMPLETE,
      KYC_ERRORS.KYC_RECORD_SUBMITTED,
    ],
    handle: async ({ caller }, deps) => ok(kycAnswer(await deps.kyc.submit(caller.userId), deps)),
  }),
];

export const detailsOf = ({
  born_on: born,
  aadhaar_last4: aadhaarLast4,
  ...details
}: KycBody): KycDetails => ({ ...details, born, aadhaarLast4 });

const MASKED_AADHAAR = 'XXXXXXXX';

/** How KYC stands, as it is told to the user and to those above. */
export function kycAnswer(view: KycView, { tierLimits, clock }: KycRouteDependencies): KycAnswer {
  const { tier, standing, record } = view;
  return {
    object: 'kyc',
    tier,
    due_on: standing?.dueOn ?? null,
    lapses_at: standing?.lapsesAt.toISOString() ?? null,
    limits:
      tier === null
        ? []
        : tierLimits
            .list(tier, clock.now())
            .map(({ service, per, capPaise }) => ({ service, per, amount: Number(capPaise) })),
    record: record === null ? null : recordOf(record, view),
  };
}

function recordOf(record: KycRecord, { documents, account, missing }: KycView): KycRecordAnswer {
  const { state, tier, holder, panHint, gstinHint, aadhaarLast4 } = record;
  return {
    state,
    tier,
    holder,
    pan: panHint,
    gstin: gstinHint,
    aadhaar: aadhaarLast4 === null ? null : `${MASKED_AADHAAR}${aadhaarLast4}`,
    bank_account: account === null ? null : { state: account.state, name_score: account.nameScore },
    documents: documents.map(documentAnswer),
    missing,
    to_mend: (record.returnCodes ?? []).map((code) => ({ code, detail: RETURN_CODES[code] })),
    submitted_at: record.submittedAt?.toISOString() ?? null,
    decided_at: record.decidedAt?.toISOString() ?? null,
  };
}

export const documentAnswer = ({ id, kind, type, bytes }: ListedDocument): KycDocumentAnswer => ({
  object: 'kyc_document',
  id: publicId('kycDocument', id),
  kind,
  type,
  bytes,
});
