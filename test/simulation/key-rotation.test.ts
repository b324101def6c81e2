/**
 * A rotation of keys under load: while every service is used, processes die and jobs are lost, one process still
 * seals with the old key and one with the new one, and the rotation is carried out by both and killed in the
 * middle again and again. Afterwards the old key is thrown away.
 */
import { createStaffAccess } from '../../domain/access/access';
import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import { createKeyOperations, type RotationStatus } from '../../domain/keys/operations';
import { keyedTables, type KeyedTable } from '../../domain/keys/tables';
import { createKeyRotation } from '../../domain/keys/rotation';
import { digestedColumns, sealedColumns } from '../../domain/services/sealed';
import { ALL_SERVICES } from '../../domain/services/services';
import { rows } from '../../platform/database';
import {
  createFieldCipher,
  createKeyedDigest,
  type EncryptionKeys,
  type FieldCipher,
  type KeyedDigest,
} from '../../platform/encryption';
import type { ProcessSettings } from '../support/world';
import type { UserId } from '../../domain/ids/ids';
import { FakeClock } from '../../platform/clock';
import { systemIds } from '../../platform/ids';
import { createDatabaseWorld, type DatabaseWorld } from './support/database-world';
import { createRandom } from './support/random';
import { Killed } from './support/sim';
import { SEED, story } from './support/story';

const STEPS = 400;
const KILLED_SHARE = 0.35;
/** Small, so that a few hundred rows are many ranges. */
const ROWS_OF_A_RANGE = 5;
const CLAIM_MS = 61_000;

const KEYS = new Map([
  ['old', randomBytes(32)],
  ['new', randomBytes(32)],
]);
const TABLES = keyedTables(sealedColumns(ALL_SERVICES), digestedColumns(ALL_SERVICES));

let world: DatabaseWorld;
let knex: Knex;
beforeAll(async () => {
  const digests = [
    { key: KEYS.get('old')!, since: new Date(0) },
    { key: KEYS.get('new')!, since: new FakeClock().now() },
  ];
  const sealingWith = (activeKid: 'old' | 'new'): ProcessSettings['keys'] => ({
    encryption: { keys: KEYS, activeKid } satisfies EncryptionKeys,
    digest: randomBytes(32),
    digests: activeKid === 'old' ? digests : digests.toReversed(),
  });
  world = await createDatabaseWorld(SEED, { keys: [sealingWith('old'), sealingWith('new')] });
  knex = world.nodes[0]!.process.knex;
});
afterAll(async () => {
  await world.close();
});

test(`a rotation under load, killed again and again, leaves nothing under the old key (SIM_SEED=${SEED})`, async () => {
  const random = createRandom(SEED + 1);
  const kills = { claimed: 0, read: 0, written: 0 };
  const rotation = createKeyRotation({
    ...world.nodes[1]!.process,
    tables: TABLES,
    rowsOfARange: ROWS_OF_A_RANGE,
    onPoint(point) {
      if (world.isCalm() || !random.chance(KILLED_SHARE)) return;
      kills[point] += 1;
      throw new Killed(`killed at ${point}`);
    },
  });
  const work = async (): Promise<boolean> => {
    try {
      return (await rotation.work()).more;
    } catch (error) {
      if (error instanceof Killed) return true;
      throw error;
    }
  };
  for (let step = 1; step <= STEPS / 2; step++) await world.step();
  const process = world.nodes[0]!.process;
  const keys = createKeyOperations({ ...process, access: createStaffAccess(process), tables: TABLES });
  const admin = { userId: systemIds.uuid() as UserId, role: 'admin' as const };
  const before = await plainTexts(world.nodes[0]!.process);
  const begun = await keys.begin({ reason: 'a yearly rotation', by: admin });
  expect(await keys.begin({ reason: 'once more', by: admin })).toMatchObject({ id: begun.id });

  for (let step = 1; step <= STEPS / 2; step++) {
    await Promise.all([world.step(), work()]);
    const problems = [...(await world.quickCheck()), ...(step % 100 === 0 ? await world.fullCheck() : [])];
    if (problems.length > 0) throw new Error(story(world.journal, step, problems));
  }
  expect(Math.min(...Object.values(kills))).toBeGreaterThan(0);
  expect(kills.claimed + kills.read + kills.written).toBeGreaterThan(10);

  await world.calmDown();
  const problems = [...(await world.quickCheck()), ...(await world.fullCheck())];
  if (problems.length > 0) throw new Error(story(world.journal, STEPS, problems));
  const { encryptionKey, tables } = await finish();
  expect(encryptionKey).toBe('new');
  expect(tables.filter(({ unopened }) => unopened > 0)).toEqual([]);

  const uses = await keys.check();
  expect(uses.filter(({ values }) => values > 0).map(({ key }) => key)).toEqual(['new']);
  const alone = createFieldCipher({ keys: new Map([['new', KEYS.get('new')!]]), activeKid: 'new' });
  const after = await plainTexts({ knex, cipher: alone });
  // What is gone was erased by its own rules: a one-time password that was sent.
  const changed = [...before].filter(([place, text]) => after.has(place) && after.get(place) !== text);
  expect(changed).toEqual([]);
  expect(after.size).toBeGreaterThan(before.size / 2);
  expect(await namesTwice(after)).toEqual([]);
  expect(await madeOtherwise(createKeyedDigest(KEYS.get('new')!), alone)).toEqual([]);

  async function finish(): Promise<RotationStatus> {
    for (let rounds = 0; rounds < 10_000; rounds++) {
      if (await work()) continue;
      const status = (await keys.status())!;
      if (status.finishedAt !== null) return status;
      world.clock.advance(CLAIM_MS);
    }
    throw new Error('the rotation does not come to an end');
  }
}, 300_000);

/** Beneficiaries and senders that are there twice for one user. */
async function namesTwice(plain: ReadonlyMap<string, string>): Promise<string[]> {
  const owned = await rows<{ id: string; place: string; user: string }>(
    knex,
    `
    select id, 'beneficiaries|account_sealed|' || id as place, user_id || ifsc as "user" from beneficiaries
    union all select id, 'dmt_senders|mobile_sealed|' || id, user_id::text from dmt_senders`,
  );
  const seen = new Set<string>();
  return owned.flatMap(({ id, place, user }) => {
    const name = `${user}|${plain.get(place.replace('account_sealed', 'name_sealed'))}|${plain.get(place)}`;
    if (!seen.has(name)) return seen.add(name) && [];
    return [id];
  });
}

/** Digests that are not those of this key. */
async function madeOtherwise(digest: KeyedDigest, cipher: FieldCipher): Promise<string[]> {
  const found: string[] = [];
  for (const { table, key, sealed, digests } of TABLES.values()) {
    if (digests === undefined) continue;
    const stored = await rows<{
      key: string;
      sealed: (string | null)[];
      digests: (Buffer | null)[];
      reads: string[];
    }>(
      knex,
      `select t.${key} as key, array[${sealed.map(({ column }) => `t.${column}`).join(', ')}] as sealed,
        array[${digests.columns.map((column) => `t.${column}`).join(', ')}] as digests,
        array[${digests.reads.join(', ')}]::text[] as reads from ${table} t`,
    );
    for (const row of stored) {
      const opened = sealed.flatMap((one, n) => {
        const value = row.sealed[n]!;
        return value === null ? [] : [[one.column, cipher.open(value, one.place(row.key))]];
      });
      const made = digests.of(digest, Object.fromEntries(opened) as Record<string, string>, row.reads);
      for (const [n, column] of digests.columns.entries())
        if (digests.filled?.includes(column) !== true && row.digests[n] !== null)
          if (!row.digests[n]!.equals(made[n]!)) found.push(`${table}.${column} of ${row.key}`);
    }
  }
  return found;
}

/** Every sealed value, opened, by its place. */
async function plainTexts({
  knex: db,
  cipher,
}: {
  knex: Knex;
  cipher: FieldCipher;
}): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const table of TABLES.values())
    for (const { key, values } of await sealedOf(db, table))
      for (const [i, column] of table.sealed.entries()) {
        const sealed = values[i];
        if (typeof sealed === 'string') found.set(column.place(key), cipher.open(sealed, column.place(key)));
      }
  return found;
}

function sealedOf(
  db: Knex,
  { table, key, sealed }: KeyedTable,
): Promise<{ key: string; values: (string | null)[] }[]> {
  return rows<{ key: string; values: (string | null)[] }>(
    db,
    `select ${key} as key, array[${sealed.map(({ column }) => column).join(', ')}] as values from ${table}`,
  );
}
