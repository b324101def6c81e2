/** Concurrent calls with the same key share one run of the work, and its result or its error. */
export type SingleFlight = <T>(key: string, work: () => Promise<T>) => Promise<T>;

/** With a limit, a key beyond the `max` that are under way is refused with `refusal()`. */
export function createSingleFlight(limit?: { max: number; refusal(): Error }): SingleFlight {
  const flights = new Map<string, Promise<unknown>>();
  return <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const known = flights.get(key) as Promise<T> | undefined;
    if (known !== undefined) return known;
    if (limit !== undefined && flights.size >= limit.max) throw limit.refusal();
    const flight = work().finally(() => {
      flights.delete(key);
    });
    flights.set(key, flight);
    return flight;
  };
}
