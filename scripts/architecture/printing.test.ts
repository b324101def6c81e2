import fs from 'node:fs';
import path from 'node:path';
import { FOLDERS } from './layers';
import { ROOT } from '../stack/root';

const MAX_COLUMNS = 140;
const READ = /\.(ts|js|mjs|md)$/;
/** Written from the code, or copied from a provider's documents. */
const NOT_OURS = new Set([
  'docs/errors.md',
  'docs/lifecycle.md',
  'docs/monitoring.md',
  'docs/settings.md',
  'docs/status-reasons.md',
  'test/fixtures',
]);
const PLACES = [...FOLDERS, 'docs', 'migrations', 'policies', 'README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];

function* ourFiles(place: string): Generator<string> {
  if (NOT_OURS.has(place)) return;
  if (fs.statSync(path.join(ROOT, place)).isFile()) {
    if (READ.test(place)) yield place;
    return;
  }
  for (const name of fs.readdirSync(path.join(ROOT, place))) yield* ourFiles(`${place}/${name}`);
}

/** The lines that match, as `file:line`. */
function linesThat(match: (line: string) => boolean): string[] {
  return PLACES.flatMap((place) => [...ourFiles(place)]).flatMap((file) =>
    fs
      .readFileSync(path.join(ROOT, file), 'utf8')
      .split('\n')
      .flatMap((line, at) => (match(line) ? `${file}:${at + 1}` : [])),
  );
}

/** What the formatter leaves long (strings, SQL, comments) is broken by hand; only a URL may be longer than the screen. */
test('no line is longer than 140 columns', () => {
  expect(linesThat((line) => line.length > MAX_COLUMNS && !/https?:\/\/\S{60}/.test(line))).toEqual([]);
});

test('no line is a mark that a merge has left', () => {
  expect(linesThat((line) => /^\s*(?:<{7}|>{7}|\|{7}) \S/.test(line))).toEqual([]);
});
