import fs from 'node:fs';
import path from 'node:path';

const files = fs
  .readdirSync(path.join(__dirname, '..', 'migrations'))
  .filter((file) => /^\d{14}_.+\.ts$/.test(file));

/** Applied before this rule: knex stores the names, so they cannot be renamed. */
const SHARED = new Set(['20261125000900']);

it('each migration has a stamp of its own, so that their order does not hang on their names', () => {
  const stamps = files.map((file) => file.slice(0, 14)).filter((stamp) => !SHARED.has(stamp));
  expect(stamps.length).toBeGreaterThan(10);
  expect(stamps.filter((stamp, i) => stamps.indexOf(stamp) !== i)).toEqual([]);
});
