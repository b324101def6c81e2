import type { Knex } from 'knex';
import { addMs, businessDate, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';
import { insertOne } from '../../platform/sql';
import { insertBeneficiaries, type Beneficiaries } from '../beneficiaries/beneficiaries';
import { consentedTo } from '../consents/consents';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import { matchNames } from '../india/names';
import type { Validation, Validations } from '../validations/validations';
import { KYC_ERRORS } from './errors';
import { latestRecord, type KycRecord } from './record';
import type { KycRules } from './rules';
import { KYC_NAME } from './sealed';

/**
 * The bank account of a record: the bank is asked whose it is. That costs money, so a user may ask for few accounts a
 * day, and an answer is used for months. How far the name is the same is a score for whoever decides; nobody is
 * refused by it.
 */
export interface KycAccounts {
  /**
   * Throws DomainError KYC_RECORD_NOT_FOUND, KYC_RECORD_SUBMITTED, KYC_CONSENT_MISSING, KYC_ACCOUNT_CHECKS_USED,
   * PROVIDER_UNAVAILABLE.
   */
  check(userId: UserId, account: { accountNumber: string; ifsc: string }): Promise<CheckedAccount>;
  /** Null for a record without an account. */
  of(record: KycRecord): Promise<CheckedAccount | null>;
}

export interface CheckedAccount {
  /** `checking` is asked about until it is known; `failed`: nobody could say, and it may be asked for again. */
  state: 'checking' | 'valid' | 'invalid' | 'failed';
  /** 0 to 100; null where the bank gave no name. */
  nameScore: number | null;
  /** As the bank spells it. Personal. */
  nameAtBank: string | null;
}

export interface KycAccountsDependencies {
  knex: Knex;
  clock: Clock;
  cipher: FieldCipher;
  rules: KycRules;
  beneficiaries: Beneficiaries;
  validations: Pick<Validations, 'offers' | 'validate' | 'latest'>;
  /** Who asks the banks. */
  provider: string;
}

const DAY_MS = 86_400_000;
const CONSENT = 'bank_account';

export function createKycAccounts(deps: KycAccountsDependencies): KycAccounts {
  return {
    check: (userId, account) => check(deps, userId, account),
    async of(record) {
      if (record.beneficiaryId === null) return null;
      return checkedOf(deps, record, await deps.validations.latest(record.beneficiaryId));
    },
  };
}

async function check(
  deps: KycAccountsDependencies,
  userId: UserId,
  { accountNumber, ifsc }: { accountNumber: string; ifsc: string },
): Promise<CheckedAccount> {
  const { knex, clock, cipher, beneficiaries, validations, provider } = deps;
  const record = await latestRecord(knex, userId);
  if (record?.state === 'submitted') throw new DomainError(KYC_ERRORS.KYC_RECORD_SUBMITTED);
  if (record?.state !== 'draft')
    throw new DomainError(KYC_ERRORS.KYC_RECORD_NOT_FOUND, {
      detail: 'save the details first (PUT /v1/kyc)',
    });
  if (!(await consentedTo(knex, userId)).has(CONSENT))
    throw new DomainError(KYC_ERRORS.KYC_CONSENT_MISSING, {
      detail: `consent to it first (POST /v1/consents, purpose ${CONSENT})`,
    });
  if (!validations.offers(provider, 'bank')) throw new DomainError('PROVIDER_UNAVAILABLE');
  const name = cipher.open(record.nameSealed, KYC_NAME.place(record.id));
  const details = { name, account: { kind: 'bank', accountNumber, ifsc } } as const;
  const sealed = beneficiaries.seal(userId, details, beneficiaries.fingerprints(details));
  const beneficiaryId = await knex.transaction(async (trx) => {
    const {
      ids: [stored],
    } = await insertBeneficiaries(trx, [{ userId, sealed, madeBy: 'kyc', at: clock.now() }]);
    await choose(trx, deps, record, stored!);
    return stored!;
  });
  const answeredSince = addMs(clock.now(), -DAY_MS * deps.rules.accounts(clock.now()).freshDays);
  const validation = await validations.validate({
    beneficiaryId,
    provider,
    method: 'penny_drop',
    answeredSince,
  });
  return checkedOf(deps, record, validation);
}

/** Counts under the lock of the record, so that many at once do not pass together. */
async function choose(
  trx: Knex.Transaction,
  { clock, rules }: KycAccountsDependencies,
  { id, userId }: KycRecord,
  beneficiaryId: string,
): Promise<void> {
  const now = clock.now();
  const day = businessDate(now);
  const chosen = await execute(
    trx,
    `update kyc_records set beneficiary_id = :beneficiaryId, version = version + 1
     where id = :id and state = 'draft'`,
    { id, beneficiaryId },
  );
  if (chosen === 0) throw new DomainError(KYC_ERRORS.KYC_RECORD_SUBMITTED);
  await insertOne(
    trx,
    'kyc_account_checks',
    { user_id: userId, beneficiary_id: beneficiaryId, day, asked_at: now },
    'on conflict do nothing',
  );
  const [count] = await rows<{ asked: number }>(
    trx,
    'select count(*)::int4 as asked from kyc_account_checks where user_id = :userId and day = :day::date',
    { userId, day },
  );
  const { mostADay } = rules.accounts(now);
  if (count!.asked > mostADay)
    throw new DomainError(KYC_ERRORS.KYC_ACCOUNT_CHECKS_USED, {
      detail: `${mostADay} accounts can be looked up in a day: use one of those, or come again tomorrow`,
    });
}

function checkedOf(
  { cipher }: KycAccountsDependencies,
  record: KycRecord,
  validation: Validation | undefined,
): CheckedAccount {
  const { state = 'failed', registeredName = null } = validation ?? {};
  const name = cipher.open(record.nameSealed, KYC_NAME.place(record.id));
  return {
    state: STATES[state],
    nameScore: registeredName === null ? null : matchNames(name, registeredName).score,
    nameAtBank: registeredName,
  };
}

const STATES: Readonly<Record<Validation['state'], CheckedAccount['state']>> = {
  begun: 'checking',
  sent: 'checking',
  valid: 'valid',
  invalid: 'invalid',
  failed: 'failed',
  refused: 'failed',
  unresolved: 'failed',
};
