import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from '../stack/root';
import { agesTable, daysSince } from './ages';
import { contractDocuments, documentsOf, providerFolders } from './documents';

const README = `# Acme

## Contracts

Some words.

- **Payments, OpenAPI**
  - source: https://github.com/acme/docs
  - file: \`api/openapi.json\`
  - version: 3.1
  - day: 2026-04-27
  - compared: 2026-11-29
  - copy:
    test/fixtures/acme/openapi.json
- **Guides**
  - source: https://acme.example/docs
  - version: undated pages
  - day: 2026-11-28
  - compared: 2026-11-28

## Sources

- **No document**
`;
const read = (text: string) => documentsOf('acme', 'providers/acme/README.md', text);

describe('the section "Contracts" of a README', () => {
  test('is read, over the line breaks of the formatter', () => {
    expect(read(README)).toEqual([
      {
        provider: 'acme',
        title: 'Payments, OpenAPI',
        source: 'https://github.com/acme/docs',
        file: 'api/openapi.json',
        version: '3.1',
        day: '2026-04-27',
        compared: '2026-11-29',
        copy: 'test/fixtures/acme/openapi.json',
      },
      {
        provider: 'acme',
        title: 'Guides',
        source: 'https://acme.example/docs',
        version: 'undated pages',
        day: '2026-11-28',
        compared: '2026-11-28',
      },
    ]);
  });

  test.each([
    ['no section', README.replace('## Contracts', '## Other'), 'has no document under "## Contracts"'],
    ['no version', README.replace('  - version: 3.1\n', ''), 'Payments, OpenAPI: version missing'],
    ['a day that is none', README.replace('2026-04-27', '2026-02-30'), 'day is no day like 2026-11-29'],
    ['an unknown key', README.replace('- file:', '- path:'), 'is none of source, version, day'],
  ])('is refused with %s', (_, text, why) => {
    expect(() => read(text)).toThrow(why);
  });
});

test('every provider names its documents, and the copies are there', () => {
  const documents = contractDocuments(ROOT);
  expect([...new Set(documents.map(({ provider }) => provider))]).toEqual(providerFolders(ROOT));
  const copies = documents.flatMap(({ copy }) => copy ?? []);
  expect(copies.filter((copy) => !fs.existsSync(path.join(ROOT, copy)))).toEqual([]);
});

test('every copy that contract tests use belongs to a document', () => {
  const copies = contractDocuments(ROOT).flatMap(({ copy }) => copy ?? []);
  const fixtures = path.join(ROOT, 'test', 'fixtures');
  const files = fs
    .readdirSync(fixtures, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json'))
    .map((file) => `test/fixtures/${file.split(path.sep).join('/')}`);
  expect(
    files.filter((file) => !copies.some((copy) => file === copy || file.startsWith(`${copy}/`))),
  ).toEqual([]);
});

test('the age of a document is counted in whole days', () => {
  const now = new Date('2026-11-29T00:30:00Z');
  expect(daysSince('2026-11-28', now)).toBe(1);
  expect(daysSince('2026-12-05', now)).toBe(0);
  const screen = agesTable(read(README), now);
  expect(screen).toMatch(/acme .* Payments, OpenAPI .* 3\.1 .* 2026-04-27 .* 216 days .* today/);
  expect(screen).toMatch(/Guides .* 1 day .* 1 day ago/);
});
