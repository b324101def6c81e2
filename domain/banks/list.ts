import { codesOf, numberOf } from './code-lines';
import data from './ifsc-list.json';

/**
 * The IFSCs of one release of a public list, and those that earlier releases had: data of ours, made by
 * `npm run ifsc` (docs/banks.md). The codes of a bank are read when its first one is looked up, so a process
 * pays for the banks that it meets.
 */
export interface IfscList {
  source: string;
  licence: string;
  release: string;
  /** The day of the release, `YYYY-MM-DD`. */
  releasedOn: string;
  /** SHA-256 of each file of the release, by its name. */
  files: Readonly<Record<string, string>>;
  listed: number;
  ended: number;
  /** SHA-256 of all codes, each on a line: those listed, then those that ended with their day. */
  sha256: string;
  banks: Readonly<Record<string, ListedBank>>;
}

export interface ListedBank {
  /** Missing for a few, which are known by their code alone. */
  name?: string;
  /** The branches in the release; empty for a bank that has left the list. */
  codes: readonly string[];
  /** Branches that earlier releases had, with the day of the first release without them. */
  ended: readonly { on: string; codes: readonly string[] }[];
}

export const IFSC_LIST: IfscList = data;

/** `ended`: an earlier release had it. `on` is the day of the first release that did not, `YYYY-MM-DD`. */
export type Found = 'listed' | 'bank_unknown' | 'code_unknown' | { ended: true; on: string };

interface ReadBank {
  codes: Uint32Array;
  ended: readonly { on: string; codes: Uint32Array }[];
}

const read = new Map<string, ReadBank>();
const BRANCH = /^[A-Z0-9]{6}$/;

export function findIfsc(ifsc: string): Found {
  const code = ifsc.toUpperCase();
  const bank = bankOf(code);
  if (bank === undefined) return 'bank_unknown';
  const branch = code.slice(5);
  if (!BRANCH.test(branch)) return 'code_unknown';
  const number = numberOf(branch);
  if (holds(bank.codes, number)) return 'listed';
  const ended = bank.ended.find(({ codes }) => holds(codes, number));
  if (ended !== undefined) return { ended: true, on: ended.on };
  return bank.codes.length === 0 ? 'bank_unknown' : 'code_unknown';
}

/** The name of the bank of an IFSC; null for one that the list does not name. */
export function bankOfIfsc(ifsc: string): string | null {
  const bank = bankCodeOf(ifsc);
  return Object.hasOwn(IFSC_LIST.banks, bank) ? (IFSC_LIST.banks[bank]!.name ?? null) : null;
}

/** The first four letters, which name the bank. */
export function bankCodeOf(ifsc: string): string {
  return ifsc.slice(0, 4).toUpperCase();
}

function bankOf(ifsc: string): ReadBank | undefined {
  const name = bankCodeOf(ifsc);
  let bank = read.get(name);
  if (bank === undefined && Object.hasOwn(IFSC_LIST.banks, name)) {
    const { codes, ended } = IFSC_LIST.banks[name]!;
    bank = { codes: codesOf(codes), ended: ended.map((e) => ({ on: e.on, codes: codesOf(e.codes) })) };
    read.set(name, bank);
  }
  return bank;
}

function holds(codes: Uint32Array, code: number): boolean {
  let from = 0;
  let to = codes.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (codes[middle]! < code) from = middle + 1;
    else to = middle;
  }
  return codes[from] === code;
}
