import type { OffersRecharges } from './port';
import { businessDate } from '../../platform/clock';
import {
  createInForce,
  inForceOn,
  IN_FORCE_FROM,
  type Dated,
  type InForceDependencies,
  type RuleTable,
} from '../../platform/in-force';
import { DomainError } from '../errors/errors';
import { RECHARGE_ERRORS } from './errors';
import type { ProviderRegistry } from '../provider/provider';
import type { RechargeCalls } from './port';
import type { Roads } from '../routing/roads';

/**
 * The rules of recharges, as rows in force from a business date: which operators are open, whose amounts must
 * be those of a plan, which provider takes them, and the window of the duplicate rule.
 */
export interface RechargeRules {
  /**
   * Throws DomainError RECHARGE_OPERATOR_CLOSED, SERVICE_UNAVAILABLE (no provider of its route is
   * configured).
   */
  route(operator: string, at: Date): RechargeRoute;
  /** The provider that is asked for a number's operator. Throws DomainError SERVICE_UNAVAILABLE. */
  desk(at: Date): Omit<RechargeRoute, 'isPlanOnly'>;
  policy(at: Date): RechargePolicy;
  refresh(): Promise<void>;
  close(): void;
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

const OPERATOR_RULES: RuleTable<Dated & { operator: string; isOpen: boolean; isPlanOnly: boolean }> = {
  name: 'recharge_operators',
  columns: { from: IN_FORCE_FROM, operator: 'operator', isOpen: 'is_open', isPlanOnly: 'is_plan_only' },
};
type RouteRow = Dated & { operator: string; rank: number; provider: string };
const ROUTES: RuleTable<RouteRow> = {
  name: 'recharge_routes',
  columns: { from: IN_FORCE_FROM, operator: 'operator', rank: 'rank', provider: 'provider' },
};
const POLICIES: RuleTable<Dated & RechargePolicy> = {
  name: 'recharge_policies',
  columns: {
    from: IN_FORCE_FROM,
    duplicateWindowMs: 'duplicate_window_ms',
    deskTimeoutMs: 'desk_timeout_ms',
    plansKeptMs: 'plans_kept_ms',
  },
  hasProfile: true,
};
const TABLES = { operators: OPERATOR_RULES, routes: ROUTES, policies: POLICIES };

const ANY = '*';

export async function createRechargeRules(
  deps: InForceDependencies & {
    providers: ProviderRegistry<OffersRecharges>;
    roads: Pick<Roads, 'openFirst'>;
  },
): Promise<RechargeRules> {
  const inForce = await createInForce(deps, TABLES);
  function takenBy(operator: string, at: Date): Omit<RechargeRoute, 'isPlanOnly'> {
    const { routes } = inForce.rows();
    const inOrder = providersOf(routes, operator, businessDate(at));
    // One that is stopped is taken where there is no other; what is asked of it is then refused at the door.
    for (const provider of deps.roads.openFirst({ service: 'recharge', subject: null }, inOrder)) {
      const calls = deps.providers.has(provider) ? rechargeOf(deps.providers.get(provider)) : undefined;
      if (calls !== undefined) return { provider, calls };
    }
    throw new DomainError('SERVICE_UNAVAILABLE', {
      detail: 'no provider of recharges is set up for this operator',
    });
  }
  return {
    route(operator, at) {
      const known = inForceOn(
        inForce.rows().operators.filter((o) => o.operator === operator),
        businessDate(at),
      );
      if (known?.isOpen !== true)
        throw new DomainError(RECHARGE_ERRORS.RECHARGE_OPERATOR_CLOSED, {
          detail: 'recharges of this operator are not accepted now; try another operator',
        });
      return { ...takenBy(operator, at), isPlanOnly: known.isPlanOnly };
    },
    desk: (at) => takenBy(ANY, at),
    policy(at) {
      const found = inForceOn(inForce.rows().policies, businessDate(at));
      if (found === undefined)
        throw new DomainError('SERVICE_UNAVAILABLE', { detail: 'no rules for recharges are in force' });
      return found;
    },
    refresh: () => inForce.refresh(),
    close: () => inForce.close(),
  };
}

function rechargeOf(connector: OffersRecharges): RechargeCalls | undefined {
  return connector.recharge;
}

/**
 * In order of rank: the routes of the operator itself, or those for any, of the latest date that has begun.
 */
function providersOf(routes: readonly RouteRow[], operator: string, date: string): string[] {
  const own = routes.filter((r) => r.operator === operator && r.from <= date);
  const candidates = own.length > 0 ? own : routes.filter((r) => r.operator === ANY && r.from <= date);
  const from = inForceOn(candidates, date)?.from;
  return candidates
    .filter((r) => r.from === from)
    .toSorted((a, b) => a.rank - b.rank)
    .map((r) => r.provider);
}
