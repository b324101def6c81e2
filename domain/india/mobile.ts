/** Signs that people put between the digits of a telephone number. */
const BETWEEN = /[\s().-]/g;
const NATIONAL = /^[6-9][0-9]{9}$/;
const PREFIXES = ['+91', '+910', '0091', '091', '91', '0'];

/**
 * The one form of an Indian mobile number, ten digits, whichever way it was written; undefined for anything else.
 * Ten digits are a number as they stand: `9198765432` is one, and no `91` in front of eight digits. Digits of other
 * scripts are no digits.
 */
export function normalMobile(text: string): string | undefined {
  const bare = text.trim().replaceAll(BETWEEN, '');
  if (NATIONAL.test(bare)) return bare;
  for (const prefix of PREFIXES)
    if (bare.startsWith(prefix) && NATIONAL.test(bare.slice(prefix.length))) return bare.slice(prefix.length);
  return undefined;
}
