import { setTimeout as pause } from 'node:timers/promises';

/** Longer than any condition takes on a machine whose cores are busy: only one that never comes reaches it. */
const LIMIT_MS = 60_000;
const PAUSE_MS = 15;

/** Looks until what it sees satisfies `holds`, and returns it. Throws Error with what was seen last. */
export async function until<T>(
  look: () => T | Promise<T>,
  holds: (seen: T) => boolean = Boolean,
): Promise<T> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (Date.now() > deadline) throw new Error(`waited ${LIMIT_MS} ms; last seen: ${shown(seen)}`);
    await pause(PAUSE_MS);
  }
}

function shown(seen: unknown): string {
  const text = JSON.stringify(seen, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  ) as string | undefined;
  return String(text).slice(0, 2_000);
}
