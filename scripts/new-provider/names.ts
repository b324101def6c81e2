import fs from 'node:fs';
import path from 'node:path';

/** The forms of a provider's name: `acmepay`, `Acmepay`, `ACMEPAY`. */
export interface ProviderNames {
  name: string;
  pascal: string;
  upper: string;
}

const FORM = /^[a-z][a-z0-9]{2,29}$/;
/** Names that mean something else here, or in JavaScript. */
const RESERVED = new Set([
  'template',
  'testpay',
  'provider',
  'providers',
  'keyed',
  'registry',
  'mask',
  'callback',
  'callbacks',
  'razorpayx',
  'eko',
  'setu',
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

/** Throws Error with what to do instead: the name is malformed, reserved, or taken by a folder, a queue lane, a test or a setting in `root`. */
export function providerNames(root: string, name: string): ProviderNames {
  if (!FORM.test(name))
    throw new Error('a provider is named by 3 to 30 lower-case letters and digits, a letter first: acmepay');
  if (RESERVED.has(name)) throw new Error(`${name} is reserved; choose another name`);
  const upper = name.toUpperCase();
  const taken = [`providers/${name}`, `sandbox/${name}`, `test/contract/${name}`].find((file) =>
    fs.existsSync(path.join(root, file)),
  );
  if (taken !== undefined) throw new Error(`${name} is taken: there is ${taken}`);
  const config = fs.readFileSync(path.join(root, 'composition', 'config.ts'), 'utf8');
  const setting = new RegExp(`MUNIM_${upper}(?:_[A-Z_]+)?\\b`).exec(config)?.[0];
  if (setting !== undefined) throw new Error(`${name} is taken: there is a setting ${setting}`);
  return { name, pascal: name[0]!.toUpperCase() + name.slice(1), upper };
}
