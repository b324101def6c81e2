import data from './ifsc-banks.json';

/**
 * What an IFSC says of itself: its first four letters name the bank, the last six the branch. Branches come and
 * go faster than any list of them, so an unknown branch is nobody's fault; but of a bank that was merged the
 * lists keep one code only (its treasury or head office), and no account is at any other of it. New banks are
 * rare, but one may be newer than the list: an unknown bank is a warning. The data is a file of ours, made by
 * `npm run ifsc`.
 */
export type IfscVerdict = 'good' | 'bank_unknown' | 'branch_gone';

export interface Bank {
  /** Missing for a few, which are known by their code alone. */
  name?: string;
  /** The only branch of a bank that has one. */
  only?: string;
}

const BANKS: Readonly<Record<string, Bank>> = data.banks;

export function checkIfsc(ifsc: string): IfscVerdict {
  const code = ifsc.toUpperCase();
  const bank = bankOf(code);
  if (bank === undefined) return 'bank_unknown';
  return bank.only === undefined || bank.only === code.slice(5) ? 'good' : 'branch_gone';
}

function bankOf(code: string): Bank | undefined {
  const bank = code.slice(0, 4);
  return Object.hasOwn(BANKS, bank) ? BANKS[bank] : undefined;
}

/** The name of the bank of an IFSC; null for one that the list does not name. */
export function bankOfIfsc(ifsc: string): string | null {
  return bankOf(ifsc.toUpperCase())?.name ?? null;
}

/** For the refusal of `branch_gone`. */
export const BRANCH_GONE =
  'this bank has one code left and it is another one: it was merged; ask the beneficiary for the IFSC of the bank that followed it';

/** A thing that a caller should look at, in an answer that was given nevertheless. */
export interface Warning {
  pointer: string;
  code: 'IFSC_BANK_UNKNOWN';
  detail: string;
}

/** What is told beside the answer; nothing for an IFSC that is good. */
export function ifscWarnings(ifsc: string, pointer: string): { warnings?: Warning[] } {
  if (checkIfsc(ifsc) !== 'bank_unknown') return {};
  const detail = `our list of banks (of release ${data.release}) has no bank of this IFSC; look at it once more`;
  return { warnings: [{ pointer, code: 'IFSC_BANK_UNKNOWN', detail }] };
}
