import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const DAY_MS = 86_400_000;

/** Texts by their paths in the repository. */
export type Files = ReadonlyMap<string, string>;

/** Reads a file of the repository at `root`. */
export function readFrom(root: string, file: string): string {
  return fs.readFileSync(path.join(root, file), 'utf8');
}

/** Writes every file; nothing is written when making one of them has thrown, since they are all made before. */
export function writeInto(root: string, files: Files): void {
  for (const [file, text] of files) {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), text);
  }
}

/** Prints the files as the rest of the repository is printed: a longer name may need another line. */
export function formatIn(root: string, files: readonly string[]): void {
  const oxfmt = path.join(path.dirname(require.resolve('oxfmt/package.json')), 'bin', 'oxfmt');
  const { status } = spawnSync(process.execPath, [oxfmt, ...files], { cwd: root });
  if (status !== 0) throw new Error('the files were written, and not formatted: run npm run format');
}

/** Puts an import below the last one. Throws Error when there is none. */
export function withImport(file: string, text: string, line: string): string {
  const last = text.lastIndexOf('\nimport ');
  if (last < 0) throw unknownForm(file, 'import');
  const end = text.indexOf(';\n', last) + 2;
  return `${text.slice(0, end)}${line}\n${text.slice(end)}`;
}

/** Puts a line at the end of the literal that begins after `start`: before its closing `end`. Throws Error when it is not there. */
export function withLastLine(
  file: string,
  text: string,
  { start, end, line }: { start: string; end: string; line: string },
): string {
  const begins = text.indexOf(start);
  const ends = text.indexOf(end, begins);
  if (begins < 0 || ends < 0) throw unknownForm(file, start);
  return `${text.slice(0, ends)}\n${line}${text.slice(ends)}`;
}

/** Replaces what the pattern finds. Throws Error when it finds nothing. */
export function withReplaced(
  file: string,
  text: string,
  pattern: RegExp,
  replace: (found: string) => string,
): string {
  if (!pattern.test(text)) throw unknownForm(file, pattern.source);
  return text.replace(pattern, replace);
}

export function unknownForm(file: string, what: string): Error {
  return new Error(`${file} is not as expected: ${what} was not found. Nothing was written`);
}

/** A number after the newest migration, so that it runs last: today's, or the next free one. */
export function nextMigration(root: string, today = new Date()): string {
  const numbers = fs
    .readdirSync(path.join(root, 'migrations'))
    .flatMap((file) => /^(\d{14})_/.exec(file)?.[1] ?? [])
    .map(Number);
  const date = Number(`${today.toISOString().slice(0, 10).replaceAll('-', '')}000100`);
  return String(Math.max(date, ...numbers.map((n) => n + 100)));
}

/** Where the policy rows of `name` go: a file of today, or of the first later day whose file is applied last. */
export function nextPolicies(root: string, name: string, today = new Date()): string {
  const last = fs
    .readdirSync(path.join(root, 'policies'))
    .filter((file) => /^\d{8}_/.test(file))
    .toSorted()
    .at(-1);
  const nameOn = (day: Date): string => `${day.toISOString().slice(0, 10).replaceAll('-', '')}_${name}.ts`;
  for (let day = today; ; day = new Date(day.getTime() + DAY_MS)) {
    const file = nameOn(day);
    if (last === undefined || file > last) return `policies/${file}`;
  }
}
