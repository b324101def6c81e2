import type { RuleTable } from '../../platform/in-force';

/**
 * A stop: while it stands, no send begins by what it names. What was sent before goes on: it is asked about, and repeated
 * under its key where the provider has no record of it. What a stop leaves open is all: one with a provider alone stops
 * whatever goes by that; with a service, that service by every provider; with a bank, everything to that bank.
 */
export interface Stop {
  service: string | null;
  provider: string | null;
  /** A bank, by the first four letters of its IFSCs, or a biller. */
  subject: string | null;
}

export const ROUTING_STOPS: RuleTable<Stop> = {
  name: 'routing_stops',
  columns: { service: 'service', provider: 'provider', subject: 'subject' },
  where: 'lifted_at is null',
};

/** Those that stand now, as SQL: read beside what is to be sent, so that no process sends by what it knew before. */
export const STOPS_NOW = `
  (select json_agg(json_build_object('service', s.service, 'provider', s.provider, 'subject', s.subject))
  from routing_stops s where s.lifted_at is null)`;

/** Whether one of them is of a transaction by this provider. */
export function isStopped(
  stops: readonly Stop[],
  asked: { service: string; subject: string | null },
  provider: string,
): boolean {
  return stops.some(
    (stop) =>
      (stop.service === null || stop.service === asked.service) &&
      (stop.provider === null || stop.provider === provider) &&
      (stop.subject === null || stop.subject === asked.subject),
  );
}
