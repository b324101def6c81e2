import fs from 'node:fs';
import path from 'node:path';
import seconds from './file-seconds.json';

test('the files that are known to be long are there', () => {
  const root = path.join(__dirname, '..', '..');
  expect(Object.keys(seconds).filter((name) => !fs.existsSync(path.join(root, `${name}.test.ts`)))).toEqual(
    [],
  );
});
