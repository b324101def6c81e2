/** A copy of the repository in a temporary folder, for what generators write into it. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export const ROOT = path.resolve(__dirname, '../..');
const NOT_COPIED = new Set(['node_modules', 'dist', '.git', '.data', 'coverage']);

export interface RepositoryCopy {
  dir: string;
  read(file: string): string;
  /** Runs Node in the copy. Returns what it printed, after a line that says so when it failed. */
  run(...args: string[]): string;
  /** Runs the tests of the copy whose paths match, which may start nothing. */
  runTests(...patterns: string[]): string;
  /** The migration whose file ends like this: its name, and what it does. */
  migration(ending: string): { file: string; up: Migrate; down: Migrate };
  /** A module of the copy, for the caller to say what it exports. */
  load(file: string): unknown;
  remove(): void;
}

type Migrate = (knex: unknown) => Promise<void>;

export function copyRepository(name: string): RepositoryCopy {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), `munim-${name}-`));
  fs.cpSync(ROOT, dir, {
    recursive: true,
    filter: (from) => !NOT_COPIED.has(path.relative(ROOT, from).split(path.sep)[0]!),
  });
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(dir, 'node_modules'));
  const run = (...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: dir,
      encoding: 'utf8',
      env: { ...process.env, NODE_ENV: 'test' },
    });
    return `${status === 0 ? '' : `ended with ${status}\n`}${stdout}${stderr}`;
  };
  const load = (file: string): unknown => jest.requireActual<object>(path.join(dir, file));
  return {
    dir,
    read: (file) => fs.readFileSync(path.join(dir, file), 'utf8'),
    run,
    runTests(...patterns) {
      const { projects } = jest.requireActual<{ projects: { transform: unknown }[] }>(
        path.join(ROOT, 'jest.config.js'),
      );
      const config = { rootDir: dir, testEnvironment: 'node', transform: projects[0]!.transform };
      fs.writeFileSync(path.join(dir, 'jest.alone.json'), JSON.stringify(config));
      return run('node_modules/jest/bin/jest.js', '--config', 'jest.alone.json', '--runInBand', ...patterns);
    },
    migration(ending) {
      const file = fs.readdirSync(path.join(dir, 'migrations')).find((name) => name.endsWith(ending))!;
      return { file, ...(load(`migrations/${file}`) as { up: Migrate; down: Migrate }) };
    },
    load,
    remove: () => fs.rmSync(dir, { recursive: true, force: true }),
  };
}
