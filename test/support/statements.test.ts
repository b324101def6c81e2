import { parseSync, type StringLiteral, type TemplateLiteral } from '@swc/core';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from './row-calls';
import { keysOf, rowsCallsIn, saidOf, saysNothing, sourceFiles, visit, type RowsCall } from './row-types';
import { differenceOf } from './watched-rows';

/** Beyond this nobody sees which value is which: columns are declared (platform/sql.ts), or values have names (`:name`). */
const MAX_POSITIONS = 5;

/** Texts that are or may be a part of a statement, with `…` for what is put into them. */
function textsOf(source: string): string[] {
  const texts: string[] = [];
  visit(parseSync(source, { syntax: 'typescript', target: 'es2022' }), (node) => {
    if (node.type === 'StringLiteral') texts.push((node as StringLiteral).value);
    if (node.type === 'TemplateLiteral')
      texts.push((node as TemplateLiteral).quasis.map(({ raw }) => raw).join('…'));
  });
  return texts;
}

/** A file without enough of what `positionsOf` counts needs no parsing. */
const mayHaveMany = (source: string): boolean =>
  source.includes('unnest(') || (STATEMENT.test(source) && source.split('?').length - 1 > MAX_POSITIONS);

const STATEMENT = /\b(?:select|insert|update|delete|values|unnest)\b/i;

function positionsOf(text: string): { values: number; arrays: number } {
  const isStatement = STATEMENT.test(text);
  const arrays = [...text.matchAll(/unnest\(([^)]*)\)/g)].map(
    ([, list]) => list!.replaceAll(/\[[^\]]*\]/g, '').split(',').length, // one with its values in it is one
  );
  return {
    values: isStatement ? (text.match(/(?<!\\)\?/g) ?? []).length : 0,
    arrays: Math.max(0, ...arrays),
  };
}

const readable = (call: RowsCall): string | undefined => {
  try {
    if (call.row === undefined) return `${call.file}:${call.line} does not say what a row is`;
    if (!saysNothing(call.row)) keysOf(call.row, call.source);
    return undefined;
  } catch (error) {
    return `${call.file}:${call.line} ${(error as Error).message}`;
  }
};

describe('statements in the source', () => {
  const files = sourceFiles();

  it('have no more than five values or arrays that are told apart by their position', () => {
    const sources = files.map((file) => ({ file, source: fs.readFileSync(path.join(ROOT, file), 'utf8') }));
    const long = sources.filter(({ source }) => mayHaveMany(source));
    expect(long.length).toBeGreaterThan(100);
    const found = long.flatMap(({ file, source }) =>
      textsOf(source)
        .map((text) => ({ file, ...positionsOf(text), text: text.trim().slice(0, 60) }))
        .filter(({ values, arrays }) => values > MAX_POSITIONS || arrays > MAX_POSITIONS),
    );
    expect(found).toEqual([]);
  });

  it('counts values and arrays as they are written', () => {
    const positions = (source: string): unknown => textsOf(source).map(positionsOf);
    expect(positions('db("select ? where a = ? and b = \'\\\\?\'")')).toEqual([{ values: 2, arrays: 0 }]);
    expect(positions('db(`insert into ${x} select * from unnest(?::a[], ?::b[], ?::c[])`)')).toEqual([
      { values: 3, arrays: 3 },
    ]);
    expect(positions('db("select from unnest(array[1, 2, 3], array[4]::a[]) as x")')).toEqual([
      { values: 0, arrays: 2 },
    ]);
    expect(positions('say("is it so? or so?")')).toEqual([{ values: 0, arrays: 0 }]);
  });

  it('say what their rows are, in a way that the columns can be compared with', () => {
    const calls = files.flatMap((file) => rowsCallsIn(file));
    expect(calls.length).toBeGreaterThan(80);
    expect(calls.flatMap((call) => readable(call) ?? [])).toEqual([]);
    const anything = calls.filter(({ row }) => row?.type === 'TsTypeReference' && saysNothing(row));
    expect(anything).toEqual([]);
  });
});

describe('what rows are said to be', () => {
  const calls = rowsCallsIn('test/support/row-samples.ts');
  const differences = (columns: readonly string[]): Set<string | undefined> =>
    new Set(calls.map((call) => differenceOf(saidOf(call), columns)?.replace(/^.*rows<…>: /, '')));

  it('is read from every form of type that is in use', () => {
    expect(calls.length).toBeGreaterThan(10);
    expect(differences(['name', 'id'])).toEqual(new Set([undefined]));
  });

  it('differs where a column is missing, has no key, or comes twice', () => {
    expect(differences(['id', 'name', 'more'])).toEqual(new Set(['columns that the type has not: more']));
    expect(differences(['id', 'name', 'id'])).toEqual(new Set(['columns that come twice: id']));
    expect(differences(['name'])).toEqual(new Set(['no column for id']));
  });

  it('leaves out what may be missing', () => {
    const partial = calls.flatMap((call) =>
      differenceOf(saidOf(call), ['id']) === undefined ? [call.line] : [],
    );
    expect(partial).toHaveLength(2);
  });
});
