import type { Knex } from 'knex';
import { userId, type UserId } from '../ids/ids';
import type { Clock } from '../../platform/clock';
import { rows, sqlState } from '../../platform/database';
import { isDigestOf, type FieldCipher, type KeyedDigest } from '../../platform/encryption';
import type { Ids } from '../../platform/ids';
import { insertAll, table, text, timestamptz, uuid } from '../../platform/sql';
import { recordAudit } from '../audit/audit';
import { DomainError } from '../errors/errors';
import type { ServiceName } from '../provider/service-name';
import { requireBelow } from './directory';
import { USER_ERRORS } from './errors';
import {
  emailDigests,
  emailHint,
  mobileDigests,
  mobileHint,
  USER_ADDRESS,
  USER_EMAIL,
  USER_MOBILE,
} from './sealed';
import type { UserType } from './types';
import { createAppUser, type NewAppUser } from './users';

/** What is said of a new user. Texts are checked by whoever calls. */
export interface Registration {
  type: UserType;
  /** Of the business. */
  name: string;
  /** Ten digits. */
  mobile: string;
  email?: string;
  language?: 'en' | 'hi';
  address?: Address;
  services?: readonly ServiceName[];
  /** Above the new user; by default whoever registers it. */
  parent?: UserId;
}
export interface Address {
  line?: string;
  city: string;
  stateCode: string;
  pinCode: string;
}

export interface RegistrationDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  cipher: FieldCipher;
  digest: KeyedDigest;
}

const UNIQUE_VIOLATION = '23505';
const CONTACTS: readonly string[] = ['users_mobile_unique', 'users_email_of_app_unique'];
const PLACES: readonly string[] = ['users_parent_of_a_fitting_type', 'users_parent_is_open'];

/**
 * Makes a user below `by`, as a lead with its wallet. `key`: asked again with the same words, it is the user of the
 * first time. Throws DomainError USER_NOT_FOUND (the parent is not below), USER_STAGE_REFUSED (`by` is not active),
 * USER_CONTACT_TAKEN, USER_PLACE_INVALID, IDEMPOTENCY_KEY_REUSED.
 */
export async function registerUser(
  deps: RegistrationDependencies,
  by: UserId,
  key: string,
  given: Registration,
): Promise<{ user: UserId; replayed: boolean }> {
  const hashes = deps.digest.every('user registration', JSON.stringify(given));
  const first = await findFirst(deps.knex, by, key, hashes);
  if (first !== undefined) return { user: first, replayed: true };
  const parent = given.parent ?? by;
  await requireBelow(deps.knex, by, parent);
  await requireActive(deps.knex, by);
  const id = userId(deps.ids.uuid());
  try {
    await deps.knex.transaction((trx) =>
      insertUser(trx, deps, given, {
        ...rowOf(deps, id, given),
        parentId: parent,
        registeredBy: by,
        registrationKey: key,
        registrationHash: hashes[0]!,
      }),
    );
    return { user: id, replayed: false };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    // the same request at the same instant, of which one is stored
    const other = await findFirst(deps.knex, by, key, hashes);
    if (other === undefined) throw refusal;
    return { user: other, replayed: true };
  }
}

async function findFirst(
  knex: Knex,
  by: UserId,
  key: string,
  hashes: readonly Buffer[],
): Promise<UserId | undefined> {
  const [first] = await rows<{ id: UserId; hash: Buffer }>(
    knex,
    'select id, registration_hash as hash from users where registered_by = ? and registration_key = ?',
    [by, key],
  );
  if (first === undefined) return undefined;
  if (isDigestOf(first.hash, hashes)) return first.id;
  throw new DomainError('IDEMPOTENCY_KEY_REUSED', {
    detail: 'this Idempotency-Key was used for another user; use a fresh key for a new one',
  });
}

async function requireActive(knex: Knex, by: UserId): Promise<void> {
  const [found] = await rows<{ stage: string | null }>(knex, 'select stage from users where id = ?', [by]);
  if (found?.stage !== 'active')
    throw new DomainError(USER_ERRORS.USER_STAGE_REFUSED, { detail: 'you are not active yourself' });
}

function rowOf(
  { cipher, digest }: RegistrationDependencies,
  id: UserId,
  { type, name, mobile, email, language, address }: Registration,
): NewAppUser {
  return {
    id,
    type,
    name,
    stage: 'lead',
    language: language ?? 'en',
    mobileSealed: cipher.seal(mobile, USER_MOBILE.place(id)),
    mobileFingerprint: mobileDigests(digest, mobile)[0]!,
    mobileHint: mobileHint(mobile),
    ...(email === undefined
      ? {}
      : {
          emailSealed: cipher.seal(email, USER_EMAIL.place(id)),
          emailFingerprint: emailDigests(digest, email)[0]!,
          emailHint: emailHint(email),
        }),
    ...(address === undefined ? {} : addressOf(cipher, id, address)),
  };
}

/** The columns of an address; the line alone is somebody's door. */
export function addressOf(
  cipher: FieldCipher,
  id: UserId,
  { line, city, stateCode, pinCode }: Address,
): Pick<NewAppUser, 'city' | 'stateCode' | 'pinCode' | 'addressSealed'> {
  return {
    city,
    stateCode,
    pinCode,
    addressSealed: line === undefined ? null : cipher.seal(line, USER_ADDRESS.place(id)),
  };
}

const REQUESTED = table<{ user: UserId; service: string; at: Date }>('user_services', {
  user_id: uuid((r) => r.user),
  service: text((r) => r.service),
  state: text(() => 'requested'),
  state_at: timestamptz((r) => r.at),
});

async function insertUser(
  trx: Knex.Transaction,
  { clock, ids }: RegistrationDependencies,
  { type, services = [] }: Registration,
  row: NewAppUser & { registeredBy: UserId },
): Promise<void> {
  const { userId: user } = await createAppUser(trx, ids, row);
  const at = clock.now();
  await insertAll(
    trx,
    REQUESTED,
    [...new Set(services)].map((service) => ({ user, service, at })),
  );
  await recordAudit(trx, {
    at,
    actor: row.registeredBy,
    action: 'user.register',
    subject: `user:${user}`,
    outcome: 'succeeded',
    detail: { type, parent: row.parentId ?? 'none' },
  });
}

/** What a violated rule means to the caller. */
export function refusalOf(error: unknown): DomainError | undefined {
  const constraint = (error as { constraint?: string }).constraint ?? '';
  if (PLACES.includes(constraint)) return new DomainError(USER_ERRORS.USER_PLACE_INVALID, { cause: error });
  if (sqlState(error) !== UNIQUE_VIOLATION) return undefined;
  if (CONTACTS.includes(constraint)) return new DomainError(USER_ERRORS.USER_CONTACT_TAKEN, { cause: error });
  return constraint === 'users_registered_once'
    ? new DomainError('IDEMPOTENCY_IN_PROGRESS', { retryAfterS: 1, cause: error })
    : undefined;
}
