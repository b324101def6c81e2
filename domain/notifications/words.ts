/** An operator drops an SMS with a longer value in a place of its template. */
export const LONGEST_VALUE = 40;
const PLACE = /\{([a-z]+)\}/g;

/**
 * The text of a template with its values. A value is one line of plain characters, and cut where an operator would
 * refuse it: what a stranger's device calls itself must not write a second sentence. Throws Error for a place
 * without a value.
 */
export function fillIn(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(PLACE, (_, name: string) => {
    if (!Object.hasOwn(values, name)) throw new Error(`the template needs a value for ${name}`);
    return plainValue(values[name]!);
  });
}

function plainValue(value: string): string {
  const oneLine = value
    .normalize('NFC')
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replaceAll(/[<>{}[\]\\]|https?:\/\/|www\./giu, '')
    .trim();
  return Array.from(oneLine).slice(0, LONGEST_VALUE).join('').trim();
}
