/** The forms of a name: `acmepay`, `Acmepay`, `ACMEPAY`. */
export interface NameForms {
  name: string;
  pascal: string;
  upper: string;
}

const FORM = /^[a-z][a-z0-9]{2,29}$/;
/** Words of JavaScript and of the test support. */
const RESERVED: ReadonlySet<string> = new Set([
  'nobody',
  'constructor',
  'prototype',
  'default',
  'delete',
  'export',
  'import',
  'return',
  'switch',
  'typeof',
  'function',
  'package',
  'undefined',
  'null',
  'true',
  'false',
  'class',
  'const',
  'enum',
  'new',
  'this',
  'void',
  'with',
  'while',
  'yield',
  'await',
  'async',
  'static',
  'super',
  'throw',
  'catch',
  'finally',
  'break',
  'continue',
  'object',
  'string',
  'number',
  'for',
  'let',
  'var',
  'try',
]);

/** Throws Error with what to do instead: the name is malformed, or a reserved word. `kind` is what the name is of. */
export function nameForms(kind: string, name: string, reserved: readonly string[]): NameForms {
  if (!FORM.test(name))
    throw new Error(`a ${kind} is named by 3 to 30 lower-case letters and digits, a letter first`);
  if (RESERVED.has(name) || reserved.includes(name))
    throw new Error(`${name} is reserved; choose another name`);
  return { name, pascal: name[0]!.toUpperCase() + name.slice(1), upper: name.toUpperCase() };
}
