import fs from 'node:fs';
import path from 'node:path';
import type { Lock } from './lock';

/** What lies in node_modules has the versions of the lock, and nothing lies there that is not of it. */
export function problemsOfInstalled(folder: string, lock: Lock): string[] {
  const file = path.join(folder, '.package-lock.json');
  if (!fs.existsSync(file)) return ['nothing is installed: npm ci --ignore-scripts'];
  const installed = JSON.parse(fs.readFileSync(file, 'utf8')) as Lock;
  return Object.entries(installed.packages).flatMap(([place, { version, integrity }]) => {
    const locked = lock.packages[place];
    if (locked === undefined) return [`${place} is installed, and not in the lock`];
    return locked.version === version && locked.integrity === integrity
      ? []
      : [`${place} is installed as ${version}, and the lock says ${locked.version}`];
  });
}
