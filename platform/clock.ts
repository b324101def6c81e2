/** Time comes in as a dependency, so that tests can move it. */
export interface Clock {
  /** The present instant, UTC. */
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** A clock that stands still until it is moved; for tests and simulations. */
export class FakeClock implements Clock {
  private ms: number;
  constructor(start: Date | string = '2026-11-01T06:30:00.000Z') { this.ms = new Date(start).getTime(); }
  now(): Date { return new Date(this.ms); }
  advance(ms: number): void { this.ms += ms; }
  set(at: Date | string): void { this.ms = new Date(at).getTime(); }
}

const IST_OFFSET_MS = 5.5 * 60 * 60 * 1000; // Asia/Kolkata has had no daylight saving since 1945

/** The business date (`YYYY-MM-DD`, Asia/Kolkata) of an instant. */
export function businessDate(at: Date): string {
  return new Date(at.getTime() + IST_OFFSET_MS).toISOString().slice(0, 10);
}

/** The instant at which a business date (`YYYY-MM-DD`) begins in Asia/Kolkata. */
export function startOfBusinessDate(date: string): Date {
  return new Date(new Date(`${date}T00:00:00.000Z`).getTime() - IST_OFFSET_MS);
}

/** Adds milliseconds to an instant. */
export function addMs(at: Date, ms: number): Date { return new Date(at.getTime() + ms); }
