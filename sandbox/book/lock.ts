import fs from 'node:fs';
import path from 'node:path';

/**
 * Locks a folder for one process and returns the function that releases it. The lock names its owner by pid
 * and, where /proc exists, by the start time of that process, so that a lock left behind by a killed process
 * is recognised even when its pid is in use again. Throws when another live process holds the lock.
 */
export function lockBook(dir: string): () => void {
  const file = path.join(dir, 'book.lock');
  const mine = JSON.stringify({ pid: process.pid, started: startedAt(process.pid) });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      fs.writeFileSync(file, mine, { flag: 'wx', mode: 0o600 });
      return () => {
        fs.rmSync(file, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (isHeld(file)) throw new Error(`another sandbox is using the book in ${dir}`, { cause: error });
      fs.rmSync(file, { force: true });
    }
  }
  throw new Error(`the book in ${dir} could not be locked`);
}

function isHeld(file: string): boolean {
  let owner: { pid: number; started: string | null };
  try {
    owner = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return false;
  } // its owner was killed while writing it
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return startedAt(owner.pid) === owner.started;
}

/**
 * The start time of a process in clock ticks since boot (field 22 of /proc/<pid>/stat); null without /proc.
 */
function startedAt(pid: number): string | null {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    // the name in field 2 may contain blanks
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
