import type { Config } from '@jest/types';
import { rowsCallsIn, sourceFiles } from './row-types';
import { notedCalls } from './row-calls';

/** Folders whose statements no test of the whole suite runs within its own process, and why. */
const RUN_ELSEWHERE: Readonly<Record<string, string>> = {
  'bench/': 'measurements, which compare what they read with what they wrote',
  'scripts/': 'the demo and the interruptions, which processes.* tests start as processes of the build',
};

/** Did the run choose among tests? Then nothing can be said of what no test runs. */
export function isWholeRun(config: Config.GlobalConfig): boolean {
  return (
    config.testPathPatterns.patterns.length === 0 &&
    config.testNamePattern === undefined &&
    config.shard === undefined &&
    !config.onlyChanged &&
    !config.findRelatedTests &&
    !config.runTestsByPath &&
    !config.onlyFailures &&
    !process.argv.some((arg) => /^--(select|ignore)Projects/.test(arg))
  );
}

/** The calls of `rows` of which no test has compared the columns with the type (watched-rows.ts), as `file:line`. */
export function callsNotRun(runDir: string): string[] {
  const run = new Set(notedCalls(runDir).map(({ said }) => `${said.file}:${said.line}`));
  if (run.size === 0) return []; // no test of the run has a database of its own
  return sourceFiles()
    .filter((file) => !Object.keys(RUN_ELSEWHERE).some((folder) => file.startsWith(folder)))
    .flatMap((file) => rowsCallsIn(file))
    .map(({ file, line }) => `${file}:${line}`)
    .filter((call) => !run.has(call));
}
