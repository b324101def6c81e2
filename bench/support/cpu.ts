import fs from 'node:fs';

const TICKS_PER_S = 100; // Linux's USER_HZ

/** CPU time of a process so far, ms; 0 when it is gone. */
export function cpuMs(pid: number): number {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_S;
  } catch {
    return 0;
  }
}

/** CPU time of a process and all its living and reaped children, ms. */
export function treeCpuMs(pid: number): number {
  let own = 0;
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    own = ([11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0) * 1_000) / TICKS_PER_S;
  } catch {
    return 0;
  }
  return childrenOf(pid).reduce((sum, child) => sum + cpuMs(child), own);
}

function childrenOf(pid: number): number[] {
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = fs.readFileSync(`/proc/${name}/stat`, 'utf8');
        return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] === String(pid) ? [Number(name)] : [];
      } catch {
        return [];
      }
    });
}

/** Resident memory of a process, MiB. */
export function rssMiB(pid: number): number {
  const match = /VmRSS:\s+(\d+) kB/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  return match === null ? 0 : Math.round(Number(match[1]) / 1_024);
}

/** Larger than the caches of a core: most steps of a walk through it wait for memory, as those of a busy program do. */
const PLACES = new Int32Array(16_777_216);
const STEPS = 50_000;
const MULTIPLIER = 1_664_525;
const INCREMENT = 1_013_904_223;

/**
 * CPU time that the same work takes now, ms. A core is slower while its neighbours are busy, those of other machines on
 * the same host too, most of all where it waits for memory: what was done in a minute is comparable with another minute
 * only beside this.
 */
export function workMs(): number {
  if (PLACES[0] === 0) PLACES.fill(1); // pages that were never written are one page
  const before = process.cpuUsage();
  let seed = before.user | 0;
  let at = 0;
  for (let step = 0; step < STEPS; step++) {
    seed = (Math.imul(seed, MULTIPLIER) + INCREMENT + PLACES[at]!) | 0; // where it goes next hangs on what it read
    at = seed >>> 8;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
