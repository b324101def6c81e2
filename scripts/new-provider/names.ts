import fs from 'node:fs';
import path from 'node:path';
import { nameForms, type NameForms } from '../generator/names';

export type ProviderNames = NameForms;

/** Names that mean something else here. */
const RESERVED = [
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
];

/**
 * Throws Error with what to do instead: the name is malformed, reserved, or taken by a folder, a queue lane,
 * a test or a setting in `root`.
 */
export function providerNames(root: string, name: string): ProviderNames {
  const names = nameForms('provider', name, RESERVED);
  const taken = [`providers/${name}`, `sandbox/${name}`, `test/contract/${name}`].find((file) =>
    fs.existsSync(path.join(root, file)),
  );
  if (taken !== undefined) throw new Error(`${name} is taken: there is ${taken}`);
  const config = fs.readFileSync(path.join(root, 'composition', 'config.ts'), 'utf8');
  const setting = new RegExp(`MUNIM_${names.upper}(?:_[A-Z_]+)?\\b`).exec(config)?.[0];
  if (setting !== undefined) throw new Error(`${name} is taken: there is a setting ${setting}`);
  return names;
}
