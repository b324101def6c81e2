/** Signs that people put between the digits of a telephone number. */
const BETWEEN = /[\s().-]/g;
const NATIONAL = /^[6-9][0-9]{9}$/;
const PREFIXES = ['+91', '+910', '0091', '091', '91', '0'];

/**
 * Written as a landline: the code of a place by itself, after a trunk 0 or the country's, and seven or eight digits. Nobody
 * parts a mobile number so. A code of four digits and six more may be either, and is taken.
 */
const LANDLINE =
  /^(?:\+?91|0091)?[\s.-]*\(?0?(?:(?:79|80)\)?[\s.-]+(?:\d[\s.-]?){8}|(?<=0)[6-9]\d{2}\)?[\s.-]+(?:\d[\s.-]?){7})$/;

/**
 * The one form of an Indian mobile number, ten digits, whichever way it was written; undefined for anything else, and for
 * what is plainly written as a landline.
 * Ten digits are a number as they stand: `9198765432` is one, and no `91` in front of eight digits. Digits of other
 * scripts are no digits.
 */
export function normalMobile(text: string): string | undefined {
  if (LANDLINE.test(text.trim())) return undefined;
  const bare = text.trim().replaceAll(BETWEEN, '');
  if (NATIONAL.test(bare)) return bare;
  for (const prefix of PREFIXES)
    if (bare.startsWith(prefix) && NATIONAL.test(bare.slice(prefix.length))) return bare.slice(prefix.length);
  return undefined;
}
