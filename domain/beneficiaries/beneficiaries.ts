import type { UserId } from '../ids/ids';
import type { Knex } from 'knex';
import { LRUCache } from 'lru-cache';
import { execute, rows } from '../../platform/database';
import type { FieldCipher, KeyedDigest } from '../../platform/encryption';
import { createGather } from '../../platform/gather';
import { derivedUuid } from '../../platform/ids';
import { arraysOf, bytea, insertNew, jsonb, table, text, timestamptz, uuid } from '../../platform/sql';
import type { BeneficiaryDetails, ProviderBeneficiaryRefs } from './details';
import { fingerprintsOf, type NewBeneficiary } from './fingerprints';
import { BENEFICIARY_ACCOUNT, BENEFICIARY_NAME } from './sealed';
import { compareTexts } from '../../platform/order';

/**
 * The people and firms that are paid. Name and account are sealed with the row's id as additional data. A
 * keyed fingerprint of the normalised details finds a beneficiary again without opening anything, so each is
 * stored, and registered at a provider, once per user.
 */
export type { NewBeneficiary };
export interface SealedBeneficiary {
  id: string;
  kind: 'bank' | 'vpa';
  fingerprint: Buffer;
  /** The same under the other keys that are valid: it may be stored under one of them. */
  otherFingerprints: readonly Buffer[];
  nameSealed: string;
  accountSealed: string;
  ifsc: string | null;
  hint: string;
}

export interface Beneficiaries {
  /** The id under which these details are known already, if this process remembers it. */
  known(userId: UserId, fingerprint: Buffer): string | undefined;
  remember(userId: UserId, fingerprint: Buffer, id: string): void;
  /** Under every key that is valid; the first is kept. */
  fingerprints(details: NewBeneficiary): readonly Buffer[];
  /**
   * Seals details; nothing is written. The id follows from the user and the details: a provider that is told
   * of the beneficiary again, after its row was lost, gets the same request.
   */
  seal(userId: UserId, details: NewBeneficiary, fingerprints: readonly Buffer[]): SealedBeneficiary;
  /** Opens a stored row. Throws when it was tampered with. */
  open(
    row: Pick<SealedBeneficiary, 'id' | 'kind' | 'nameSealed' | 'accountSealed' | 'ifsc'>,
  ): BeneficiaryDetails;
  /**
   * Keeps the provider's ids of a beneficiary, beside those that are kept already; the first of each kind
   * wins. Returns all.
   */
  saveProviderRefs(ids: ProviderRefs): Promise<ProviderBeneficiaryRefs>;
  /** Forgets the provider's ids of a beneficiary, unless others have taken their place. */
  forgetProviderRefs(ids: ProviderRefs): Promise<void>;
}

export interface ProviderRefs {
  beneficiaryId: string;
  provider: string;
  refs: ProviderBeneficiaryRefs;
}

const REMEMBERED = 50_000;

export function createBeneficiaries(deps: {
  knex: Knex;
  cipher: FieldCipher;
  digest: KeyedDigest;
}): Beneficiaries {
  const remembered = new LRUCache<string, string>({ max: REMEMBERED });
  const save = createGather<ProviderRefs, ProviderBeneficiaryRefs>((list) => saveRefs(deps.knex, list), {
    maxBatch: 200,
  });
  const key = (userId: UserId, fingerprint: Buffer): string => `${userId}${fingerprint.toString('base64')}`;
  return {
    known: (userId, fingerprint) => remembered.get(key(userId, fingerprint)),
    remember: (userId, fingerprint, id) => {
      remembered.set(key(userId, fingerprint), id);
    },
    fingerprints: (b) => fingerprintsOf(deps.digest, b),
    seal(userId, b, fingerprints) {
      const [fingerprint, ...otherFingerprints] = fingerprints as [Buffer, ...Buffer[]];
      const id = idOf(userId, fingerprints);
      const account = b.account.kind === 'bank' ? b.account.accountNumber : b.account.address;
      return {
        id,
        kind: b.account.kind,
        fingerprint,
        otherFingerprints,
        nameSealed: deps.cipher.seal(b.name, BENEFICIARY_NAME.place(id)),
        accountSealed: deps.cipher.seal(account, BENEFICIARY_ACCOUNT.place(id)),
        ifsc: b.account.kind === 'bank' ? b.account.ifsc : null,
        hint: b.account.kind === 'bank' ? `…${account.slice(-4)}` : `…${account.slice(account.indexOf('@'))}`,
      };
    },
    open(row) {
      const account = deps.cipher.open(row.accountSealed, BENEFICIARY_ACCOUNT.place(row.id));
      return {
        id: row.id,
        name: deps.cipher.open(row.nameSealed, BENEFICIARY_NAME.place(row.id)),
        account:
          row.kind === 'bank'
            ? { kind: 'bank', accountNumber: account, ifsc: row.ifsc! }
            : { kind: 'vpa', address: account },
      };
    },
    saveProviderRefs: save,
    async forgetProviderRefs({ beneficiaryId, provider, refs }) {
      await execute(
        deps.knex,
        `delete from provider_beneficiaries
         where beneficiary_id = :beneficiaryId and provider = :provider and refs = :refs::jsonb`,
        { beneficiaryId, provider, refs: JSON.stringify(refs) },
      );
    },
  };
}

const PROVIDER_REFS = table<ProviderRefs>('provider_beneficiaries', {
  beneficiary_id: uuid((r) => r.beneficiaryId),
  provider: text((r) => r.provider),
  refs: jsonb((r) => r.refs),
});

/**
 * One row for each beneficiary and provider, however often it is in the list. Sorted, so that two processes
 * that keep the same rows wait in one direction only, and never deadlock.
 */
async function saveRefs(knex: Knex, list: readonly ProviderRefs[]): Promise<ProviderBeneficiaryRefs[]> {
  const keyOf = ({ beneficiaryId, provider }: ProviderRefs): string => `${beneficiaryId}|${provider}`;
  const merged = new Map<string, ProviderRefs>();
  for (const one of list)
    merged.set(keyOf(one), { ...one, refs: { ...one.refs, ...merged.get(keyOf(one))?.refs } });
  const sorted = [...merged.values()].toSorted((a, b) => compareTexts(keyOf(a), keyOf(b)));
  const kept = await rows<ProviderRefs>(
    knex,
    `
    insert into provider_beneficiaries as b (${PROVIDER_REFS.names}) select n.* from ${PROVIDER_REFS.source}
    on conflict (beneficiary_id, provider) do update set refs = excluded.refs || b.refs
    returning b.beneficiary_id as "beneficiaryId", b.provider, b.refs`,
    arraysOf(PROVIDER_REFS, sorted),
  );
  const refs = new Map(kept.map((row) => [keyOf(row), row.refs]));
  return list.map((one) => refs.get(keyOf(one))!);
}

/**
 * While two keys are valid every process takes the same one of the two, whichever it writes with: two that store
 * the same beneficiary at once cannot store it twice.
 */
function idOf(userId: UserId, fingerprints: readonly Buffer[]): string {
  const lowest = fingerprints.toSorted((a, b) => a.compare(b))[0]!;
  return derivedUuid(userId, `beneficiary|${lowest.toString('base64')}`);
}

/**
 * Who made it: a payout that spelled it out, its user by name, or the check of the account that a user says is their
 * own.
 */
export type MadeBy = 'payout' | 'caller' | 'kyc';

export interface OwnedBeneficiary {
  userId: string;
  sealed: SealedBeneficiary;
  madeBy: MadeBy;
  /** When it is made, if it is not there yet: how new it is decides how much may be paid to it. */
  at: Date;
}

const BENEFICIARIES = table<OwnedBeneficiary>('beneficiaries', {
  id: uuid((b) => b.sealed.id),
  user_id: uuid((b) => b.userId),
  kind: text((b) => b.sealed.kind),
  fingerprint: bytea((b) => b.sealed.fingerprint),
  name_sealed: text((b) => b.sealed.nameSealed),
  account_sealed: text((b) => b.sealed.accountSealed),
  ifsc: text((b) => b.sealed.ifsc),
  hint: text((b) => b.sealed.hint),
  made_by: text((b) => b.madeBy),
  created_at: timestamptz((b) => b.at),
});

export interface InsertedBeneficiaries {
  /** The stored id of each, by user and fingerprint, in the order given. */
  ids: string[];
  /** The ids of those that were not there before. */
  made: ReadonlySet<string>;
}

/** Inserts those that are new. */
export async function insertBeneficiaries(
  trx: Knex.Transaction,
  list: readonly OwnedBeneficiary[],
): Promise<InsertedBeneficiaries> {
  if (list.length === 0) return { ids: [], made: new Set() };
  // While a key is replaced, a beneficiary may be stored under the one that we do not write with.
  const isStored = list.some(({ sealed }) => sealed.otherFingerprints.length > 0)
    ? await findBeneficiaries(trx, list.map(printsOf))
    : [];
  const missing = list.filter((_, i) => isStored[i] === undefined);
  // Sorted, so that two processes that insert the same rows wait in one direction only, and never deadlock.
  const sorted = missing.toSorted((a, b) => compareTexts(a.sealed.id, b.sealed.id));
  const made = await insertNew(trx, BENEFICIARIES, sorted, { conflict: '', returning: 'id' });
  const ids = (await findBeneficiaries(trx, list.map(printsOf))).map((id) => id!);
  return { ids, made: new Set(made) };
}

const printsOf = ({ userId, sealed }: OwnedBeneficiary): OwnedPrints => ({
  userId,
  fingerprints: [sealed.fingerprint, ...sealed.otherFingerprints],
});

/** By what a beneficiary of a user is found: its fingerprints under every key that is valid. */
export interface OwnedPrints {
  userId: string;
  fingerprints: readonly Buffer[];
}

/** The stored id of each, in the order given; undefined for one that is not stored. */
export async function findBeneficiaries(
  trx: Knex | Knex.Transaction,
  list: readonly OwnedPrints[],
): Promise<(string | undefined)[]> {
  const names = list.map(({ userId, fingerprints }) =>
    fingerprints.map((fingerprint) => ({ userId, fingerprint })),
  );
  const looked = names.flat();
  const found = await rows<{ id: string; userId: string; fingerprint: Buffer }>(
    trx,
    `
    select b.id, b.user_id as "userId", b.fingerprint
    from beneficiaries b join unnest(?::uuid[], ?::bytea[]) as n(user_id, fingerprint)
      on b.user_id = n.user_id and b.fingerprint = n.fingerprint`,
    [looked.map(({ userId }) => userId), looked.map(({ fingerprint }) => fingerprint)],
  );
  const keyOf = (b: { userId: string; fingerprint: Buffer }): string =>
    `${b.userId}${b.fingerprint.toString('base64')}`;
  const byKey = new Map(found.map((b) => [keyOf(b), b.id]));
  return names.map((own) => own.map((name) => byKey.get(keyOf(name))).find((id) => id !== undefined));
}
