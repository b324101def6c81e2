import fs from 'node:fs';
import { identify, isRunning, type ProcessIdentity } from './process-identity';

const POLL_MS = 250;
const GENERATIONS = 3;

/**
 * Calls back when the npm that started this process is gone. npm runs scripts through a shell which passes no
 * signal on, and neither does a kill -9: without this, ending npm would leave everything running. Does
 * nothing outside npm scripts (there a process may outlive the shell that started it, as with nohup).
 */
export function onNpmGone(callback: () => void, env: NodeJS.ProcessEnv = process.env): void {
  if (env.npm_lifecycle_event === undefined) return;
  const line = ancestors(process.ppid);
  const timer = setInterval(() => {
    if (process.ppid === line[0]?.pid && line.every(isRunning)) return;
    clearInterval(timer);
    callback();
  }, POLL_MS);
  timer.unref();
}

/** The processes from `pid` up to npm; just the first where npm is not found. */
function ancestors(pid: number): ProcessIdentity[] {
  const line: ProcessIdentity[] = [];
  let current = pid;
  for (let i = 0; i < GENERATIONS && current > 1; i += 1) {
    const identity = identify(current);
    if (!identity) break;
    line.push(identity);
    const [, command, parent] = /\((.*)\) \S (\d+)/s.exec(readStat(current)) ?? [];
    if (command?.startsWith('npm')) return line;
    current = Number(parent ?? 0);
  }
  return line.slice(0, 1);
}

function readStat(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}
