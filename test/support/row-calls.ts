import fs from 'node:fs';
import path from 'node:path';
import { RUN_CALLS_FILE } from './run-state';

/** The root of the repository. */
export const ROOT = path.join(__dirname, '..', '..');

/** Functions that return rows of the type that their caller names. */
export const READERS: Readonly<Record<string, string>> = {
  'platform/database.ts': 'rows',
  'platform/claim.ts': 'claimDue',
};

/** What a call says that its rows are; without keys where it says nothing. */
export interface SaidRows {
  file: string;
  line: number;
  /** Each with whether it may be missing. */
  keys?: readonly (readonly [string, boolean])[];
}

/** A call that a test has made: its place in the compiled code, and what it says. */
export interface NotedCall {
  place: string;
  said: SaidRows;
}

/** The first frame of a stack below the readers, given the file of each from the root. */
export function belowReaders<Frame>(
  frames: readonly Frame[],
  fileOf: (frame: Frame) => string,
): Frame | undefined {
  const first = frames.findIndex((frame) => fileOf(frame) in READERS);
  return first < 0 ? undefined : frames.slice(first).find((frame) => !(fileOf(frame) in READERS));
}

/** The calls that the tests of a run have made so far; none without the folder of a run. */
export function notedCalls(runDir: string | undefined): NotedCall[] {
  const file = runDir === undefined ? undefined : path.join(runDir, RUN_CALLS_FILE);
  if (file === undefined || !fs.existsSync(file)) return [];
  const lines = fs.readFileSync(file, 'utf8').split('\n').slice(0, -1); // the last may be half written
  return lines.map((line) => JSON.parse(line) as NotedCall);
}

export function noteCall(runDir: string | undefined, call: NotedCall): void {
  if (runDir !== undefined) fs.appendFileSync(path.join(runDir, RUN_CALLS_FILE), `${JSON.stringify(call)}\n`);
}
