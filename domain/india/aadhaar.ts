/**
 * The check digit of Aadhaar numbers (Verhoeff, 1969): it finds every single wrong digit and every swap of
 * neighbours. Multiplication in the dihedral group D5, after a permutation that depends on the place.
 */
const MULTIPLY = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
].map((row) => Array.from(row, Number));
const PERMUTE = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
].map((row) => Array.from(row, Number));
const AADHAAR = /^[2-9]\d{11}$/;

/** Do the digits end with the right check digit? */
export function hasVerhoeffCheck(digits: string): boolean {
  let check = 0;
  for (let i = 0; i < digits.length; i += 1)
    check = MULTIPLY[check]![PERMUTE[i % 8]![Number(digits[digits.length - 1 - i])]!]!;
  return check === 0;
}

/**
 * Twelve digits, the first from 2 to 9, with the right check digit. Says nothing of whether the number was
 * given to anybody.
 */
export function isAadhaar(text: string): boolean {
  return AADHAAR.test(text) && hasVerhoeffCheck(text);
}

/** UUIDs and other long ids of random hex digits: twelve decimal ones in a row come up in them by chance. */
const RANDOM_ID =
  /(?<![0-9a-z])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=[0-9]*[a-f])[0-9a-f]{16,})(?![0-9a-z])/gi;
/**
 * Twelve digits that belong to no longer number, in one piece or, as a word of their own, in three groups.
 */
const TWELVE_DIGITS = /(?<!\d)(?=(\d{12})(?!\d))|(?<![0-9a-z])(?=(\d{4}([ ._/-])\d{4}\3\d{4})(?![0-9a-z]))/gi;

/**
 * Does a text hold what is very likely an Aadhaar number? One number of twelve digits in twelve or so passes
 * for one by chance: ask this only where such a number has no business.
 */
export function holdsAadhaar(text: string): boolean {
  return [...text.replaceAll(RANDOM_ID, 'id').matchAll(TWELVE_DIGITS)].some(([, whole, groups]) =>
    isAadhaar((whole ?? groups!).replaceAll(/\D/g, '')),
  );
}
