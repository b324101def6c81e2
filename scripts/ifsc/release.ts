import { createHash } from 'node:crypto';
import { codesOf, linesOf } from '../../domain/banks/code-lines';
import type { IfscList, ListedBank } from '../../domain/banks/list';

/** A release of the public list, as its files are. */
export interface Release {
  release: string;
  /** `YYYY-MM-DD`. */
  releasedOn: string;
  /** SHA-256 of each file, by its name. */
  files: Readonly<Record<string, string>>;
  /** `IFSC.json`: branches by bank; a number stands for digits, padded with zeros to six places. */
  branches: unknown;
  /** `banknames.json`: names by bank, also of banks without codes of their own. */
  names: unknown;
}

const SOURCE = 'https://github.com/razorpay/ifsc, made by npm run ifsc';
const LICENCE = 'MIT, copyright (c) 2020 Razorpay: see ifsc-list.licence.txt';
const BANK = /^[A-Z]{4}$/;
const BRANCH = /^[A-Z0-9]{6}$/;
/** A file that lost more than this share of its codes was cut, more likely than that so many ended. */
const MOST_ENDED = 0.05;

/**
 * The list after a release: its codes, and as ended those that were listed before and are not now. A code that
 * comes back has not ended. Throws Error for a release that is not newer, has another form, or has lost so
 * many codes that it may be cut (`mayShrink` allows that).
 */
export function nextList(before: IfscList | undefined, release: Release, mayShrink = false): IfscList {
  if (before !== undefined && !isNewer(release, before))
    throw new Error(
      `release ${release.release} of ${release.releasedOn} is not newer than ${before.release}`,
    );
  const listed = readBranches(release.branches);
  const names = asFields(release.names);
  const gone = before === undefined ? 0 : countGone(before, listed);
  if (before !== undefined && gone > before.listed * MOST_ENDED && !mayShrink)
    throw new Error(`${gone} of ${before.listed} codes are gone: is the file whole? If so, add --may-shrink`);
  const banks: Record<string, ListedBank> = {};
  const all = new Set([...Object.keys(before?.banks ?? {}), ...listed.keys()]);
  for (const code of [...all].toSorted()) {
    const known = before?.banks[code];
    const codes = listed.get(code) ?? new Set<string>();
    const ended = endedOf(known, codes, release.releasedOn);
    const name = nameOf(names[code]) ?? known?.name;
    banks[code] = {
      ...(name === undefined ? {} : { name }),
      codes: linesOf(codes),
      ended: [...ended]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([on, gone]) => ({ on, codes: linesOf(gone) })),
    };
  }
  const { releasedOn, files } = release;
  const sums = summary(banks);
  const given = [...listed.values()].reduce((sum, codes) => sum + codes.size, 0);
  if (sums.listed !== given)
    throw new Error(`${sums.listed} codes can be read of ${given} that were written`);
  return {
    source: SOURCE,
    licence: LICENCE,
    release: release.release,
    releasedOn,
    files,
    ...sums,
    banks,
  };
}

/** How many codes a list has, and what proves that nobody has changed one by hand. */
export function summary(banks: IfscList['banks']): Pick<IfscList, 'listed' | 'ended' | 'sha256'> {
  const listed = Object.entries(banks).flatMap(([bank, { codes }]) => ifscsOf(bank, codes));
  const ended = Object.entries(banks).flatMap(([bank, list]) =>
    list.ended.flatMap(({ on, codes }) => ifscsOf(bank, codes).map((ifsc) => `${ifsc} ${on}`)),
  );
  const sha256 = createHash('sha256')
    .update([...listed, ...ended].join('\n'))
    .digest('hex');
  return { listed: listed.length, ended: ended.length, sha256 };
}

/** Whole IFSCs of the lines of a bank. */
export function ifscsOf(bank: string, lines: readonly string[]): string[] {
  return [...codesOf(lines)].map((code) => `${bank}0${textOf(code)}`);
}

function textOf(code: number): string {
  return code.toString(36).toUpperCase().padStart(6, '0');
}

function endedOf(
  known: ListedBank | undefined,
  listed: ReadonlySet<string>,
  releasedOn: string,
): Map<string, string[]> {
  const ended = new Map<string, string[]>();
  const add = (on: string, lines: readonly string[]): void => {
    const gone = [...codesOf(lines)].map(textOf).filter((code) => !listed.has(code));
    if (gone.length > 0) ended.set(on, [...(ended.get(on) ?? []), ...gone]);
  };
  for (const { on, codes } of known?.ended ?? []) add(on, codes);
  add(releasedOn, known?.codes ?? []);
  return ended;
}

function countGone(before: IfscList, listed: ReadonlyMap<string, ReadonlySet<string>>): number {
  let gone = 0;
  for (const [bank, { codes }] of Object.entries(before.banks))
    for (const code of codesOf(codes)) if (listed.get(bank)?.has(textOf(code)) !== true) gone += 1;
  return gone;
}

function readBranches(branches: unknown): Map<string, Set<string>> {
  return new Map(
    Object.entries(asFields(branches)).map(([bank, list]) => {
      if (!BANK.test(bank) || !Array.isArray(list) || list.length === 0)
        throw new Error(`${bank} is not a bank with a list of branches`);
      return [bank, new Set((list as unknown[]).map((branch) => branchOf(bank, branch)))];
    }),
  );
}

function branchOf(bank: string, branch: unknown): string {
  const text = typeof branch === 'number' ? String(branch).padStart(6, '0') : branch;
  if (typeof text !== 'string' || !BRANCH.test(text))
    throw new Error(`${bank} has a branch in an unknown form`);
  return text;
}

function nameOf(name: unknown): string | undefined {
  return typeof name === 'string' && name.trim() !== '' ? name.trim() : undefined;
}

function isNewer(release: Release, before: IfscList): boolean {
  const [a, b] = [numbersOf(release.release), numbersOf(before.release)];
  const at = a.findIndex((part, i) => part !== (b[i] ?? 0));
  return at !== -1 && a[at]! > (b[at] ?? 0) && release.releasedOn >= before.releasedOn;
}

function numbersOf(release: string): number[] {
  return release.split('.').map(Number);
}

function asFields(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('a file of the release is not an object');
  return value as Record<string, unknown>;
}
