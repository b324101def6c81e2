/**
 * References by which banks find a payment, in the one form in which they are kept and compared: an RRN has 12 digits, a
 * UTR of NEFT 16 or 22 letters and digits, one of RTGS 22. Banks and people write them in small letters, with blanks and
 * strokes, with a word in front, and an RRN with zeros before it (HDFC pads it to 16).
 */
const RRN = /^0{0,8}(\d{12})$/;
const UTR = /^[A-Z]{4}[A-Z0-9]\d{8,17}$/;
/** Of text in capitals. */
export const WORD_IN_FRONT = /^(?:UTR|REF|RRN)(?:\s*NO)?\s*[.:#-]?\s*/;
const BETWEEN = /[\s/-]+/g;

/** What is a UTR or an RRN by its form, in the one form. Undefined for any other text. */
export function bankUtr(text: string): string | undefined {
  const plain = text.trim().toUpperCase().replace(WORD_IN_FRONT, '').replaceAll(BETWEEN, '');
  return RRN.exec(plain)?.[1] ?? (UTR.test(plain) ? plain : undefined);
}

/** As rows keep what a provider calls a UTR: some give ids of their own there, which stay as they are. */
export const utrAsKept = (text: string): string => bankUtr(text) ?? text;

/** What is in the one form, as a pattern of PostgreSQL; an index says it too. */
export const KEPT_FORM = String.raw`^(\d{12}|[A-Z]{4}[A-Z0-9]\d{8,17})$`;

/** The same in SQL, of a column; without `?`, which would be a binding. What is in that form already costs one look. */
export function utrAsKeptSql(column: string): string {
  const bare = String.raw`regexp_replace(regexp_replace(upper(btrim(${column}, E' \t\r\n')),
    '^(UTR|REF|RRN)(\s*NO){0,1}\s*[.:#-]{0,1}\s*', ''), '[\s/-]+', '', 'g')`;
  return String.raw`case when ${column} ~ '${KEPT_FORM}' then ${column}
    else (select case when plain ~ '^0{0,8}\d{12}$' then right(plain, 12)
      when plain ~ '^[A-Z]{4}[A-Z0-9]\d{8,17}$' then plain else ${column} end from (select ${bare} as plain) as one) end`;
}

const TYPED = /^[A-Z0-9]{6,30}$/;

/**
 * What a person has typed as a UTR, an RRN or the number of a deposit slip, in one form. Undefined for what cannot be one.
 */
export function utrOf(typed: string): string | undefined {
  const utr = bankUtr(typed) ?? typed.replaceAll(BETWEEN, '').toUpperCase();
  return TYPED.test(utr) ? utr : undefined;
}
