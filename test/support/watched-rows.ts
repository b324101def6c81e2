import fs from 'node:fs';
import path from 'node:path';
import type { TsType } from '@swc/core';
import { watchRows } from '../../platform/database';
import { RUN_CALLS_FILE } from './run-state';
import { keysOf, READERS, ROOT, rowsCallAt, type RowsCall } from './row-types';

/**
 * Compares the columns of each statement that a test runs through `rows<Row>(…)` with the keys of `Row`, once
 * for each statement and caller. A difference fails the statement, and the test file at its end, since the
 * code that runs a statement may survive its failure.
 */
const seen = new Set<string>();
const differences: string[] = [];

export function installRowsWatch(): void {
  watchRows((sql) => {
    const caller = `${positionOfCaller()} ${sql}`;
    if (seen.has(caller)) return undefined;
    seen.add(caller);
    const call = callOnStack(new Error().stack ?? '');
    noteCall(call);
    return (columns) => {
      const difference = differenceOf(call, columns);
      if (difference === undefined) return;
      differences.push(difference);
      throw new Error(difference);
    };
  });
  afterAll(() => {
    expect(takeDifferences()).toEqual([]);
  });
}

/** What was found so far, which the end of the test file then does not fail for. */
export function takeDifferences(): string[] {
  return differences.splice(0);
}

/** What a call says that its rows are, beside what they are; undefined where it is the same, or says nothing. */
export function differenceOf(call: RowsCall, columns: readonly string[]): string | undefined {
  if (call.row === undefined || saysNothing(call.row)) return undefined;
  const keys = keysOf(call.row, call.source);
  const missing = [...keys]
    .filter(([key, isOptional]) => !isOptional && !columns.includes(key))
    .map(([key]) => key);
  const unnamed = columns.filter((column) => !keys.has(column));
  const twice = columns.filter((column, i) => columns.indexOf(column) !== i);
  const parts = [
    ['no column for', missing],
    ['columns that the type has not:', unnamed],
    ['columns that come twice:', twice],
  ] as const;
  const said = parts.flatMap(([what, names]) => (names.length === 0 ? [] : [`${what} ${names.join(', ')}`]));
  return said.length === 0 ? undefined : `${call.file}:${call.line} rows<…>: ${said.join('; ')}`;
}

/** `object` names no column; a `Record` any, as where a test looks at whatever comes. */
export function saysNothing(row: TsType): boolean {
  const isRecord =
    row.type === 'TsTypeReference' && row.typeName.type === 'Identifier' && row.typeName.value === 'Record';
  return row.type === 'TsKeywordType' || isRecord;
}

/** The caller of `rows` in the compiled code: cheap, since no source map is read. */
function positionOfCaller(): string {
  const errors: { prepareStackTrace?: unknown; stackTraceLimit: number } = Error;
  const { prepareStackTrace, stackTraceLimit } = errors;
  errors.stackTraceLimit = 4;
  errors.prepareStackTrace = (_error: Error, sites: unknown) => sites;
  // this function, the watch, `rows`, and who calls it
  const site = (new Error().stack as unknown as NodeJS.CallSite[])[3];
  Object.assign(errors, { prepareStackTrace, stackTraceLimit });
  return `${site?.getFileName()}:${site?.getLineNumber()}:${site?.getColumnNumber()}`;
}

/** The call of `rows` that a stack trace, mapped to the sources by jest, was made below. */
function callOnStack(stack: string): RowsCall {
  const frames = [...stack.matchAll(/\(?(\/[^():]+\.ts):(\d+):(\d+)\)?$/gm)].map(
    ([, file, line, column]) => ({
      file: path.relative(ROOT, file!),
      line: Number(line),
      column: Number(column),
    }),
  );
  const below = frames.findLastIndex(({ file }) => file in READERS) + 1;
  const frame = frames[below];
  const call = frame === undefined ? undefined : rowsCallAt(frame.file, frame.line, frame.column);
  if (call === undefined) throw new Error(`no call of rows is found below it:\n${stack}`);
  return call;
}

function noteCall({ file, line }: RowsCall): void {
  const dir = process.env.TEST_RUN_DIR;
  if (dir !== undefined) fs.appendFileSync(path.join(dir, RUN_CALLS_FILE), `${file}:${line}\n`);
}
