import fs from 'node:fs';
import path from 'node:path';
import { readFrom } from '../generator/files';
import { nameForms, type NameForms } from '../generator/names';

export type ServiceNames = NameForms;

/** Words that the shared parts use beside the names of services. */
const RESERVED = ['refund', 'wallet', 'wallets', 'transaction', 'main', 'services'];

/**
 * Throws Error with what to do instead: the name is malformed, reserved, or taken by a service, a folder or a
 * page in `root`.
 */
export function serviceNames(root: string, name: string): ServiceNames {
  const names = nameForms('service', name, RESERVED);
  if (readFrom(root, 'domain/provider/service-name.ts').includes(`'${name}'`))
    throw new Error(`${name} is taken: there is a service of that name`);
  const taken = [`domain/${name}`, `docs/services/${name}.md`, `api/routes/${name}.ts`].find((file) =>
    fs.existsSync(path.join(root, file)),
  );
  if (taken !== undefined) throw new Error(`${name} is taken: there is ${taken}`);
  return names;
}
