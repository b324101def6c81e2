/** Latin letters that no accent can be taken off, as they are spelt without. */
const SPELT: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  þ: 'th',
  ı: 'i',
};

/** Accents go; letters that are more than an accent are spelt out. */
export function withoutAccents(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[ßæœøđðłþı]/gi, (letter) => {
      const spelt = SPELT[letter.toLowerCase()] ?? letter;
      return letter === letter.toLowerCase() ? spelt : spelt.toUpperCase();
    });
}

/**
 * A name in the letters, digits and signs that a provider's contract shows no limit for. What they cannot
 * write becomes a space; a name in these signs stays as it is.
 */
export function plainName(name: string): string {
  return withoutAccents(name)
    .replaceAll(/[’‘`´]/g, "'")
    .replaceAll(/[^A-Za-z0-9 .,'&@+()_/-]/g, ' ')
    .trim();
}
