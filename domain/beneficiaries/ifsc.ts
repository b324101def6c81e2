import branches from 'ifsc/src/IFSC.json';

/**
 * The first four letters of an IFSC name the bank. Is there such a bank? The data set (package `ifsc`, from the RBI's lists) ages branch by branch, banks
 * hardly: so an unknown bank is refused and an unknown branch is not.
 */
export function isKnownBank(ifsc: string): boolean {
  return Object.hasOwn(branches, ifsc.slice(0, 4).toUpperCase());
}
