import path from 'node:path';
import type { Knex } from 'knex';
import { createTerminals } from '../../domain/aeps/terminals';
import type { Passwords } from '../../domain/auth/passwords';
import type { UserId } from '../../domain/ids/ids';
import { createPins } from '../../domain/step-up/pins';
import { mobileDigests, mobileHint, USER_MOBILE } from '../../domain/users/sealed';
import type { UserType } from '../../domain/users/types';
import { createAppUser } from '../../domain/users/users';
import { systemClock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { FieldCipher, KeyedDigest } from '../../platform/encryption';
import { systemIds } from '../../platform/ids';
import { insertOne } from '../../platform/sql';
import { keptSecret, somePin } from './kept-secrets';

/** A user of the network of development: a business that is called by its place. */
export interface SeededUser {
  userId: UserId;
  name: string;
  type: UserType;
  /** The name of the one above; null at the top. */
  below: string | null;
  /** A test number: what is sent to it comes to the outbox. */
  mobile: string;
  password: string;
  pin: string;
  apiKey: string;
}

export interface NetworkDependencies {
  knex: Knex;
  cipher: FieldCipher;
  digest: KeyedDigest;
  passwords: Passwords;
  /** Gives the key of a user, kept in a file of this name. */
  keyOf(user: UserId, file: string): Promise<string>;
  /** Brings money to the main wallet of a user, once. */
  fund(user: UserId, amountPaise: bigint): Promise<void>;
  /** Where secrets are kept. */
  dir: string;
}

interface Place {
  name: string;
  type: UserType;
  /** By its name; it stands before. */
  below?: string;
}

const PLACES: readonly Place[] = [
  { name: 'Munim Maharashtra', type: 'master_distributor' },
  { name: 'Munim Pune', type: 'distributor', below: 'Munim Maharashtra' },
  { name: 'Munim Nagpur', type: 'distributor', below: 'Munim Maharashtra' },
  { name: 'Munim Pune East', type: 'field_staff', below: 'Munim Pune' },
  { name: 'Munim Shivajinagar', type: 'retailer', below: 'Munim Pune' },
  { name: 'Munim Kothrud', type: 'retailer', below: 'Munim Pune' },
  { name: 'Munim Hadapsar', type: 'retailer', below: 'Munim Pune East' },
  { name: 'Munim Hadapsar, till 2', type: 'sub_merchant', below: 'Munim Hadapsar' },
  { name: 'Munim Sitabuldi', type: 'retailer', below: 'Munim Nagpur' },
];
/** ₹10 crore each: runs of the demo use up some of it. */
const FUNDS_PAISE = 1_000_000_000n;
const TERMINAL = 'till-1';

/** Makes those that are missing, each with money, a number, a password and a PIN. */
export async function seedNetwork(deps: NetworkDependencies): Promise<SeededUser[]> {
  const seeded: SeededUser[] = [];
  for (const [i, { name, type, below }] of PLACES.entries()) {
    const parentId = below === undefined ? undefined : seeded.find((one) => one.name === below)!.userId;
    const userId = (await find(deps.knex, name, type)) ?? (await make(deps.knex, { name, type, parentId }));
    const file = path.join('network', fileNameOf(name));
    const user: SeededUser = {
      userId,
      name,
      type,
      below: below ?? null,
      mobile: `99000000${String(i + 1).padStart(2, '0')}`,
      password: keptSecret(path.join(deps.dir, `${file}.password`)),
      pin: keptSecret(path.join(deps.dir, `${file}.pin`), somePin),
      apiKey: await deps.keyOf(userId, file),
    };
    await equip(deps, user);
    seeded.push(user);
  }
  return seeded;
}

const fileNameOf = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');

async function find(knex: Knex, name: string, type: UserType): Promise<UserId | undefined> {
  const [found] = await rows<{ id: UserId }>(
    knex,
    "select id from users where kind = 'app' and name = ? and type = ? order by created_at limit 1",
    [name, type],
  );
  return found?.id;
}

async function make(
  knex: Knex,
  { parentId, ...user }: { name: string; type: UserType; parentId: UserId | undefined },
): Promise<UserId> {
  const made = await knex.transaction((trx) =>
    createAppUser(trx, systemIds, parentId === undefined ? user : { ...user, parentId }),
  );
  return made.userId;
}

/** What the screen says of a user holds, whatever was changed since the last start. */
async function equip(deps: NetworkDependencies, user: SeededUser): Promise<void> {
  const { knex, cipher, digest } = deps;
  await execute(
    knex,
    `update users set mobile_sealed = :sealed, mobile_fingerprint = :fingerprint, mobile_hint = :hint,
       mobile_verified_at = :now
     where id = :id and mobile_fingerprint is distinct from :fingerprint`,
    {
      id: user.userId,
      sealed: cipher.seal(user.mobile, USER_MOBILE.place(user.userId)),
      fingerprint: mobileDigests(digest, user.mobile)[0],
      hint: mobileHint(user.mobile),
      now: systemClock.now(),
    },
  );
  await setPassword(deps, user);
  const pins = createPins({ ...deps, clock: systemClock });
  if ((await pins.state(user.userId)) !== 'set')
    await knex.transaction((trx) => pins.set(trx, user.userId, user.pin));
  await deps.fund(user.userId, FUNDS_PAISE);
  if (user.type === 'retailer')
    await createTerminals({ knex, clock: systemClock }).register(user.userId, TERMINAL, 'npm start');
}

async function setPassword(
  { knex, passwords }: NetworkDependencies,
  { userId, password }: SeededUser,
): Promise<void> {
  const [kept] = await rows<{ hash: string }>(
    knex,
    'select password_hash as hash from user_passwords where user_id = ?',
    [userId],
  );
  if (kept !== undefined && (await passwords.matches(password, kept.hash))) return;
  await insertOne(
    knex,
    'user_passwords',
    { user_id: userId, password_hash: await passwords.hash(password), set_at: systemClock.now() },
    'on conflict (user_id) do update set password_hash = excluded.password_hash, set_at = excluded.set_at',
  );
}
