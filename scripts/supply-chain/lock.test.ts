import fs from 'node:fs';
import path from 'node:path';
import {
  isAllowed,
  problemsOfLicences,
  problemsOfLock,
  problemsOfScripts,
  type Lock,
  type LockedPackage,
  type Manifest,
} from './lock';
import { INSTALL_SCRIPTS } from './rules';

const ROOT = path.resolve(__dirname, '../..');
const read = (file: string): unknown => JSON.parse(fs.readFileSync(path.join(ROOT, file), 'utf8'));
const readLock = (file: string): Lock => read(file) as Lock;

const GOOD: LockedPackage = {
  version: '1.2.3',
  integrity: `sha512-${'a'.repeat(86)}==`,
  license: 'MIT',
};
const lockOf = (over: LockedPackage): Lock => ({
  lockfileVersion: 3,
  packages: { '': { dependencies: { a: '1.2.3' } }, 'node_modules/a': { ...GOOD, ...over } },
});
const MANIFEST: Manifest = { dependencies: { a: '1.2.3' } };

describe.each([
  ['.', 'package.json', 'package-lock.json'],
  ['the Nodes of CI', '.ci/nodes/package.json', '.ci/nodes/package-lock.json'],
])('%s', (_what, manifest, lock) => {
  it('has a lock without a problem', () => {
    expect(problemsOfLock(readLock(lock), read(manifest) as Manifest)).toEqual([]);
    expect(problemsOfLicences(readLock(lock)).filter((problem) => !problem.includes('exception'))).toEqual(
      [],
    );
  });
});

it('lists every package with an install script, and no other', () => {
  expect(problemsOfScripts(readLock('package-lock.json'))).toEqual([]);
  const { allowScripts } = read('package.json') as { allowScripts: Record<string, boolean> };
  expect(allowScripts).toEqual(Object.fromEntries(Object.keys(INSTALL_SCRIPTS).map((name) => [name, false])));
});

it('allows no exception that nothing needs', () => {
  expect(problemsOfLicences(readLock('package-lock.json'))).toEqual([]);
});

it.each<[string, LockedPackage, RegExp]>([
  [
    'another registry',
    { resolved: 'https://npm.example.com/a/-/a-1.2.3.tgz' },
    /comes from https:\/\/npm\.example\.com$/,
  ],
  ['plain HTTP', { resolved: 'http://registry.npmjs.org/a/-/a-1.2.3.tgz' }, /comes from http:/],
  [
    'a name that only begins alike',
    { resolved: 'https://registry.npmjs.org.example.com/a.tgz' },
    /comes from/,
  ],
  [
    'a repository',
    { resolved: 'git+ssh://git@github.com/x/a.git#0123' },
    /comes from git\+ssh:\/\/github\.com$/,
  ],
  ['a file', { resolved: 'file:../a' }, /comes from/],
  ['a link', { link: true }, /link/],
  ['no hash', { integrity: undefined }, /no sha512 hash/],
  ['a weak hash', { integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' }, /no sha512 hash/],
])('refuses %s', (_what, over, problem) => {
  expect(problemsOfLock(lockOf(over), MANIFEST)).toEqual([expect.stringMatching(problem)]);
});

it('takes what the registry gave, with or without its address', () => {
  expect(problemsOfLock(lockOf({}), MANIFEST)).toEqual([]);
  expect(
    problemsOfLock(lockOf({ resolved: 'https://registry.npmjs.org/a/-/a-1.2.3.tgz' }), MANIFEST),
  ).toEqual([]);
});

it('refuses versions that are not exact, and a lock that is not of the manifest', () => {
  expect(problemsOfLock(lockOf({}), { dependencies: { a: '^1.2.3' } })).toEqual([
    expect.stringContaining('no exact version'),
    expect.stringContaining('not those of the lock'),
  ]);
});

it('refuses a new install script, and an entry that is out of date', () => {
  expect(problemsOfScripts(lockOf({ hasInstallScript: true }), {})).toEqual([
    expect.stringContaining('nobody has looked'),
  ]);
  expect(problemsOfScripts(lockOf({}), { a: 'why' })).toEqual([
    expect.stringContaining('no install script any more'),
  ]);
});

it.each([
  ['MIT', true],
  ['(MIT OR GPL-3.0-only)', true],
  ['Apache-2.0 AND MIT', true],
  ['Apache-2.0 AND GPL-2.0-only', false],
  ['AGPL-3.0-only', false],
  ['UNLICENSED', false],
  ['SEE LICENSE IN LICENSE', false],
  ['((MIT OR ISC) AND GPL-3.0-only)', false],
])('the licence %s: %s', (expression, allowed) => {
  expect(isAllowed(expression)).toBe(allowed);
});
