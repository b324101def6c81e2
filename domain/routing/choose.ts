import { derivedShare } from '../../platform/ids';
import type { RoutingRule } from './rules';

/**
 * By which provider a transaction goes: a function of the rule, of how the roads stand, and of the transaction's id.
 * Weights are shares of the transactions; whose share one falls into follows from its id alone, without its time. So it
 * goes the same road again when it is asked for again after a restore, and where a weight changes only those change their
 * road that must. The roads of a rule come in one order for each transaction, and that is the order of failing over.
 */

/**
 *   open        payments go by it
 *   away        its breaker is open: payments go by it only where there is no other, and wait
 *   stopped     a person has stopped it: nothing goes
 *   not_set_up  we have no connector for it here
 */
export type Standing = 'open' | 'away' | 'stopped' | 'not_set_up';

export interface Road {
  provider: string;
  weight: number;
  standing: Standing;
}

/** `why` is for people, and null where nothing had to be chosen. */
export interface Choice {
  provider: string;
  why: string | null;
}

/** Nothing may go now: every road is stopped or, with `not_set_up`, there is none at all. */
export interface NoRoad {
  none: 'stopped' | 'not_set_up';
}

/** The roads of a rule, or the one that is set where no rule is of it; there may be none. */
export function roadsOf(
  rule: RoutingRule | undefined,
  asSet: string | undefined,
  standingOf: (provider: string) => Standing,
): Road[] {
  const { providers, weights } = rule ?? { providers: asSet === undefined ? [] : [asSet], weights: [1] };
  return providers.map((provider, i) => ({
    provider,
    weight: weights[i] ?? 0,
    standing: standingOf(provider),
  }));
}

/** The order in which a transaction tries the roads, however they stand. */
export function orderOf<R extends Pick<Road, 'provider' | 'weight'>>(roads: readonly R[], id: string): R[] {
  const sharing = roads.filter(({ weight }) => weight > 0);
  const others = roads.filter(({ weight }) => weight <= 0);
  if (sharing.length < 2) return [...sharing, ...others];
  // Each draws the time at which it arrives, the sooner the heavier it is: the first of them has its share.
  const drawn = sharing.map((road) => ({
    road,
    at: -Math.log(derivedShare(id, `road|${road.provider}`)) / road.weight,
  }));
  return [...drawn.toSorted((a, b) => a.at - b.at).map(({ road }) => road), ...others];
}

/** The road of a new transaction. */
export function choose(rule: RoutingRule | undefined, roads: readonly Road[], id: string): Choice | NoRoad {
  const inOrder = orderOf(roads, id);
  const chosen =
    inOrder.find(({ standing }) => standing === 'open') ??
    inOrder.find(({ standing }) => standing === 'away');
  if (chosen === undefined)
    return { none: roads.some(({ standing }) => standing === 'stopped') ? 'stopped' : 'not_set_up' };
  return { provider: chosen.provider, why: reasonOf(rule, roads, inOrder, chosen) };
}

/** As `transactions_route_length` allows. */
const LONGEST_REASON = 300;

function reasonOf(
  rule: RoutingRule | undefined,
  roads: readonly Road[],
  inOrder: readonly Road[],
  chosen: Road,
): string | null {
  if (rule === undefined) return null;
  const total = roads.reduce((sum, { weight }) => sum + weight, 0);
  const before = inOrder.slice(0, inOrder.indexOf(chosen));
  return [
    `rule ${rule.name}`,
    `weight ${chosen.weight} of ${total}`,
    ...before.map(({ provider, standing }) => `${provider} is ${standing}`),
  ]
    .join(', ')
    .slice(0, LONGEST_REASON);
}

/** A transaction that is held, and of which certainly nothing is under way. */
export interface Waiting {
  id: string;
  provider: string;
  /** The provider of each attempt so far; all of them moved nothing. */
  tried: readonly string[];
  /** It may not go by another: what was agreed for it holds with this one alone. */
  keepsRoad?: boolean;
}

/**
 *   stay     it goes by the road that it has, or waits for it
 *   move     it goes by another
 *   stopped  it may go by none: a person has stopped them
 */
export type Again = { kind: 'stay' } | { kind: 'move'; to: string; why: string } | { kind: 'stopped' };

/**
 * The road of a transaction that waits to be sent. It keeps the one it has while that is open and none that is open was
 * tried less often; so after an attempt that was certainly not sent the next one goes by another road, and every road is
 * tried once before any is tried twice.
 */
export function chooseAgain(given: readonly Road[], waiting: Waiting, current: Standing): Again {
  const { id, provider, tried, keepsRoad = false } = waiting;
  if (keepsRoad) return { kind: current === 'stopped' ? 'stopped' : 'stay' };
  const isAmong = given.some((road) => road.provider === provider);
  // The rule may have changed since, and name its road no more.
  const roads = isAmong ? given : [...given, { provider, weight: 0, standing: current }];
  const times = (of: string): number => tried.filter((one) => one === of).length;
  const open = orderOf(roads, id).filter(({ standing }) => standing === 'open');
  const least = Math.min(...open.map((road) => times(road.provider)));
  const best = open.find((road) => times(road.provider) === least);
  if (best === undefined) return { kind: current === 'stopped' ? 'stopped' : 'stay' };
  if (current === 'open' && times(provider) === least) return { kind: 'stay' };
  const because = current === 'open' ? 'was not sent' : `is ${current}`;
  return { kind: 'move', to: best.provider, why: `after ${provider}, which ${because}` };
}
