import { createInForce, type InForceDependencies } from '../../platform/in-force';
import { DomainError } from '../errors/errors';
import type { ServiceName } from '../provider/service-name';
import {
  choose,
  chooseAgain,
  roadsOf,
  type Again,
  type Choice,
  type NoRoad,
  type Road,
  type Standing,
  type Waiting,
} from './choose';
import { ROUTING_ERRORS } from './errors';
import { createRuleFinder, ROUTING_RULES, type Asked } from './rules';
import { isStopped, ROUTING_STOPS, type Stop } from './stops';

/**
 * By which provider transactions go: rules that are rows, what persons have stopped, and the breakers of this process.
 * All of it is in memory: no question waits for the database.
 */
export interface Roads {
  /**
   * The provider of a new transaction. Throws DomainError ROUTE_STOPPED, or SERVICE_UNAVAILABLE where none of its
   * providers is set up here.
   */
  choose(asked: Asked, id: string): Choice;
  /** The road of one that waits; `stops` are those that stand now, as the database says. */
  again(asked: Asked, waiting: Waiting, stops: readonly Stop[]): Again;
  /** For a service whose provider is no choice. Throws DomainError ROUTE_STOPPED. */
  requireOpen(asked: Pick<Asked, 'service' | 'subject'>, provider: string): void;
  /** Providers in the order of another table, those that are stopped for it last. */
  openFirst(asked: Pick<Asked, 'service' | 'subject'>, providers: readonly string[]): string[];
  /** Every road of such a transaction, and why. */
  preview(asked: Asked): Preview;
  refresh(): Promise<void>;
  close(): void;
}

export interface Preview {
  /** Null: none is of it, and it goes by the provider that is set. */
  rule: { name: string; from: string; priority: number } | null;
  roads: (Road & {
    /** Of a hundred such transactions so many go by it now. */
    percent: number;
  })[];
}

/** The provider of each service that no rule sends elsewhere. */
export type RoutesAsSet = Readonly<Record<'payout' | 'dmt' | 'aeps' | 'collection', string>>;

export interface RoadsDependencies extends InForceDependencies {
  asSet: RoutesAsSet;
  /** Whether a connector for it is set up here; without it all are. */
  offers?(provider: string, service: ServiceName): boolean;
  /** Whether its breaker is closed. */
  available?(provider: string, service: ServiceName): boolean;
}

/** Those who take requests know of a stop within this; what is sent is looked at again, by what the database says. */
const STOPS_EVERY_MS = 5_000;

export async function createRoads(deps: RoadsDependencies): Promise<Roads> {
  const [inForce, stopped] = await Promise.all([
    createInForce(deps, { rules: ROUTING_RULES }),
    createInForce({ ...deps, everyMs: STOPS_EVERY_MS }, { stops: ROUTING_STOPS }),
  ]);
  const find = createRuleFinder();
  const standing =
    (asked: Pick<Asked, 'service' | 'subject'>, stops: readonly Stop[]) =>
    (provider: string): Standing => {
      if (deps.offers?.(provider, asked.service) === false) return 'not_set_up';
      if (isStopped(stops, asked, provider)) return 'stopped';
      return deps.available?.(provider, asked.service) === false ? 'away' : 'open';
    };
  const look = (asked: Asked, stops: readonly Stop[]) => {
    const rule = find(inForce.rows().rules, asked);
    const standingOf = standing(asked, stops);
    return { rule, standingOf };
  };
  const setFor = ({ service }: Asked): string | undefined =>
    (deps.asSet as Partial<Record<ServiceName, string>>)[service];

  return {
    choose(asked, id) {
      const { rule, standingOf } = look(asked, stopped.rows().stops);
      const set = setFor(asked);
      const choice = choose(rule, roadsOf(rule, set, standingOf), id);
      if (!('none' in choice)) return choice;
      // One that is set and not there is found out where it is sent, and the transaction waits for it.
      if (rule === undefined && set !== undefined && choice.none === 'not_set_up')
        return { provider: set, why: null };
      throw refused(choice);
    },
    again(asked, waiting, stops) {
      const { rule, standingOf } = look(asked, stops);
      return chooseAgain(roadsOf(rule, waiting.provider, standingOf), waiting, standingOf(waiting.provider));
    },
    requireOpen(asked, provider) {
      if (isStopped(stopped.rows().stops, asked, provider)) throw refused({ none: 'stopped' });
    },
    openFirst(asked, providers) {
      const { stops } = stopped.rows();
      const isOpen = (provider: string): boolean => !isStopped(stops, asked, provider);
      return [...providers.filter(isOpen), ...providers.filter((provider) => !isOpen(provider))];
    },
    preview(asked) {
      const { rule, standingOf } = look(asked, stopped.rows().stops);
      return {
        rule: rule === undefined ? null : { name: rule.name, from: rule.from, priority: rule.priority },
        roads: withShares(roadsOf(rule, setFor(asked), standingOf)),
      };
    },
    refresh: async () => {
      await Promise.all([inForce.refresh(), stopped.refresh()]);
    },
    close: () => {
      inForce.close();
      stopped.close();
    },
  };
}

function withShares(roads: readonly Road[]): Preview['roads'] {
  const usable = ['open', 'away'] as const;
  const best = usable
    .map((wanted) => roads.filter(({ standing }) => standing === wanted))
    .find((some) => some.length > 0);
  const sharing = (best ?? []).filter(({ weight }) => weight > 0);
  const total = sharing.reduce((sum, { weight }) => sum + weight, 0);
  const first = sharing.length === 0 ? best?.[0] : undefined;
  const percentOf = (road: Road): number =>
    sharing.includes(road) ? Math.round((road.weight * 1_000) / total) / 10 : road === first ? 100 : 0;
  return roads.map((road) => ({ ...road, percent: percentOf(road) }));
}

function refused({ none }: NoRoad): DomainError {
  return none === 'stopped'
    ? new DomainError(ROUTING_ERRORS.ROUTE_STOPPED, {
        detail:
          'payments of this kind, or to this bank, are stopped for now; nothing was accepted: try later',
        retryAfterS: RETRY_AFTER_S,
      })
    : new DomainError('SERVICE_UNAVAILABLE', { detail: 'no provider is set up for this' });
}
const RETRY_AFTER_S = 60;
