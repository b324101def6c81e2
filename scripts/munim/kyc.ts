import fs from 'node:fs';
import Joi from 'joi';
import {
  createDocumentStore,
  documentStorageOf,
  DOCUMENT_SECRETS,
  withDocuments,
  type DocumentValues,
} from '../../composition/documents';
import type { Access } from '../../domain/access/access';
import { createStaffProof } from '../../domain/auth/staff-proof';
import { createKycDocuments } from '../../domain/kyc/documents';
import { RETURN_CODES } from '../../domain/kyc/record';
import {
  createKycReveal,
  REVEALED_FIELDS,
  type KycReveal,
  type RevealedField,
} from '../../domain/kyc/reveal';
import { createKycRules } from '../../domain/kyc/rules';
import type { Clock } from '../../platform/clock';
import { makeKnex } from '../../platform/database';
import { createFieldCipher, parseEncryptionKeys } from '../../platform/encryption';
import { publicId } from '../../platform/ids';
import { encryptionKeys, readSettings } from '../../platform/settings';
import { shownApproval } from './approvals';
import { EVIDENCE, optionalText, REASON, textOption, UsageError, type Command } from './command';
import type { Environment } from './environment';
import { readId } from './read-ids';

/** KYC records that wait for a decision, and likenesses to the names of the UN's list. */

const LISTED = 200;
const VERDICTS = ['approve', 'return'] as const;
const HIT_VERDICTS = ['cleared', 'confirmed'] as const;
const OWNER_ALONE = 0o600;

function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new UsageError(`--${option} is one of ${allowed.join(', ')}`);
  return found;
}

const RECORDS: readonly Command[] = [
  {
    name: 'kyc list',
    permission: 'kyc.read',
    summary: 'KYC records that wait for a decision, the longest first',
    options: {},
    run: async ({ operations }) =>
      (await operations.kyc.queue(LISTED)).map(({ id, userId, ...shown }) => ({
        record: publicId('kycRecord', id),
        user: publicId('user', userId),
        tier: shown.tier,
        holder: shown.holder,
        submitted_at: shown.submittedAt,
        name_score: shown.nameScore,
        open_likenesses: shown.openHits,
      })),
  },
  {
    name: 'kyc show',
    permission: 'kyc.read',
    summary: 'a KYC record: masked numbers, documents, and what whoever decides must know',
    argument: 'RECORD',
    options: {},
    async run({ operations, argument }) {
      const { record, documents, findings } = await operations.kyc.show(readId('kycRecord', argument));
      return {
        record: argument,
        user: publicId('user', record.userId),
        state: record.state,
        tier: record.tier,
        holder: record.holder,
        pan: record.panHint,
        gstin: record.gstinHint,
        aadhaar_last4: record.aadhaarLast4,
        has: [record.bornSealed === null ? '' : 'born', record.addressSealed === null ? '' : 'address']
          .filter((name) => name !== '')
          .join(' '),
        documents: documents.map(({ id, kind, type }) => `${publicId('kycDocument', id)} ${kind} ${type}`),
        name_score: record.nameScore,
        name_differs: findings.nameDiffers,
        users_with_the_same_pan: findings.samePan,
        is_compared_with_the_list: findings.isScreened,
        open_likenesses: findings.openHits,
        submitted_at: record.submittedAt,
        due_on: record.dueOn,
        lapses_at: record.lapsesAt,
      };
    },
  },
  {
    name: 'kyc due',
    permission: 'kyc.read',
    summary: 'users whose KYC has to be done again, the longest overdue first',
    options: { days: { what: 'within so many days; 90 where nothing is said' } },
    async run({ operations, ...context }) {
      const days = optionalText(context, 'days') ?? '90';
      if (!/^\d{1,4}$/.test(days)) throw new UsageError('--days takes a whole number of days');
      const due = await operations.kyc.due({ withinDays: Number(days), limit: LISTED });
      return due.map(({ userId, recordId, ...shown }) => ({
        user: publicId('user', userId),
        record: publicId('kycRecord', recordId),
        tier: shown.tier,
        risk: shown.risk,
        due_on: shown.dueOn,
        lapses_at: shown.lapsesAt,
      }));
    },
  },
  {
    name: 'kyc propose',
    permission: 'kyc.propose',
    summary: 'proposes to approve a KYC record, or to send it back; another person decides (munim approval)',
    argument: 'RECORD',
    options: {
      verdict: { what: VERDICTS.join(', '), isRequired: true },
      risk: { what: 'of an approval: low, medium, high; it decides when KYC is due again' },
      codes: { what: `what is to be mended, with commas: ${Object.keys(RETURN_CODES).join(', ')}` },
      reason: REASON,
      evidence: EVIDENCE,
    },
    async run({ operations, by, argument, ...context }) {
      const verdict = oneOf('verdict', textOption(context, 'verdict'), VERDICTS);
      const proposal = operations.kyc.proposal({
        recordId: readId('kycRecord', argument),
        verdict,
        risk: optionalText(context, 'risk') as 'low' | undefined,
        codes: optionalText(context, 'codes')?.split(','),
        reason: textOption(context, 'reason'),
        evidence: textOption(context, 'evidence'),
      });
      return shownApproval(await operations.approvals.propose(proposal, by));
    },
  },
  {
    name: 'kyc reveal',
    permission: 'kyc.unmask',
    summary: 'opens one value of a KYC record; who looked at what, and why, stands in the audit log',
    argument: 'RECORD',
    options: { field: { what: REVEALED_FIELDS.join(', '), isRequired: true }, reason: REASON },
    async run({ operations, by, argument, environment, clock, ...context }) {
      const field = oneOf<RevealedField>('field', textOption(context, 'field'), REVEALED_FIELDS);
      const recordId = readId('kycRecord', argument);
      const given = { recordId, field, reason: textOption(context, 'reason') };
      return withReveal({ access: operations.access, environment, clock }, async (reveal) => ({
        record: argument,
        [field]: await reveal.field(given, by),
      }));
    },
  },
  {
    name: 'kyc document',
    permission: 'kyc.unmask',
    summary: 'opens a document into a new file, for you alone; the audit log says who and why',
    argument: 'DOCUMENT',
    options: {
      file: { what: 'where it is written; nothing may be there', isRequired: true },
      reason: REASON,
    },
    async run({ operations, by, argument, environment, clock, ...context }) {
      const documentId = readId('kycDocument', argument);
      const file = textOption(context, 'file');
      const reason = textOption(context, 'reason');
      return withReveal({ access: operations.access, environment, clock }, async (reveal) => {
        const { type, bytes } = await reveal.document({ documentId, reason }, by);
        fs.writeFileSync(file, bytes, { flag: 'wx', mode: OWNER_ALONE });
        return { document: argument, type, bytes: bytes.length, file };
      });
    },
  },
];

const SCREENING: readonly Command[] = [
  {
    name: 'screening take',
    permission: 'kyc.decide',
    summary: "takes a file of the UN's consolidated list (XML) as the list in force, whole or not at all",
    options: { file: { what: 'the file, as the UN publishes it', isRequired: true }, reason: REASON },
    async run({ operations, by, ...context }) {
      const file = readFile(textOption(context, 'file'));
      const list = await operations.screening.lists.take({ file, reason: textOption(context, 'reason') }, by);
      return { ...list };
    },
  },
  {
    name: 'screening status',
    permission: 'kyc.read',
    summary: 'the list in force, and whether it is too old',
    options: {},
    async run({ operations }) {
      const list = await operations.screening.lists.inForce();
      return list === undefined ? { list: 'none was taken: nobody can be approved' } : { ...list };
    },
  },
  {
    name: 'screening list',
    permission: 'kyc.read',
    summary: 'likenesses to listed names that nobody has decided, the oldest first',
    options: {},
    run: async ({ operations }) =>
      (await operations.screening.open(LISTED)).map((hit) => ({
        likeness: publicId('screeningHit', hit.id),
        about: shownSubject(hit.subject),
        listed: hit.listedName,
        reference: hit.reference,
        regime: hit.regime,
        quality: hit.quality,
        score: hit.score,
        found_at: hit.foundAt,
      })),
  },
  {
    name: 'screening propose',
    permission: 'kyc.propose',
    summary: 'proposes that a likeness is the listed one, or is not; another person decides (munim approval)',
    argument: 'LIKENESS',
    options: {
      verdict: { what: HIT_VERDICTS.join(', '), isRequired: true },
      reason: REASON,
      evidence: EVIDENCE,
    },
    async run({ operations, by, argument, ...context }) {
      const proposal = await operations.screening.proposal({
        hitId: readId('screeningHit', argument),
        verdict: oneOf('verdict', textOption(context, 'verdict'), HIT_VERDICTS),
        reason: textOption(context, 'reason'),
        evidence: textOption(context, 'evidence'),
      });
      return shownApproval(await operations.approvals.propose(proposal, by));
    },
  },
];

export const KYC: readonly Command[] = [...RECORDS, ...SCREENING];

function shownSubject(subject: string): string {
  const [kind, id] = subject.split(':');
  return kind === 'kyc_record' ? publicId('kycRecord', id!) : subject;
}

function readFile(file: string): Buffer {
  try {
    return fs.readFileSync(file);
  } catch {
    throw new UsageError(`${file} cannot be read`);
  }
}

interface Values extends DocumentValues {
  MUNIM_ENCRYPTION_KEYS: string;
}
const SECRETS: ReadonlySet<string> = new Set(['MUNIM_ENCRYPTION_KEYS', ...DOCUMENT_SECRETS]);
const SCHEMA = withDocuments(Joi.object({ MUNIM_ENCRYPTION_KEYS: encryptionKeys.required() }));

/** Of the commands, these two alone need the keys and the storage of the processes. */
async function withReveal<T>(
  { access, environment, clock }: { access: Access; environment: Environment; clock: Clock },
  use: (reveal: KycReveal) => Promise<T>,
): Promise<T> {
  const values = readSettings(process.env, {
    schema: SCHEMA,
    secrets: SECRETS,
    isSetting: (name) => name.startsWith('MUNIM_DOCUMENTS_') || name === 'MUNIM_ENCRYPTION_KEYS',
  }) as Values;
  const { databaseUrl, profile } = environment;
  const knex = makeKnex(databaseUrl, { max: 2, applicationName: 'munim-command' });
  const blobs = createDocumentStore(documentStorageOf(values));
  const rules = await createKycRules({ knex, profile });
  try {
    const cipher = createFieldCipher(parseEncryptionKeys(values.MUNIM_ENCRYPTION_KEYS));
    const proof = createStaffProof({ knex, clock, profile });
    const shared = { knex, clock, cipher, access, proof };
    return await use(
      createKycReveal({ ...shared, documents: createKycDocuments({ ...shared, rules, blobs }) }),
    );
  } finally {
    rules.close();
    await blobs?.close();
    await knex.destroy();
  }
}
