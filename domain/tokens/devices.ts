import { createHash, randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { insertOne } from '../../platform/sql';
import { recordAudit } from '../audit/audit';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import { TOKEN_ERRORS } from './errors';

/**
 * The devices that a user signs in on. A device keeps a token of its own beyond the sessions, by which it is known
 * again: a lock-out by guesses from elsewhere does not hold for it, and a sign-in without one is told to the owner.
 */
export interface Devices {
  list(user: UserId): Promise<DeviceView[]>;
  /** Forgets a device and ends its sessions. Throws DomainError DEVICE_NOT_FOUND. */
  forget(user: UserId, deviceId: string, by: { ip: string }): Promise<void>;
  /** Is it the token of a device that the user has signed in on before? */
  isKnown(user: UserId, token: string): Promise<boolean>;
}

/** What a sign-in says of the device that it comes from. */
export interface DeviceFacts {
  /** The token that the device was given at its first sign-in. */
  token?: string | undefined;
  /** As the app calls it: `Chrome on Android`. 1 to 80 characters. */
  name: string;
  ip: string;
}

export interface EnteredDevice {
  id: string;
  isNew: boolean;
  /** Given once, to a new device. */
  token?: string;
}

export interface DeviceView {
  id: string;
  name: string;
  firstSeenAt: Date;
  lastSeenAt: Date;
}

interface Dependencies {
  knex: Knex;
  clock: Clock;
}

const TOKEN = /^md_[A-Za-z0-9_-]{43}$/;

/** What a device's token is found by; undefined for a text that is none. */
export function deviceHash(token: string | undefined): Buffer | undefined {
  return token !== undefined && TOKEN.test(token) ? hashOf(token) : undefined;
}

/** In a statement: has this user been signed in on the device of `hash`? A token of another user's device is nobody's. */
export const isDeviceOf = (user: string, hash: string): string =>
  `exists (select from user_devices d where d.token_hash = ${hash} and d.user_id = ${user} and d.forgotten_at is null)`;

/** In a statement: the known device of `:deviceHash`, seen again. */
export const SEEN_AGAIN = `update user_devices set last_seen_at = greatest(last_seen_at, :now::timestamptz), name = :name
  where token_hash = :deviceHash and user_id = :user and forgotten_at is null returning id`;

export function createDevices({ knex, clock }: Dependencies): Devices {
  return {
    list: (user) =>
      rows<DeviceView>(
        knex,
        `select id, name, first_seen_at as "firstSeenAt", last_seen_at as "lastSeenAt" from user_devices
         where user_id = ? and forgotten_at is null order by id desc limit 100`,
        [user],
      ),
    async forget(user, deviceId, { ip }) {
      const now = clock.now();
      await knex.transaction(async (trx) => {
        const forgotten = await execute(
          trx,
          `update user_devices set forgotten_at = :now
           where id = :deviceId and user_id = :user and forgotten_at is null`,
          { now, deviceId, user },
        );
        if (forgotten === 0) throw new DomainError(TOKEN_ERRORS.DEVICE_NOT_FOUND);
        await execute(
          trx,
          `update user_sessions set ended_at = :now, end_reason = 'device_forgotten'
           where device_id = :deviceId and ended_at is null`,
          { now, deviceId },
        );
        await recordAudit(trx, {
          at: now,
          actor: user,
          actorIp: ip,
          action: 'device.forget',
          subject: `device:${deviceId}`,
          outcome: 'succeeded',
        });
      });
    },
    async isKnown(user, token) {
      const hash = deviceHash(token);
      if (hash === undefined) return false;
      const sql = `select ${isDeviceOf(':user', ':hash')} as "isKnown"`;
      return (await rows<{ isKnown: boolean }>(knex, sql, { user, hash }))[0]!.isKnown;
    },
  };
}

/** The device of a sign-in: the known one of its token, else a new one. */
export async function enterDevice(
  trx: Knex.Transaction,
  { clock, ids }: { clock: Clock; ids: Ids },
  user: UserId,
  { token: shown, name }: DeviceFacts,
): Promise<EnteredDevice> {
  const now = clock.now();
  const known = deviceHash(shown);
  if (known !== undefined) {
    const [seen] = await rows<{ id: string }>(trx, SEEN_AGAIN, { now, name, user, deviceHash: known });
    if (seen !== undefined) return { id: seen.id, isNew: false };
  }
  const id = ids.uuid();
  const token = `md_${randomBytes(32).toString('base64url')}`;
  await insertOne(trx, 'user_devices', {
    id,
    user_id: user,
    token_hash: hashOf(token),
    name,
    first_seen_at: now,
    last_seen_at: now,
  });
  return { id, isNew: true, token };
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
