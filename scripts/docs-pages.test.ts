import fs from 'node:fs';
import path from 'node:path';
import { DOCS_PAGES } from './docs-pages';
import { MOVES, STATES } from '../domain/lifecycle/lifecycle';
import { ERRORS } from '../domain/error-codes';
import { WORKER_TYPES } from '../workers/types';

const ROOT = path.resolve(__dirname, '..');

describe('pages that are written from the code', () => {
  it.each(Object.keys(DOCS_PAGES))('%s is up to date (npm run docs)', (file) => {
    expect(fs.readFileSync(path.join(ROOT, file), 'utf8')).toBe(DOCS_PAGES[file]!());
  });

  it('the error page names every code', () => {
    const page = DOCS_PAGES['docs/errors.md']!();
    for (const code of Object.keys(ERRORS)) expect(page).toContain(`\`${code}\``);
  });

  it('the first day starts every type of worker', () => {
    const page = fs.readFileSync(path.join(ROOT, 'docs/runbooks/first-day.md'), 'utf8');
    expect(/^for type in (.+); do$/m.exec(page)?.[1]?.split(' ')).toEqual(WORKER_TYPES);
  });

  it('the diagram has every move and no other', () => {
    const drawn = [...DOCS_PAGES['docs/lifecycle.md']!().matchAll(/^ {2}(\w+) --> (\w+): ([a-z ]+)$/gm)].map(
      ([, from, to, by]) => `${from} ${to} ${by}`,
    );
    expect(drawn.toSorted()).toEqual(
      STATES.flatMap((from) =>
        Object.entries(MOVES[from]).map(([to, by]) => `${from} ${to} ${by}`),
      ).toSorted(),
    );
  });
});
