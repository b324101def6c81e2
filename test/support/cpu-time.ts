/** Milliseconds of processor time that `work` takes in this process. Unlike the time on the wall it does not grow on a busy machine. */
export function cpuMsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
