/** By which banks find a payment: an RRN has 12 digits, a UTR of NEFT 16 or 22 letters and digits, one of RTGS 22. */
const FORM = /^[A-Z0-9]{6,30}$/;
/** HDFC pads an RRN with zeros to 16. */
const PADDED_RRN = /^0{1,8}([0-9]{12})$/;

/**
 * A UTR or RRN in one form, so that the same one is known again however it is typed: capitals, without blanks and
 * strokes, an RRN without zeros before it. Undefined for what cannot be one.
 */
export function utrOf(typed: string): string | undefined {
  const bare = typed.replaceAll(/[\s/-]+/g, '').toUpperCase();
  const utr = PADDED_RRN.exec(bare)?.[1] ?? bare;
  return FORM.test(utr) ? utr : undefined;
}
