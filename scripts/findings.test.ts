import fs from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '..');
const FOLDER = path.join(ROOT, 'findings');
const SCRIPTS = fs.readdirSync(FOLDER).filter((file) => file.endsWith('.sh'));
const PAGE = fs.readFileSync(path.join(ROOT, 'docs/findings.md'), 'utf8');

describe('findings', () => {
  it('the page has each script, and no other', () => {
    const named = [...PAGE.matchAll(/^## `([a-z0-9-]+)`$/gm)].map(([, name]) => name);
    expect(named).toEqual(SCRIPTS.map((file) => path.basename(file, '.sh')).toSorted());
    expect(PAGE.match(/^Munim: /gm)).toHaveLength(named.length);
  });

  it('the tests that the page names are there', () => {
    const named = [...PAGE.matchAll(/`([\w/-]+\.test\.ts)`/g)].map(([, file]) => file!);
    expect(named.length).toBeGreaterThan(5);
    for (const file of named) expect(fs.existsSync(path.join(ROOT, file))).toBe(true);
  });

  it.each(SCRIPTS)('%s pins what it installs, says what is expected, and names no host', (file) => {
    const text = fs.readFileSync(path.join(FOLDER, file), 'utf8');
    const packages = /^packages (.+)$/m.exec(text)![1]!.split(' ');
    for (const name of packages) expect(name).toMatch(/^(?:@[\w-]+\/)?[\w.-]+@\d+\.\d+\.\d+$/);
    expect(text).toMatch(/^# Expected: [^]+^# Seen/m);
    expect(text).toMatch(/^cat >expected <<'EOF'\n[^]+\nEOF\nlook$/m);
    expect(text.replaceAll('http://127.0.0.1', '')).not.toMatch(/https?:\/\//);
  });
});

describe('what they would do here', () => {
  const folders = [
    'api',
    'composition',
    'console',
    'domain',
    'jobs',
    'migrations',
    'platform',
    'policies',
    'providers',
    'workers',
  ];
  const files = folders.flatMap((folder) =>
    fs
      .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => path.join(folder, file)),
  );
  const having = (pattern: RegExp): string[] =>
    files.filter((file) => pattern.test(fs.readFileSync(path.join(ROOT, file), 'utf8')));

  it('looks at the code', () => {
    expect(files.length).toBeGreaterThan(300);
    expect(having(/at time zone 'Asia\/Kolkata'/i)).not.toEqual([]);
  });

  it('no text of SQL names a zone by letters that are two zones', () => {
    expect(having(/at time zone '(?!UTC'|[A-Z][a-z]+\/)|\d IST'|\btimezone\(|'TZ'/i)).toEqual([]);
  });

  it('no amount goes through the parts of knex that print or round a bigint', () => {
    expect(having(/\.(?:toQuery|increment|decrement)\(/)).toEqual([]);
  });

  it('no schema divides by a fraction, and no schedule is a line of cron', () => {
    expect(having(/multipleOf|\.multiple\(0?\.|\.precision\(|cron-parser|\bcron:/)).toEqual([]);
  });
});
