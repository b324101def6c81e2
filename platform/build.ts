import fs from 'node:fs';
import path from 'node:path';

/** What runs: the version of package.json, the newest migration that it knows, and Node.js. */
export interface Build {
  version: string;
  /** The name of the newest migration that this program knows. */
  schema: string;
  node: string;
}

let known: Build | undefined;

export function thisBuild(): Build {
  known ??= {
    version: versionOf(path.join(__dirname, '..')),
    schema: knownMigrations().at(-1) ?? 'none',
    node: process.version,
  };
  return known;
}

let migrations: readonly string[] | undefined;

/** The names of the migrations that this program knows, the oldest first. */
export function knownMigrations(): readonly string[] {
  migrations ??= fs
    .readdirSync(path.join(__dirname, '..', 'migrations'))
    .filter((file) => /^\d{14}_.+\.(ts|js)$/.test(file) && !file.endsWith('.d.ts'))
    .map((file) => file.replace(/\.(ts|js)$/, ''))
    .toSorted();
  return migrations;
}

/** The built program stands in a folder of its own, one below. */
function versionOf(folder: string): string {
  for (const place of [folder, path.join(folder, '..')]) {
    const file = path.join(place, 'package.json');
    if (!fs.existsSync(file)) continue;
    const { version } = JSON.parse(fs.readFileSync(file, 'utf8')) as { version?: string };
    if (version !== undefined) return version;
  }
  return 'unknown';
}
