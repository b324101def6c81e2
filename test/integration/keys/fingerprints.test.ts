/** A process whose keys are not those of the database does not work, and says which. */
import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import { createKeyCheck } from '../../../composition/key-check';
import { makeKnex, rows } from '../../../platform/database';
import { createHealth } from '../../../platform/health';
import { createKeyedDigest } from '../../../platform/encryption';
import {
  compareKeys,
  forgetKey,
  listKeys,
  printOfDigest,
  type NamedKeys,
} from '../../../platform/key-fingerprints';
import { silentLog } from '../../../platform/logger';
import { freshDatabase, type TestDatabase } from '../../support/database';

let database: TestDatabase;
let knex: Knex;
beforeEach(async () => {
  database = await freshDatabase();
  knex = makeKnex(database.url, { max: 2 });
});
afterEach(async () => {
  await knex.destroy();
  await database.drop();
});

const key = (): Buffer => randomBytes(32);
const keysOf = (over: Partial<NamedKeys> = {}): NamedKeys => ({
  encryption: new Map([['k1', key()]]),
  blindIndexes: [key()],
  cursor: key(),
  ...over,
});

test('the first process leaves fingerprints, and never a key', async () => {
  const keys = keysOf();
  expect(await Promise.all([compareKeys(knex, keys), compareKeys(knex, keys)])).toEqual([[], []]);
  const kept = await rows<{ name: string; fingerprint: Buffer }>(
    knex,
    'select name, fingerprint from key_fingerprints order by name',
  );
  expect(kept.map(({ name }) => name)).toEqual(['blind_index', 'cursor', 'encryption:k1']);
  for (const { fingerprint } of kept) {
    expect(fingerprint).toHaveLength(16);
    for (const secret of [...keys.encryption.values(), ...keys.blindIndexes, keys.cursor])
      expect(secret.includes(fingerprint)).toBe(false);
  }
});

test.each([
  ['the encryption key k1 (MUNIM_ENCRYPTION_KEYS)', { encryption: new Map([['k1', key()]]) }],
  ['the blind index key (MUNIM_BLIND_INDEX_KEY)', { blindIndexes: [key()] }],
  ['the cursor key (MUNIM_CURSOR_KEY)', { cursor: key() }],
])('another process with another key is not ready: %s', async (named, other) => {
  const keys = keysOf();
  await compareKeys(knex, keys);
  const check = createKeyCheck({ knex, log: silentLog, keys: { ...keys, ...other } });
  const health = createHealth({ keys: () => check.check() });
  expect(await health.check()).toEqual({
    ready: false,
    checks: { keys: `${named} is not the one that this database was used with` },
  });
  expect(await compareKeys(knex, keys)).toEqual([]);
});

test('a key that the database was used with is missing, until it is forgotten', async () => {
  const [old, next] = [key(), key()];
  const keys = keysOf({ encryption: new Map([['k1', old]]) });
  await compareKeys(knex, keys);
  const rotated = {
    ...keys,
    encryption: new Map([
      ['k2', next],
      ['k1', old],
    ]),
  };
  const behind = { ...keys, encryption: new Map([...rotated.encryption].toReversed()) };
  expect(await compareKeys(knex, rotated)).toEqual([expect.stringContaining('k2 is new')]);
  expect(await compareKeys(knex, behind)).toEqual([]);
  expect(await compareKeys(knex, rotated)).toEqual([]);
  const alone = { ...keys, encryption: new Map([['k2', next]]) };
  expect(await compareKeys(knex, alone)).toEqual([
    'the encryption key k1 (MUNIM_ENCRYPTION_KEYS) is missing',
  ]);
  expect(await forgetKey(knex, 'encryption:k1')).toBe(true);
  expect(await forgetKey(knex, 'encryption:k1')).toBe(false);
  expect(await compareKeys(knex, alone)).toEqual([]);
});

test('a process waits for the right keys before it works', async () => {
  const keys = keysOf();
  const wrong = keysOf();
  await compareKeys(knex, wrong);
  const check = createKeyCheck({ knex, log: silentLog, keys });
  let admitted = false;
  const waiting = check.admitted().then(() => {
    admitted = true;
  });
  await expect(check.check()).rejects.toThrow(/MUNIM_CURSOR_KEY/);
  expect(admitted).toBe(false);
  for (const name of ['encryption:k1', 'blind_index', 'cursor']) await forgetKey(knex, name);
  await waiting;
  expect(admitted).toBe(true);
});

test('a second blind index key is made known, put in front, and then the first is forgotten', async () => {
  const [old, next] = [key(), key()];
  const keys = keysOf({ blindIndexes: [old] });
  const using = (...blindIndexes: Buffer[]): NamedKeys => ({ ...keys, blindIndexes });
  expect(await compareKeys(knex, keys)).toEqual([]);
  expect(await compareKeys(knex, using(next, old))).toEqual([
    expect.stringContaining('the blind index key is new'),
  ]);
  expect(await compareKeys(knex, using(old, next))).toEqual([]);
  expect(await compareKeys(knex, using(next, old))).toEqual([]);
  expect(await compareKeys(knex, using(old))).toEqual([
    expect.stringContaining('MUNIM_OTHER_BLIND_INDEX_KEY'),
  ]);
  expect(await compareKeys(knex, using(next))).toEqual([
    expect.stringContaining('MUNIM_OTHER_BLIND_INDEX_KEY'),
  ]);
  expect(await compareKeys(knex, using(old, key()))).toEqual([
    expect.stringContaining('MUNIM_OTHER_BLIND_INDEX_KEY'),
  ]);
  const named = (await listKeys(knex)).filter(({ name }) => name.startsWith('index-'));
  expect(named.map(({ keptAs }) => keptAs)).toEqual(['blind_index', 'blind_index_b']);
  const { print } = named[0]!;
  expect(print).toEqual(printOfDigest(createKeyedDigest(old)));
  await forgetKey(knex, 'blind_index');
  expect(await compareKeys(knex, using(next))).toEqual([]);
  // the name that is free serves the next change
  expect(await compareKeys(knex, using(next, key()))).toEqual([]);
  expect((await listKeys(knex)).map(({ keptAs }) => keptAs)).toContain('blind_index');
});
