/** Pages that say which test shows what name tests that exist. */
import fs from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '..', '..');
const NAMED =
  /`((?:api|composition|console|domain|platform|providers|scripts|test)\/[\w./-]+|[\w-]+\.test)`/g;

/** A folder, a file, or a test without its ending, as the pages write them. */
const exists = (name: string): boolean =>
  [name, `${name}.ts`, `${name}.test.ts`].some((file) => fs.existsSync(path.join(ROOT, file)));

test.each(['docs/behaviours.md'])('%s', (page) => {
  const named = [...fs.readFileSync(path.join(ROOT, page), 'utf8').matchAll(NAMED)].map(([, name]) => name!);
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((name) => !exists(name))).toEqual([]);
});
