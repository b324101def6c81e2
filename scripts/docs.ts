/** `npm run docs`: writes the pages that come from the code, docs/errors.md and docs/lifecycle.md. */
import fs from 'node:fs';
import path from 'node:path';
import { DOCS_PAGES } from './docs-pages';
import { ROOT } from './stack/root';

for (const [file, render] of Object.entries(DOCS_PAGES)) {
  fs.writeFileSync(path.join(ROOT, file), render());
  console.log(`wrote ${file}`);
}
