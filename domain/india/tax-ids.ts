/**
 * PAN and GSTIN. A PAN has no check digit that the tax department publishes: its form and its holder are all that
 * can be looked at. The last character of a GSTIN checks the others.
 */

/** The fourth letter of a PAN: who holds it. Lists differ about E; it is taken. */
export const PAN_HOLDERS = {
  P: 'individual',
  C: 'company',
  H: 'hindu_undivided_family',
  F: 'firm',
  A: 'association',
  T: 'trust',
  B: 'body_of_individuals',
  L: 'local_authority',
  J: 'artificial_person',
  G: 'government',
  E: 'limited_liability_partnership',
} as const;
export type PanHolder = (typeof PAN_HOLDERS)[keyof typeof PAN_HOLDERS];

const PAN = /^[A-Z]{3}([PCHFATBLJGE])[A-Z][0-9]{4}[A-Z]$/;
const GSTIN = /^([0-9]{2})([A-Z]{5}[0-9]{4}[A-Z])[A-Z0-9]Z[A-Z0-9]$/;
/** States and territories have 01 to 38; 97 is other territory, 99 the centre's own jurisdiction. */
const LAST_STATE = 38;
const OTHER_STATES: ReadonlySet<string> = new Set(['97', '99']);

/** Whose it is; undefined for a text that is no PAN. Capitals only. */
export function panHolder(text: string): PanHolder | undefined {
  const letter = PAN.exec(text)?.[1];
  return letter === undefined ? undefined : PAN_HOLDERS[letter as keyof typeof PAN_HOLDERS];
}

/** What people are shown of a PAN: its digits. */
export function maskedPan(pan: string): string {
  return `XXXXX${pan.slice(5, 9)}X`;
}

export interface Gstin {
  /** Two digits. */
  state: string;
  pan: string;
}

/** Its parts; undefined for a text that is no GSTIN, or whose check character is another. Capitals only. */
export function readGstin(text: string): Gstin | undefined {
  const match = GSTIN.exec(text);
  if (match === null || gstinCheck(text) !== text.at(-1)) return undefined;
  const [, state, pan] = match as unknown as [string, string, string];
  const number = Number(state);
  const isState = (number >= 1 && number <= LAST_STATE) || OTHER_STATES.has(state);
  return isState && panHolder(pan) !== undefined ? { state, pan } : undefined;
}

/** What people are shown of a GSTIN: the state, the digits of its PAN, and the end. */
export function maskedGstin(gstin: string): string {
  return `${gstin.slice(0, 2)}${maskedPan(gstin.slice(2, 12))}${gstin.slice(12)}`;
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Luhn's rule with base 36 over the first fourteen characters. */
function gstinCheck(text: string): string {
  let sum = 0;
  for (let i = 0; i < 14; i += 1) {
    const product = ALPHABET.indexOf(text[i]!) * (i % 2 === 0 ? 1 : 2);
    sum += Math.floor(product / 36) + (product % 36);
  }
  return ALPHABET[(36 - (sum % 36)) % 36]!;
}
