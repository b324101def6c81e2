/** The banks of the sandbox: code (the first four letters of an IFSC), number and name. */
const BANKS: readonly (readonly [code: string, id: number, name: string])[] = [
  ['SBIN', 1, 'State Bank of India'],
  ['HDFC', 2, 'HDFC Bank'],
  ['ICIC', 3, 'ICICI Bank'],
  ['UTIB', 4, 'Axis Bank'],
  ['PUNB', 5, 'Punjab National Bank'],
  ['BARB', 6, 'Bank of Baroda'],
  ['CNRB', 7, 'Canara Bank'],
  ['UBIN', 8, 'Union Bank of India'],
  ['BKID', 9, 'Bank of India'],
  ['IOBA', 10, 'Indian Overseas Bank'],
  ['IDIB', 11, 'Indian Bank'],
  ['CBIN', 12, 'Central Bank of India'],
  ['UCBA', 13, 'UCO Bank'],
  ['MAHB', 14, 'Bank of Maharashtra'],
  ['PSIB', 15, 'Punjab & Sind Bank'],
  ['KKBK', 16, 'Kotak Mahindra Bank'],
  ['INDB', 17, 'IndusInd Bank'],
  ['YESB', 18, 'Yes Bank'],
  ['FDRL', 19, 'Federal Bank'],
  ['SIBL', 20, 'South Indian Bank'],
  ['KARB', 21, 'Karnataka Bank'],
  ['KVBL', 22, 'Karur Vysya Bank'],
  ['CIUB', 23, 'City Union Bank'],
  ['RATN', 24, 'RBL Bank'],
  ['BDBL', 25, 'Bandhan Bank'],
  ['AUBL', 26, 'AU Small Finance Bank'],
  ['ESFB', 27, 'Equitas Small Finance Bank'],
  ['UJVN', 28, 'Ujjivan Small Finance Bank'],
  ['FINO', 29, 'Fino Payments Bank'],
  ['IPOS', 30, 'India Post Payments Bank'],
  ['AIRP', 31, 'Airtel Payments Bank'],
  ['IDFB', 262, 'IDFC Bank'],
];

export interface Bank {
  code: string;
  id: number;
  name: string;
}

const BY_CODE: ReadonlyMap<string, Bank> = new Map(
  BANKS.map(([code, id, name]) => [code, { code, id, name }]),
);

/** Eko names no bank that takes fingers of type 0 only; one of the sandbox does, so that it can be tried. */
const OLD_FINGERS: ReadonlySet<string> = new Set(['PSIB']);
/** How a finger has to be captured for a bank: FIR and FMR in one block, or FMR alone. */
export const fingerTypeOf = (code: string): number => (OLD_FINGERS.has(code) ? 0 : 2);

export const bankOfCode = (code: string): Bank | undefined => BY_CODE.get(code);
export const allBanks = (): Bank[] => [...BY_CODE.values()];

/** The name of an IFSC's bank; its code when the bank is not in the list. */
export const bankOfIfsc = (ifsc: string): string =>
  BY_CODE.get(ifsc.slice(0, 4))?.name ?? `Bank ${ifsc.slice(0, 4)}`;
