import { spawnSync } from 'node:child_process';
import fs from 'node:fs';

/** A process id alone comes again; with the moment of its start it does not. */
export interface ProcessIdentity {
  pid: number;
  startedAt: string;
}

/** The identity of a running process, or undefined when there is none with that id (or only its zombie). */
export function identify(pid: number): ProcessIdentity | undefined {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  if (process.platform === 'linux') {
    try {
      const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
      return { pid, startedAt: fields[19] ?? '' };
    } catch {
      return undefined;
    }
  }
  const shown = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return shown.status === 0 && shown.stdout.trim() !== ''
    ? { pid, startedAt: shown.stdout.trim() }
    : undefined;
}

/** Whether exactly that process still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startedAt === identity.startedAt;
}
