import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Config } from '@jest/types';
import { rowsCallsIn } from './row-types';
import { callsNotRun, isWholeRun } from './rows-coverage';
import { RUN_CALLS_FILE } from './run-state';

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
  try {
    expect(callsNotRun(dir)).toEqual([]);
    fs.writeFileSync(path.join(dir, RUN_CALLS_FILE), '');
    const all = callsNotRun(dir);
    const reader = rowsCallsIn('domain/cases/read.ts').map(({ file, line }) => `${file}:${line}`);
    expect(all).toEqual(expect.arrayContaining(reader));
    expect(all.some((call) => /^(scripts|bench)\//.test(call))).toBe(false);
    fs.writeFileSync(path.join(dir, RUN_CALLS_FILE), all.slice(1).join('\n'));
    expect(callsNotRun(dir)).toEqual([all[0]]);
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
  }
});
