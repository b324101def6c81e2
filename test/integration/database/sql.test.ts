import type { Knex } from 'knex';
import { execute, makeKnex, rows } from '../../../platform/database';
import {
  arraysOf,
  bool,
  bytea,
  date,
  insertAll,
  insertNew,
  insertOne,
  int2,
  int4,
  int8,
  jsonAsText,
  jsonb,
  jsonbText,
  selectOf,
  table,
  text,
  timestamptz,
  updateAll,
  updateWhere,
  uuid,
  type ColumnsOf,
} from '../../../platform/sql';
import { freshDatabase, type TestDatabase } from '../../support/database';
import { takeDifferences } from '../../support/watched-rows';

interface Thing {
  id: string;
  word: string | null;
  bytes: Buffer | null;
  is: boolean | null;
  small: number | null;
  middle: number | null;
  paise: bigint | null;
  json: unknown;
  given: string | null;
  at: Date | null;
  day: string | null;
}

const THINGS = table<Thing>('things', {
  id: uuid((t) => t.id),
  word: text((t) => t.word),
  bytes: bytea((t) => t.bytes),
  is_so: bool((t) => t.is),
  small: int2((t) => t.small),
  middle: int4((t) => t.middle),
  paise: int8((t) => t.paise),
  json: jsonb((t) => t.json),
  given: jsonbText((t) => t.given),
  at: timestamptz((t) => t.at),
  day: date((t) => t.day),
});

const READ = selectOf({
  id: 'id',
  word: 'word',
  bytes: 'bytes',
  is: 'is_so',
  small: 'small',
  middle: 'middle',
  paise: 'paise',
  json: 'json',
  given: 'given::text',
  at: 'at',
  day: 'day::text',
} satisfies ColumnsOf<Thing>);

const EMPTY: Omit<Thing, 'id'> = {
  word: null,
  bytes: null,
  is: null,
  small: null,
  middle: null,
  paise: null,
  json: null,
  given: null,
  at: null,
  day: null,
};
const FULL: Omit<Thing, 'id'> = {
  word: 'a "quoted", {braced} \\ word of रुपये; NULL',
  bytes: Buffer.from([0, 1, 0x5c, 0x22, 255]),
  is: false,
  small: -32_768,
  middle: 2_147_483_647,
  paise: 9_223_372_036_854_775_807n,
  json: { list: [1, 'two', null], text: '"{}\\' },
  given: '["given", 1]',
  at: new Date('2026-03-01T00:00:00.123Z'),
  day: '2026-02-28',
};
const id = (n: number): string => `01890a5d-ac96-774b-bcce-${String(n).padStart(12, '0')}`;

describe('statements with named columns', () => {
  let database: TestDatabase;
  let knex: Knex;

  beforeAll(async () => {
    database = await freshDatabase({ empty: true });
    knex = makeKnex(database.url);
    await knex.raw(
      `create table things (id uuid primary key, word text, bytes bytea, is_so bool, small int2, middle int4,
        paise int8, json jsonb, given jsonb,
        at timestamptz, day date, told_at timestamptz, tags text[])`,
    );
  });
  beforeEach(() => execute(knex, 'delete from things'));
  afterAll(async () => {
    await knex.destroy();
    await database.drop();
  });
  const stored = (): Promise<Thing[]> => rows<Thing>(knex, `select ${READ} from things order by id`);

  it('writes each type as it is, and nulls, in one statement', async () => {
    const list = [
      { id: id(1), ...FULL },
      { id: id(2), ...EMPTY },
      { id: id(3), ...EMPTY, word: '', bytes: Buffer.alloc(0), is: true, paise: -1n, json: false },
      { id: id(4), ...EMPTY, word: 'NULL', json: 'text', given: 'null' },
      { id: id(5), ...EMPTY, paise: -9_223_372_036_854_775_808n, middle: -2_147_483_648, json: '\u001f😀₹' },
      { id: id(6), ...EMPTY, at: new Date('1969-12-31T23:59:59.999Z'), day: '0001-01-01' },
      { id: id(7), ...EMPTY, at: new Date('0100-01-01T00:00:00Z'), day: '9999-12-31' },
      { id: id(8), ...EMPTY, at: new Date('9999-12-31T23:59:59.999Z'), day: '1999-12-31' },
    ];
    await insertAll(knex, THINGS, list);
    expect(await stored()).toEqual(list);
  });

  it('writes a moment the same in every time zone', async () => {
    const zone = process.env.TZ;
    process.env.TZ = 'America/St_Johns';
    try {
      await insertAll(knex, THINGS, [{ id: id(1), ...FULL }]);
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
    expect((await stored())[0]!.at).toEqual(FULL.at);
  });

  it('gives all rows the columns they share', async () => {
    const told = new Date('2026-05-05T05:05:05Z');
    await insertAll(
      knex,
      THINGS,
      [1, 2].map((n) => ({ id: id(n), ...EMPTY })),
      { told_at: told },
    );
    expect(await rows<{ told_at: Date }>(knex, 'select told_at from things')).toEqual([
      { told_at: told },
      { told_at: told },
    ]);
  });

  it('says when fewer rows were written than there are', async () => {
    await knex.raw(
      `create function skip_two() returns trigger language plpgsql as $$ begin if new.small = 2 then return
        null; end if; return new; end $$;
       create trigger skip_two before insert on things for each row execute function skip_two()`,
    );
    try {
      await expect(
        insertAll(
          knex,
          THINGS,
          [1, 2].map((n) => ({ id: id(n), ...EMPTY, small: n })),
        ),
      ).rejects.toThrow('1 rows of things were written where 2 were expected');
    } finally {
      await knex.raw('drop function skip_two cascade');
    }
  });

  it('inserts what is new and says what that was', async () => {
    await insertAll(knex, THINGS, [{ id: id(1), ...EMPTY, word: 'first' }]);
    const list = [1, 2].map((n) => ({ id: id(n), ...EMPTY, word: 'second' }));
    expect(await insertNew(knex, THINGS, list, { conflict: '(id)', returning: 'id' })).toEqual([id(2)]);
    expect(await insertNew(knex, THINGS, list, { conflict: '', returning: 'id' })).toEqual([]);
    expect((await stored()).map((t) => t.word)).toEqual(['first', 'second']);
  });

  it('updates each row by its key, and says when one is missing', async () => {
    await insertAll(
      knex,
      THINGS,
      [1, 2, 3].map((n) => ({ id: id(n), ...FULL })),
    );
    const changed = [
      { id: id(3), ...EMPTY, word: 'three' },
      { id: id(1), ...FULL, paise: 0n },
    ];
    await updateAll(knex, THINGS, changed, { key: 'id', shared: { told_at: new Date(0) } });
    expect(await stored()).toEqual([changed[1], { id: id(2), ...FULL }, changed[0]]);
    await expect(updateAll(knex, THINGS, [{ id: id(9), ...EMPTY }], { key: 'id' })).rejects.toThrow(
      '0 rows of things were written where 1 were expected',
    );
    await expect(updateAll(knex, THINGS, changed, { key: 'number' })).rejects.toThrow(
      'without the key number',
    );
  });

  it('writes nothing where there is nothing to write', async () => {
    await insertAll(knex, THINGS, []);
    await updateAll(knex, THINGS, [], { key: 'id' });
    expect(await insertNew(knex, THINGS, [], { conflict: '', returning: 'id' })).toEqual([]);
  });

  it('is a source for statements that are written out', async () => {
    await insertAll(knex, THINGS, [{ id: id(1), ...FULL }]);
    const list = [1, 2].map((n) => ({ id: id(n), ...EMPTY, word: `word ${n}` }));
    const found = await rows<{ word: string; before: string }>(
      knex,
      `select n.word, t.word as before from ${THINGS.source} join things t on t.id = n.id where t.paise > :least`,
      { least: 5n, ...arraysOf(THINGS, list) },
    );
    expect(found).toEqual([{ word: 'word 1', before: FULL.word }]);
  });

  it('writes one row by the names of its columns', async () => {
    const row = {
      id: id(1),
      word: 'one',
      paise: 5n,
      json: '{"a": 1}',
      day: '2026-01-01',
      tags: ['a,b', '"'],
    };
    expect(await insertOne(knex, 'things', row)).toBe(1);
    expect(await insertOne(knex, 'things', row, 'on conflict do nothing')).toBe(0);
    expect(await updateWhere(knex, 'things', { word: 'two', at: null }, { id: id(1), word: 'one' })).toBe(1);
    expect(await updateWhere(knex, 'things', { word: 'three' }, { id: id(1), word: 'one' })).toBe(0);
    expect(
      await rows<{ word: string; tags: string[]; day: string }>(
        knex,
        'select word, tags, day::text from things',
      ),
    ).toEqual([{ word: 'two', tags: row.tags, day: row.day }]);
  });

  it('brings every text back as it was', async () => {
    const odd = [
      'null',
      'NULL',
      'nulL',
      '',
      ' ',
      ',',
      'a,b',
      '{',
      '}',
      '{}',
      '"',
      '\\',
      '\\"',
      '""',
      "'",
      '\n',
      '\u001e',
    ];
    const texts = [
      ...odd,
      'plain-1.2:/@+',
      'é',
      '₹',
      '😀',
      'a b',
      'four',
      '\\N',
      '$1',
      '$&',
      ':name',
      '?',
      null,
    ];
    await insertAll(
      knex,
      THINGS,
      texts.map((word, n) => ({ ...EMPTY, id: id(n), word })),
    );
    const found = await rows<{ word: string | null }>(knex, 'select word from things order by id');
    expect(found.map(({ word }) => word)).toEqual(texts);
  });

  it('brings every text of JSON back as it was', async () => {
    const JSONS = table<{ id: string; word: string }>('things', {
      id: uuid((t) => t.id),
      word: jsonAsText((t) => t.word),
    });
    const jsons = [{ a: '","\\' }, 'null', null, '\u001e{}', [], '', '😀₹'].map((value) =>
      JSON.stringify(value),
    );
    await insertAll(
      knex,
      JSONS,
      jsons.map((word, n) => ({ id: id(n), word })),
    );
    const found = await rows<{ word: string }>(knex, 'select word from things order by id');
    expect(found.map(({ word }) => word)).toEqual(jsons);
  });

  it('takes no text that would be two values of an array', async () => {
    const two = `${id(1)},${id(2)}`;
    for (const wrong of [two, 'x'.repeat(17) + ',' + 'y'.repeat(18), '{1},'.repeat(9)])
      await expect(insertAll(knex, THINGS, [{ ...EMPTY, id: wrong }])).rejects.toThrow('not a value of uuid');
    expect(await rows<{ id: string }>(knex, 'select id from things')).toEqual([]);
  });

  it('takes names that are names only', async () => {
    expect(() => table<Thing>('things; drop', {})).toThrow('not a name');
    expect(() => table<Thing>('things', { 'id, word': uuid((t) => t.id) })).toThrow('not a name');
    expect(() => insertOne(knex, 'things', { 'id) --': 1 })).toThrow('not a name');
    await expect(
      insertAll(knex, THINGS, [{ id: id(1), ...EMPTY }], { 'told_at)': new Date() }),
    ).rejects.toThrow('not a name');
  });
});

describe('the type of rows', () => {
  let database: TestDatabase;
  let knex: Knex;

  beforeAll(async () => {
    database = await freshDatabase({ empty: true });
    knex = makeKnex(database.url);
  });
  afterAll(async () => {
    await knex.destroy();
    await database.drop();
  });

  it('is compared with the columns that come, also where none comes back', async () => {
    const both = 'select 1 as id, 2 as "isNew" where false';
    const difference =
      /sql\.test\.ts:\d+ rows<…>: no column for is_new; columns that the type has not: isNew$/;
    await expect(rows<{ id: number; is_new: number }>(knex, both)).rejects.toThrow(difference);
    expect(takeDifferences()).toEqual([expect.stringMatching(difference)]);
    expect(await rows<{ id: number; isNew: number }>(knex, both)).toEqual([]);
    const read = (sql: string): Promise<object[]> =>
      rows<{
        id: number;
      }>(knex, sql);
    expect(await read('select 1 as id')).toEqual([{ id: 1 }]);
    await expect(read('select 1 as key')).rejects.toThrow('no column for id');
    expect(takeDifferences()).toHaveLength(1);
  });
});

describe('values with names', () => {
  let database: TestDatabase;
  let knex: Knex;

  beforeAll(async () => {
    database = await freshDatabase({ empty: true });
    knex = makeKnex(database.url);
  });
  afterAll(async () => {
    await knex.destroy();
    await database.drop();
  });

  it('are put where their names stand, as often as they stand there, beside casts', async () => {
    const read = (n: number): Promise<unknown[]> =>
      rows<{ sum: number; word: string }>(knex, `select :n::int4 + :n::int4 as sum, :word::text as word`, {
        word: ':n ?',
        n,
      });
    expect(await read(2)).toEqual([{ sum: 4, word: ':n ?' }]);
    expect(await read(3)).toEqual([{ sum: 6, word: ':n ?' }]);
  });

  it('are all there, and all used', async () => {
    await expect(rows<object>(knex, 'select :one::int4, :two::int4', { one: 1 })).rejects.toThrow('two');
    await expect(rows<object>(knex, 'select :one::int2', { one: 1, three: 3 })).rejects.toThrow('three');
    await rows<object>(knex, 'select :one::int8', { one: 1 });
    await expect(rows<object>(knex, 'select :one::int8', { one: undefined })).rejects.toThrow(
      'a value is undefined',
    );
  });

  it('may be arrays, also empty ones: of ids and of bytes, with nulls', async () => {
    const arrays = { ids: [id(1), null, id(2)], bytes: [Buffer.from([0, 255]), Buffer.alloc(0)], none: [] };
    const [byName] = await rows<Record<string, unknown>>(
      knex,
      'select :ids::uuid[] as ids, :bytes::bytea[] as bytes, :none::uuid[] as none',
      arrays,
    );
    expect(byName).toEqual(arrays);
    const [byPlace] = await rows<Record<string, unknown>>(knex, 'select ?::int4 as n, ?::uuid[] as ids', [
      7,
      arrays.ids,
    ]);
    expect(byPlace).toEqual({ n: 7, ids: arrays.ids });
    await expect(rows<object>(knex, 'select ?::uuid[] as ids', [['none']])).rejects.toMatchObject({
      code: '22P02',
    });
  });

  it('come back exactly: int8 and numeric, alone and in arrays, with nulls', async () => {
    const [found] = await rows<Record<string, unknown>>(
      knex,
      `select 9007199254740993::int8 as int8, array[9007199254740993, null]::int8[] as int8s, '{}'::int8[] as none,
        9007199254740993.01::numeric as numeric, array[9007199254740993.01, null]::numeric[] as numerics`,
    );
    expect(found).toEqual({
      int8: 9_007_199_254_740_993n,
      int8s: [9_007_199_254_740_993n, null],
      none: [],
      numeric: '9007199254740993.01',
      numerics: ['9007199254740993.01', null],
    });
  });
});
