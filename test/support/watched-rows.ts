import { watchRows } from '../../platform/database';
import { belowReaders, noteCall, notedCalls, ROOT, type SaidRows } from './row-calls';

/**
 * Compares the columns of each statement that a test runs through `rows<Row>(…)` with the keys of `Row`, once
 * for each statement and caller. A difference fails the statement, and the test file at its end, since the
 * code that runs a statement may survive its failure.
 *
 * Reading the source of a call takes a compiler and source maps. What it says is noted in the folder of the run,
 * so that other test files which come to the same call need neither.
 */
const seen = new Set<string>();
const differences: string[] = [];

export function installRowsWatch(): void {
  const runDir = process.env.TEST_RUN_DIR;
  const calls = new Map(notedCalls(runDir).map(({ place, said }) => [place, said]));
  watchRows((sql) => {
    const place = placeOfCaller();
    const statement = `${place} ${sql}`;
    if (seen.has(statement)) return undefined;
    seen.add(statement);
    let said = calls.get(place);
    if (said === undefined) {
      said = readCall();
      calls.set(place, said);
      noteCall(runDir, { place, said });
    }
    const call = said;
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
export function differenceOf({ file, line, keys }: SaidRows, columns: readonly string[]): string | undefined {
  if (keys === undefined) return undefined;
  const names = new Set(keys.map(([key]) => key));
  const missing = keys.flatMap(([key, isOptional]) => (isOptional || columns.includes(key) ? [] : [key]));
  const unnamed = columns.filter((column) => !names.has(column));
  const twice = columns.filter((column, i) => columns.indexOf(column) !== i);
  const parts = [
    ['no column for', missing],
    ['columns that the type has not:', unnamed],
    ['columns that come twice:', twice],
  ] as const;
  const said = parts.flatMap(([what, found]) => (found.length === 0 ? [] : [`${what} ${found.join(', ')}`]));
  return said.length === 0 ? undefined : `${file}:${line} rows<…>: ${said.join('; ')}`;
}

/** Where `rows` was called, in the compiled code: cheap, since no source map is read. */
function placeOfCaller(): string {
  const errors: { prepareStackTrace?: unknown; stackTraceLimit: number } = Error;
  const { prepareStackTrace, stackTraceLimit } = errors;
  errors.stackTraceLimit = 6;
  errors.prepareStackTrace = (_error: Error, sites: unknown) => sites;
  const sites = new Error().stack as unknown as NodeJS.CallSite[];
  Object.assign(errors, { prepareStackTrace, stackTraceLimit });
  const site = belowReaders(sites, (one) => (one.getFileName() ?? '').slice(ROOT.length + 1));
  return `${site?.getFileName()}:${site?.getLineNumber()}:${site?.getColumnNumber()}`;
}

function readCall(): SaidRows {
  // only here: most test files never need the compiler
  const { callOnStack, saidOf } = require('./row-types') as typeof import('./row-types');
  return saidOf(callOnStack(new Error().stack ?? ''));
}
