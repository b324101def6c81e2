import path from 'node:path';
import type { Knex } from 'knex';
import type { UserId } from '../../domain/ids/ids';
import type { UserType } from '../../domain/users/types';
import { createAppUser } from '../../domain/users/users';
import { rows } from '../../platform/database';
import { systemIds } from '../../platform/ids';

/** A user of the network of development: a business that is called by its place. */
export interface SeededUser {
  name: string;
  type: UserType;
  apiKey: string;
}

interface Place {
  name: string;
  type: UserType;
  /** By its name; it stands before. */
  below?: string;
  /** It has a key, which the screen shows. */
  hasKey?: true;
}

const PLACES: readonly Place[] = [
  { name: 'Munim Maharashtra', type: 'master_distributor', hasKey: true },
  { name: 'Munim Pune', type: 'distributor', below: 'Munim Maharashtra', hasKey: true },
  { name: 'Munim Nagpur', type: 'distributor', below: 'Munim Maharashtra' },
  { name: 'Munim Pune East', type: 'field_staff', below: 'Munim Pune' },
  { name: 'Munim Shivajinagar', type: 'retailer', below: 'Munim Pune', hasKey: true },
  { name: 'Munim Kothrud', type: 'retailer', below: 'Munim Pune' },
  { name: 'Munim Hadapsar', type: 'retailer', below: 'Munim Pune East' },
  { name: 'Munim Hadapsar, till 2', type: 'sub_merchant', below: 'Munim Hadapsar' },
  { name: 'Munim Sitabuldi', type: 'retailer', below: 'Munim Nagpur' },
];

/** Makes those that are missing. `keyOf` gives the key of a user, kept in a file of this name. */
export async function seedNetwork(
  knex: Knex,
  keyOf: (user: UserId, file: string) => Promise<string>,
): Promise<SeededUser[]> {
  const seeded: SeededUser[] = [];
  const known = new Map<string, UserId>();
  for (const { name, type, below, hasKey } of PLACES) {
    const parentId = below === undefined ? undefined : known.get(below)!;
    const user = (await find(knex, name, type)) ?? (await make(knex, { name, type, parentId }));
    known.set(name, user);
    if (hasKey !== true) continue;
    const file = path.join('network', name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'));
    seeded.push({ name, type, apiKey: await keyOf(user, file) });
  }
  return seeded;
}

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
