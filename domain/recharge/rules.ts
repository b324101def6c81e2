import type { OffersRecharges } from './port';
import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { DomainError } from '../errors/errors';
import { RECHARGE_ERRORS } from './errors';
import type { ProviderRegistry } from '../provider/provider';
import type { PolicyProfile } from '../policies/policies';
import type { RechargeCalls } from './port';

/**
 * The rules of recharges, as rows in force from a business date: which operators are open, whose amounts must be those of a plan, which provider takes
 * them, and the window of the duplicate rule. They are read whole and kept for half a minute at the most.
 */
export interface RechargeRules {
  /** Throws DomainError RECHARGE_OPERATOR_CLOSED, SERVICE_UNAVAILABLE (no provider of its route is configured). */
  route(operator: string, at: Date): Promise<RechargeRoute>;
  /** The provider that is asked whose number it is. Throws DomainError SERVICE_UNAVAILABLE. */
  desk(at: Date): Promise<Omit<RechargeRoute, 'isPlanOnly'>>;
  policy(at: Date): Promise<RechargePolicy>;
}
export interface RechargeRoute {
  provider: string;
  calls: RechargeCalls;
  isPlanOnly: boolean;
}
export interface RechargePolicy {
  duplicateWindowMs: number;
  deskTimeoutMs: number;
  plansKeptMs: number;
}

interface Tables {
  operators: { operator: string; from: string; isOpen: boolean; isPlanOnly: boolean }[];
  routes: { operator: string; from: string; rank: number; provider: string }[];
  policies: (RechargePolicy & { from: string })[];
}

const KEPT_MS = 30_000;
const ANY = '*';

export function createRechargeRules(deps: {
  knex: Knex;
  clock: Clock;
  profile: PolicyProfile;
  providers: ProviderRegistry<OffersRecharges>;
}): RechargeRules {
  let kept: { tables: Promise<Tables>; readAtMs: number } | undefined;
  const tables = (): Promise<Tables> => {
    const nowMs = deps.clock.now().getTime();
    if (kept === undefined || Math.abs(nowMs - kept.readAtMs) >= KEPT_MS) {
      const reading = { tables: readTables(deps.knex, deps.profile), readAtMs: nowMs };
      reading.tables.catch(() => {
        if (kept === reading) kept = undefined;
      });
      kept = reading;
    }
    return kept.tables;
  };
  async function takenBy(operator: string, at: Date): Promise<Omit<RechargeRoute, 'isPlanOnly'>> {
    const { routes } = await tables();
    for (const provider of providersOf(routes, operator, businessDate(at))) {
      const calls = deps.providers.has(provider) ? rechargeOf(deps.providers.get(provider)) : undefined;
      if (calls !== undefined) return { provider, calls };
    }
    throw new DomainError('SERVICE_UNAVAILABLE', {
      detail: 'no provider of recharges is set up for this operator',
    });
  }
  return {
    async route(operator, at) {
      const known = newest(
        (await tables()).operators.filter((o) => o.operator === operator),
        businessDate(at),
      );
      if (known?.isOpen !== true)
        throw new DomainError(RECHARGE_ERRORS.RECHARGE_OPERATOR_CLOSED, {
          detail: 'recharges of this operator are not accepted now; try another operator',
        });
      return { ...(await takenBy(operator, at)), isPlanOnly: known.isPlanOnly };
    },
    desk: (at) => takenBy(ANY, at),
    async policy(at) {
      const found = newest((await tables()).policies, businessDate(at));
      if (found === undefined)
        throw new DomainError('SERVICE_UNAVAILABLE', { detail: 'no rules for recharges are in force' });
      return found;
    },
  };
}

function rechargeOf(connector: OffersRecharges): RechargeCalls | undefined {
  return connector.recharge;
}

/** In order of rank: the routes of the operator itself, or those for any, of the latest date that has begun. */
function providersOf(routes: Tables['routes'], operator: string, date: string): string[] {
  const own = routes.filter((r) => r.operator === operator && r.from <= date);
  const candidates = own.length > 0 ? own : routes.filter((r) => r.operator === ANY && r.from <= date);
  const from = newest(candidates, date)?.from;
  return candidates
    .filter((r) => r.from === from)
    .toSorted((a, b) => a.rank - b.rank)
    .map((r) => r.provider);
}

function newest<T extends { from: string }>(candidates: readonly T[], date: string): T | undefined {
  let best: T | undefined;
  for (const c of candidates) if (c.from <= date && (best === undefined || c.from > best.from)) best = c;
  return best;
}

async function readTables(knex: Knex, profile: PolicyProfile): Promise<Tables> {
  const [operators, routes, policies] = await Promise.all([
    rows<Tables['operators'][number]>(
      knex,
      'select operator, in_force_from::text as "from", is_open as "isOpen", is_plan_only as "isPlanOnly" from recharge_operators',
    ),
    rows<Tables['routes'][number]>(
      knex,
      'select operator, in_force_from::text as "from", rank, provider from recharge_routes',
    ),
    rows<Tables['policies'][number]>(
      knex,
      'select in_force_from::text as "from", duplicate_window_ms as "duplicateWindowMs", desk_timeout_ms as "deskTimeoutMs", plans_kept_ms as "plansKeptMs" from recharge_policies where profile = ?',
      [profile],
    ),
  ]);
  return { operators, routes, policies };
}
