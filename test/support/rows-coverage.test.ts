import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Config } from '@jest/types';
import { noteCall } from './row-calls';
import { rowsCallsIn } from './row-types';
import { callsNotRun, isWholeRun } from './rows-coverage';

const WHOLE = {
  testPathPatterns: { patterns: [] },
  testNamePattern: undefined,
  shard: undefined,
  onlyChanged: false,
  findRelatedTests: false,
  runTestsByPath: false,
  onlyFailures: false,
} as unknown as Config.GlobalConfig;

test('a run that chose among the tests is not judged', () => {
  expect(isWholeRun(WHOLE)).toBe(true);
  const chosen = [
    { testPathPatterns: { patterns: ['ledger'] } },
    { testNamePattern: 'floor' },
    { shard: { shardIndex: 1, shardCount: 2 } },
    { onlyChanged: true },
    { findRelatedTests: true },
    { runTestsByPath: true },
    { onlyFailures: true },
  ];
  for (const choice of chosen)
    expect(isWholeRun({ ...WHOLE, ...choice } as unknown as Config.GlobalConfig)).toBe(false);
});

test('a call that no test has run is named by its place; a run without a database has none', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-calls-'));
  const note = ({ file, line }: { file: string; line: number }): void => {
    noteCall(dir, { place: `${file}:${line}`, said: { file, line } });
  };
  try {
    expect(callsNotRun(dir)).toEqual([]);
    const [first, ...others] = rowsCallsIn('domain/cases/read.ts');
    note(first!);
    const left = callsNotRun(dir);
    expect(left).toEqual(expect.arrayContaining(others.map(({ file, line }) => `${file}:${line}`)));
    expect(left).not.toContain(`${first!.file}:${first!.line}`);
    expect(left.some((call) => /^(scripts|bench)\//.test(call))).toBe(false);
    others.forEach(note);
    expect(callsNotRun(dir)).toHaveLength(left.length - others.length);
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
  }
});
