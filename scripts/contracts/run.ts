import fs from 'node:fs';
import path from 'node:path';
import { agesTable } from './ages';
import { checkCopies, EXIT, type Check } from './check';
import { contractDocuments } from './documents';

const USAGE =
  'usage: npm run contracts [-- --check DIR] (a folder with newer copies; docs/runbooks/contracts.md says which)';

/** What the command prints, and what it exits with. Never throws. */
export function runContracts(root: string, args: readonly string[], now: Date): Check {
  try {
    const documents = contractDocuments(root);
    if (args.length === 0) return { lines: [agesTable(documents, now)], exitCode: EXIT.same };
    const [option, folder, ...more] = args;
    if (option !== '--check' || folder === undefined || more.length > 0) throw new Error(USAGE);
    if (!fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory())
      throw new Error(`${folder} is no folder`);
    return checkCopies(root, path.resolve(folder), documents);
  } catch (error) {
    return { lines: [(error as Error).message], exitCode: EXIT.wrong };
  }
}
