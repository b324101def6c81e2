import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';
import { userId, type UserId } from '../ids/ids';
import type { Channel, Language } from '../notifications/port';
import { deviceHash, isDeviceOf } from '../tokens/devices';
import { USER_EMAIL, USER_MOBILE } from '../users/sealed';
import type { Login } from './logins';

/** A user of apps, as sign-in needs to know them. */
export interface PersonOfApp {
  id: UserId;
  name: string;
  language: Language;
  isActive: boolean;
  /** Null: they never set one. */
  passwordHash: string | null;
  mobile: string | null;
  email: string | null;
  /** The owner has shown a code that was sent there. */
  isMobileProven: boolean;
  isEmailProven: boolean;
}

/** Who is looked for where there is nobody: it takes as long. */
export const NOBODY = userId('00000000-0000-7000-8000-000000000000');

export interface PeopleDependencies {
  knex: Knex;
  cipher: FieldCipher;
}

interface Row {
  id: UserId;
  name: string;
  language: Language;
  isActive: boolean;
  passwordHash: string | null;
  mobileSealed: string | null;
  emailSealed: string | null;
  isMobileProven: boolean;
  isEmailProven: boolean;
}

const COLUMNS = `u.id, u.name, u.language, u.status = 'active' as "isActive", p.password_hash as "passwordHash",
  u.mobile_sealed as "mobileSealed", u.email_sealed as "emailSealed",
  u.mobile_verified_at is not null as "isMobileProven", u.email_verified_at is not null as "isEmailProven"`;
const FROM = `from users u left join user_passwords p on p.user_id = u.id`;
const FINGERPRINT: Record<Channel, string> = { sms: 'mobile_fingerprint', email: 'email_fingerprint' };

export async function personOfLogin(
  deps: PeopleDependencies,
  { channel, digests }: Pick<Login, 'channel'> & { digests: readonly Buffer[] },
): Promise<PersonOfApp | undefined> {
  const [found] = await rows<Row>(
    deps.knex,
    `select ${COLUMNS} ${FROM} where u.${FINGERPRINT[channel]} = any(?::bytea[]) and u.stage <> 'closed' and u.kind = 'app'`,
    [digests],
  );
  return found === undefined ? undefined : opened(deps, found);
}

/** Whose login it is, and whether they have signed in on the device of this token before. */
export async function personOnDevice(
  deps: PeopleDependencies,
  { channel, digests }: Pick<Login, 'channel' | 'digests'>,
  token: string | undefined,
): Promise<{ person: PersonOfApp | undefined; isKnown: boolean }> {
  const [found] = await rows<Row & { isKnown: boolean }>(
    deps.knex,
    `select ${COLUMNS}, ${isDeviceOf('u.id', ':device')} as "isKnown" ${FROM}
     where u.${FINGERPRINT[channel]} = any(:digests::bytea[]) and u.stage <> 'closed' and u.kind = 'app'`,
    { digests, device: deviceHash(token) ?? null },
  );
  if (found === undefined) return { person: undefined, isKnown: false };
  const { isKnown, ...row } = found;
  return { person: opened(deps, row), isKnown };
}

export async function personOf(deps: PeopleDependencies, id: UserId): Promise<PersonOfApp | undefined> {
  const [found] = await rows<Row>(
    deps.knex,
    `select ${COLUMNS} ${FROM} where u.id = ? and u.stage <> 'closed' and u.kind = 'app'`,
    [id],
  );
  return found === undefined ? undefined : opened(deps, found);
}

function opened({ cipher }: PeopleDependencies, { mobileSealed, emailSealed, ...row }: Row): PersonOfApp {
  return {
    ...row,
    mobile: mobileSealed === null ? null : cipher.open(mobileSealed, USER_MOBILE.place(row.id)),
    email: emailSealed === null ? null : cipher.open(emailSealed, USER_EMAIL.place(row.id)),
  };
}

/** Where somebody is reached, the telephone first. */
export function addressesOf({
  mobile,
  email,
}: Pick<PersonOfApp, 'mobile' | 'email'>): { channel: Channel; address: string }[] {
  return [
    ...(mobile === null ? [] : [{ channel: 'sms' as const, address: mobile }]),
    ...(email === null ? [] : [{ channel: 'email' as const, address: email }]),
  ];
}

/** Of those where somebody is reached, the ones that they have shown to be theirs: a code is sent to no others. */
export function provenAddressesOf(person: PersonOfApp): { channel: Channel; address: string }[] {
  return addressesOf({
    mobile: person.isMobileProven ? person.mobile : null,
    email: person.isEmailProven ? person.email : null,
  });
}
