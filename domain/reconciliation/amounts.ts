import type { Paise } from '../../platform/money';

/** An amount as a bank prints it. `side` is the mark behind it, where there is one. */
export interface PrintedAmount {
  paise: Paise;
  side: 'credit' | 'debit' | undefined;
}

/** Thousands as in India (`1,23,456.78`) or elsewhere (`123,456.78`); a comma is never the decimal point. */
const PRINTED =
  /^(?:₹|INR|Rs\.?)?\s*([+-]?)(\d{1,15}|\d{1,3}(?:,\d{2,3})*,\d{3})(?:\.(\d{1,2})0*)?\s*(cr|dr)?\.?$/i;
const BLANK = /^[\s\u00a0-]*$/;

/**
 * Reads an amount from its text alone: no float is made of it. Undefined for an empty cell; throws RangeError for
 * anything that is not plainly an amount, such as a decimal comma, an exponent or a fraction of a paisa.
 */
export function readPrintedAmount(text: string): PrintedAmount | undefined {
  if (BLANK.test(text)) return undefined;
  const match = PRINTED.exec(text.replaceAll('\u00a0', ' ').trim());
  if (match === null) throw new RangeError('not an amount');
  const [, sign, whole, fraction = '', mark] = match;
  const paise = BigInt(whole!.replaceAll(',', '')) * 100n + BigInt(fraction.padEnd(2, '0'));
  return { paise: sign === '-' ? -paise : paise, side: sideOf(mark) };
}

function sideOf(mark: string | undefined): PrintedAmount['side'] {
  if (mark === undefined) return undefined;
  return mark.toLowerCase() === 'cr' ? 'credit' : 'debit';
}

/** A balance: what is overdrawn has a sign, or `Dr` behind it. Undefined for an empty cell. */
export function readPrintedBalance(text: string): Paise | undefined {
  const read = readPrintedAmount(text);
  if (read === undefined) return undefined;
  return read.side === 'debit' ? -read.paise : read.paise;
}

/** `114.99` or `114,99`, as in ISO 20022 and SWIFT: one decimal point, no thousands. Throws RangeError. */
export function readPlainAmount(text: string, point: '.' | ','): Paise {
  const match = (point === '.' ? WITH_POINT : WITH_COMMA).exec(text);
  if (match === null) throw new RangeError('not an amount');
  return BigInt(match[1]!) * 100n + BigInt((match[2] ?? '').padEnd(2, '0'));
}
const WITH_POINT = /^(\d{1,15})(?:\.(\d{0,2})0*)?$/;
const WITH_COMMA = /^(\d{1,15}),(\d{0,2})0*$/;
