/**
 * `npm run docs`: writes what comes from the code: error codes, lifecycle, the picture of the structure, the
 * linter's layers.
 */
import fs from 'node:fs';
import path from 'node:path';
import { DOCS_PAGES } from './docs-pages';
import { ROOT } from './stack/root';

for (const [file, render] of Object.entries(DOCS_PAGES)) {
  fs.writeFileSync(path.join(ROOT, file), render());
  console.log(`wrote ${file}`);
}
