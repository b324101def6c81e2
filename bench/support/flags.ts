/** `--name value` pairs over defaults. An unknown flag is refused, so that a bench runs with exactly what it prints. */
export function readFlags<T extends Record<string, number | string>>(
  args: readonly string[],
  defaults: T,
): T {
  const flags: Record<string, number | string> = { ...defaults };
  for (let i = 0; i < args.length; i += 2) {
    const name = (args[i] ?? '').replace(/^--/, '');
    const value = args[i + 1];
    if (!(name in defaults) || value === undefined)
      throw new Error(
        `unknown flag ${args[i]}; there are ${Object.keys(defaults)
          .map((k) => `--${k}`)
          .join(' ')}`,
      );
    flags[name] = typeof defaults[name] === 'number' ? Number(value) : value;
  }
  return flags as T;
}

/** One result, as a JSON line. */
export function report(line: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('no values');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The p-th percentile (0..100) of values, nearest rank. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil((p / 100) * sorted.length) - 1))]!;
}

/** Cuts a figure to three significant places. */
export function figure(value: number): number {
  return Number(value.toPrecision(3));
}
