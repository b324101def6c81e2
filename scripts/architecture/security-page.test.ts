/** docs/security.md has all 55 items; each names tests that exist, or the capability that brings it. */
import fs from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '..', '..');
const CAPABILITIES = ['people and sign-in', 'the night', 'collections', 'the console', 'webhooks and SDK'];
const ITEM =
  /^(\d+)\. \*\*(.+?)\.\*\*(?: Shown by (`[^`]+`(?:, `[^`]+`)*)\.)?(?: Not built yet: ([^.]+)\.)?$/;

/** Without the breaks and the indent that the formatter makes. */
const page = fs.readFileSync(path.join(ROOT, 'docs/security.md'), 'utf8').replaceAll(/\n {2,4}(?=\S)/g, ' ');
const lines = page.split('\n').filter((line) => /^\d+\. /.test(line));
const items = lines.map((line) => {
  const [, number, what, shownBy = '', comesWith = ''] = ITEM.exec(line) ?? [];
  const listed = (text: string): string[] => text.split(', ').filter((one) => one !== '');
  return {
    line,
    number: Number(number),
    what,
    tests: listed(shownBy).map((name) => /^`([\w./-]+)`$/.exec(name)?.[1] ?? `not a test: ${name}`),
    capabilities: listed(comesWith).map((name) => name.replace(/ \([^)]*\)$/, '')),
  };
});

test('the items are 1 to 55', () => {
  expect(items.map(({ number }) => number)).toEqual(Array.from({ length: 55 }, (_, i) => i + 1));
});

test.each(items)('$number $what', ({ tests, capabilities }) => {
  expect(tests.filter((name) => !fs.existsSync(path.join(ROOT, `${name}.test.ts`)))).toEqual([]);
  expect(capabilities.filter((name) => !CAPABILITIES.includes(name))).toEqual([]);
  expect(tests.length + capabilities.length).toBeGreaterThan(0);
});
