import branches from 'ifsc/src/IFSC.json';

/**
 * Whether the bank of an IFSC exists; its first four letters name the bank. Branches come and go faster than
 * the data set (package `ifsc`, from the RBI's lists) is renewed, banks hardly ever: an unknown bank is
 * refused, an unknown branch is not.
 */
export function isKnownBank(ifsc: string): boolean {
  return Object.hasOwn(branches, ifsc.slice(0, 4).toUpperCase());
}
