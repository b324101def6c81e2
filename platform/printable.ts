/** Control characters, halves of characters, and what no script has. PostgreSQL takes no NUL. */
export const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}]/u;
/** The same in a text of several lines. */
export const UNPRINTABLE_IN_LINES = /(?![\n\t])[\p{Cc}\p{Cs}\p{Co}\p{Cn}]/u;
/** Neither unprintable, nor a digit of another script, nor an accent that has several forms. */
export const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
/** Digits of other scripts look like ours to a person and to no program. */
export const OTHER_DIGITS = /(?![0-9])\p{Nd}/u;
