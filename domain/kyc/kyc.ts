import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { execute, rows, sqlState } from '../../platform/database';
import type { FieldCipher, KeyedDigest } from '../../platform/encryption';
import type { Ids } from '../../platform/ids';
import { insertOne } from '../../platform/sql';
import { recordAudit } from '../audit/audit';
import { consentedTo } from '../consents/consents';
import { DomainError, fieldError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import { maskedGstin, maskedPan, panHolder, readGstin } from '../india/tax-ids';
import { tierAt, type Standing, type Tier } from '../standings/standings';
import type { CheckedAccount, KycAccounts } from './accounts';
import { KYC_ERRORS } from './errors';
import {
  latestRecord,
  listDocuments,
  type Holder,
  type KycRecord,
  type KycTier,
  type ListedDocument,
} from './record';
import type { KycRules } from './rules';
import type { KycStages } from './stages';
import { KYC_ADDRESS, KYC_BORN, KYC_GSTIN, KYC_NAME, KYC_PAN, panFingerprints } from './sealed';

/** KYC as the user does it: the details, what is missing, and handing them in. */
export interface Kyc {
  read(userId: UserId): Promise<KycView>;
  /**
   * Saves the details of the draft, whole; makes one where there is none. Throws DomainError KYC_RECORD_SUBMITTED,
   * KYC_PAN_MISMATCH. `by`: who fills it in, where that is somebody above.
   */
  save(userId: UserId, details: KycDetails, by?: UserId): Promise<KycView>;
  /**
   * Hands the draft in: from then on it stays as it is until it is decided. Doing it again changes nothing. Throws
   * DomainError KYC_RECORD_NOT_FOUND, KYC_RECORD_INCOMPLETE.
   */
  submit(userId: UserId): Promise<KycView>;
}

export interface KycDetails {
  tier: KycTier;
  holder: Holder;
  name: string;
  /** `YYYY-MM-DD`: of birth, or when the business began. */
  born?: string | undefined;
  address?: string | undefined;
  pan?: string | undefined;
  gstin?: string | undefined;
  aadhaarLast4?: string | undefined;
}

export interface KycView {
  /** What the user has now; null where no record was ever approved. */
  tier: Tier | null;
  standing: (Standing & { dueOn: string }) | null;
  record: KycRecord | null;
  documents: ListedDocument[];
  account: CheckedAccount | null;
  /** Items that the record lacks; empty for one that was handed in. */
  missing: string[];
}

export interface KycDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  cipher: FieldCipher;
  digest: KeyedDigest;
  rules: KycRules;
  accounts: Pick<KycAccounts, 'of'>;
  stages: KycStages;
  onPoint?(point: 'looked'): Promise<void> | void;
}

const UNIQUE_VIOLATION = '23505';

export function createKyc(deps: KycDependencies): Kyc {
  const { knex } = deps;
  const read = (userId: UserId): Promise<KycView> => viewOf(deps, userId);
  return {
    read,
    async save(userId, details, by = userId) {
      requireFitting(details);
      const record = await latestRecord(knex, userId);
      if (record?.state === 'submitted') throw new DomainError(KYC_ERRORS.KYC_RECORD_SUBMITTED);
      if (record?.state === 'draft') await update(deps, record, details, by);
      else await insert(deps, userId, details, by);
      return read(userId);
    },
    async submit(userId) {
      const { record, missing, account } = await read(userId);
      if (record?.state === 'submitted') return read(userId);
      if (record?.state !== 'draft')
        throw new DomainError(KYC_ERRORS.KYC_RECORD_NOT_FOUND, {
          detail: 'save the details first (PUT /v1/kyc)',
        });
      if (missing.length > 0)
        throw new DomainError(KYC_ERRORS.KYC_RECORD_INCOMPLETE, {
          detail: `still missing: ${missing.join(', ')}`,
        });
      await deps.onPoint?.('looked');
      await handIn(deps, record, account?.nameScore ?? null);
      return read(userId);
    },
  };
}

/** The holder that the PAN names is the one that is said, and the PAN inside the GSTIN is the same. */
function requireFitting({ holder, pan, gstin }: KycDetails): void {
  const of = pan === undefined ? undefined : panHolder(pan);
  if (pan !== undefined && of === undefined)
    throw fieldError(
      KYC_ERRORS.KYC_PAN_MISMATCH,
      '#/pan',
      'is no PAN: five letters, four digits and a letter',
    );
  if (holder === 'individual' && of !== undefined && of !== 'individual')
    throw fieldError(KYC_ERRORS.KYC_PAN_MISMATCH, '#/pan', `is not the PAN of a person, but of: ${of}`);
  if (gstin === undefined) return;
  const parts = readGstin(gstin);
  if (parts === undefined)
    throw fieldError(KYC_ERRORS.KYC_PAN_MISMATCH, '#/gstin', 'is no GSTIN, or a character of it is wrong');
  if (pan !== undefined && parts.pan !== pan)
    throw fieldError(KYC_ERRORS.KYC_PAN_MISMATCH, '#/gstin', 'holds another PAN than the one given');
}

function columnsOf({ cipher, digest }: KycDependencies, id: string, details: KycDetails) {
  const { tier, holder, name, born, address, pan, gstin, aadhaarLast4 } = details;
  return {
    tier,
    holder,
    name_sealed: cipher.seal(name, KYC_NAME.place(id)),
    born_sealed: born === undefined ? null : cipher.seal(born, KYC_BORN.place(id)),
    address_sealed: address === undefined ? null : cipher.seal(address, KYC_ADDRESS.place(id)),
    pan_sealed: pan === undefined ? null : cipher.seal(pan, KYC_PAN.place(id)),
    pan_fingerprint: pan === undefined ? null : panFingerprints(digest, pan)[0]!,
    pan_hint: pan === undefined ? null : maskedPan(pan),
    gstin_sealed: gstin === undefined ? null : cipher.seal(gstin, KYC_GSTIN.place(id)),
    gstin_hint: gstin === undefined ? null : maskedGstin(gstin),
    aadhaar_last4: aadhaarLast4 ?? null,
  };
}

async function insert(deps: KycDependencies, userId: UserId, details: KycDetails, by: UserId): Promise<void> {
  const id = deps.ids.uuid();
  try {
    await insertOne(deps.knex, 'kyc_records', {
      id,
      user_id: userId,
      ...columnsOf(deps, id, details),
      made_at: deps.clock.now(),
      saved_by: by,
    });
  } catch (error) {
    if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
    // Another request made the draft at the same moment: it is saved over, as by one that comes later.
    const record = await latestRecord(deps.knex, userId);
    if (record?.state !== 'draft') throw new DomainError(KYC_ERRORS.KYC_RECORD_SUBMITTED);
    await update(deps, record, details, by);
  }
}

/** The last one counts; one that was handed in meanwhile does not change. */
async function update(
  deps: KycDependencies,
  record: KycRecord,
  details: KycDetails,
  by: UserId,
): Promise<void> {
  const { id, nameSealed } = record;
  const columns = columnsOf(deps, id, details);
  // An account was looked up under the name: under another one it has to be looked up again.
  const isSameName = deps.cipher.open(nameSealed, KYC_NAME.place(id)) === details.name;
  const set = Object.keys(columns).map((column) => `${column} = :${column}`);
  const updated = await execute(
    deps.knex,
    `update kyc_records set ${set.join(', ')}, version = version + 1, saved_by = :by,
       beneficiary_id = case when :isSameName then beneficiary_id end
     where id = :id and state = 'draft'`,
    { ...columns, id, isSameName, by },
  );
  if (updated === 0) throw new DomainError(KYC_ERRORS.KYC_RECORD_SUBMITTED);
}

/** Only the version that was looked at: nothing unseen is handed in. */
async function handIn(
  { knex, clock, stages }: KycDependencies,
  record: KycRecord,
  nameScore: number | null,
): Promise<void> {
  const { id, userId, version } = record;
  await knex.transaction(async (trx) => {
    const now = clock.now();
    const moved = await execute(
      trx,
      `update kyc_records set state = 'submitted', submitted_at = :now, name_score = :nameScore
       where id = :id and state = 'draft' and version = :version`,
      { id, version, now, nameScore },
    );
    if (moved === 0)
      throw new DomainError(KYC_ERRORS.KYC_RECORD_SUBMITTED, {
        detail:
          'the details were changed or handed in by another request at the same moment: read them again',
      });
    await stages.after(trx, 'submitted', { userId, actor: userId });
    await recordAudit(trx, {
      at: now,
      actor: userId,
      action: 'kyc.submit',
      subject: `kyc_record:${id}`,
      outcome: 'succeeded',
      detail: { tier: record.tier },
    });
  });
}

async function viewOf(deps: KycDependencies, userId: UserId): Promise<KycView> {
  const { knex, clock, rules } = deps;
  const now = clock.now();
  const standing = await readStanding(knex, userId);
  const record = (await latestRecord(knex, userId)) ?? null;
  const documents = record === null ? [] : await listDocuments(knex, record.id);
  const account = record === null ? null : await deps.accounts.of(record);
  return {
    tier: standing === undefined ? null : tierAt(standing, now),
    standing: standing ?? null,
    record,
    documents,
    account,
    missing:
      record?.state === 'draft'
        ? missingOf(rules.needed(record.tier, record.holder, now), {
            record,
            documents,
            account,
            consents: await consentedTo(knex, userId),
          })
        : [],
  };
}

export async function readStanding(
  knex: Knex,
  userId: UserId,
): Promise<(Standing & { dueOn: string }) | undefined> {
  const found = await rows<Standing & { dueOn: string }>(
    knex,
    `select s.tier, s.lapses_at as "lapsesAt", s.after_tier as "afterTier", r.due_on::text as "dueOn"
     from kyc_standings s join kyc_records r on r.id = s.record_id where s.user_id = :userId`,
    { userId },
  );
  return found[0];
}

function missingOf(
  needed: readonly string[],
  {
    record,
    documents,
    account,
    consents,
  }: Pick<KycView, 'documents' | 'account'> & { record: KycRecord; consents: ReadonlySet<string> },
): string[] {
  const fields: Readonly<Record<string, unknown>> = {
    name: record.nameSealed,
    born: record.bornSealed,
    address: record.addressSealed,
    pan: record.panSealed,
    gstin: record.gstinSealed,
    aadhaar_last4: record.aadhaarLast4,
    bank_account: account?.state === 'valid' ? account : null,
  };
  const kinds = new Set(documents.map(({ kind }) => kind));
  return needed.filter((item) => {
    const [group, name] = item.split(':');
    if (group === 'document') return !kinds.has(name!);
    if (group === 'consent') return !consents.has(name!);
    return fields[item] === null || fields[item] === undefined;
  });
}
