import { businessDate, type Clock } from '../../platform/clock';
import {
  createInForce,
  inForceOn,
  IN_FORCE_FROM,
  type Dated,
  type InForceDependencies,
  type RowsOf,
  type RuleTable,
} from '../../platform/in-force';
import { ruleInForce } from '../errors/rule-in-force';

/**
 * What one caller may use up of what all share: requests in a window of time, by class of route, and places of
 * which there are only so many. Rows in force from a day, as prices are.
 *
 * - `money`: moves money, or asks for it to be moved
 * - `desk`: a provider is asked while the caller waits
 * - `read`: one row or a short list, by id
 * - `list`: pages and searches
 * - `wait`: may be held open until something changes (`Prefer: wait`)
 * - `callback`: providers that tell what happened
 * - `public`: nobody has said who they are
 * - `unknown`: requests with a key that is not valid, whatever their route
 */
const ROUTES = ['money', 'desk', 'read', 'list', 'wait', 'callback', 'public'] as const;
/** The classes that a route may belong to. */
export const ROUTE_CLASSES: readonly RouteClass[] = ROUTES;
export type RouteClass = (typeof ROUTES)[number];
export const LIMIT_CLASSES: readonly LimitClass[] = [...ROUTES, 'unknown'];
export type LimitClass = RouteClass | 'unknown';

/** `service`: by user, each service apart. `address`: an IPv4 address, or the /64 of an IPv6 address. */
export type CountedBy = 'key' | 'user' | 'service' | 'address';
export interface RequestLimit {
  by: CountedBy;
  windowS: number;
  most: number;
}

/**
 * Requests under way; those of them that are soon answered; callers that wait for an end; calls to a provider while
 * a caller waits; lists.
 */
export type Place = 'requests' | 'answers' | 'waits' | 'desk' | 'lists';
/** In one process. */
export interface Share {
  most: number;
  mostEach: number;
  waitingEach: number;
}

export interface LimitRules {
  /** The same list until a row changes or a day begins. */
  of(limitClass: LimitClass): readonly RequestLimit[];
  /** Throws DomainError POLICY_NOT_FOUND. */
  share(place: Place): Share;
  refresh(): Promise<void>;
  close(): void;
}

const LIMITS: RuleTable<Dated & { class: LimitClass; by: CountedBy; windowS: number; most: number | null }> =
  {
    name: 'request_limits',
    columns: { from: IN_FORCE_FROM, class: 'class', by: 'counted_by', windowS: 'window_s', most: 'most' },
    hasProfile: true,
  };
const SHARES: RuleTable<Dated & Share & { place: Place }> = {
  name: 'request_shares',
  columns: {
    from: IN_FORCE_FROM,
    place: 'place',
    most: 'most',
    mostEach: 'most_each',
    waitingEach: 'waiting_each',
  },
  hasProfile: true,
};
const TABLES = { limits: LIMITS, shares: SHARES };
type Tables = RowsOf<typeof TABLES>;

export async function createLimitRules(deps: InForceDependencies & { clock: Clock }): Promise<LimitRules> {
  const inForce = await createInForce(deps, TABLES);
  let found: Found = readOn(inForce.rows(), businessDate(deps.clock.now()));
  // Each request asks; whether a day has begun is looked at once a second.
  const looking = setInterval(() => {
    const date = businessDate(deps.clock.now());
    if (date !== found.date) found = readOn(inForce.rows(), date);
  }, LOOK_EVERY_MS);
  looking.unref();
  const current = (): Found => {
    const tables = inForce.rows();
    if (tables !== found.tables) found = readOn(tables, businessDate(deps.clock.now()));
    return found;
  };
  return {
    of: (limitClass) => current().limits.get(limitClass) ?? [],
    share(place) {
      return ruleInForce(current().shares.get(place), `no share of ${place} is in force`);
    },
    refresh: () => inForce.refresh(),
    close() {
      clearInterval(looking);
      inForce.close();
    },
  };
}

const LOOK_EVERY_MS = 1_000;

interface Found {
  tables: Tables;
  date: string;
  limits: ReadonlyMap<LimitClass, readonly RequestLimit[]>;
  shares: ReadonlyMap<Place, Share>;
}

function readOn(tables: Tables, date: string): Found {
  const limits = new Map<LimitClass, RequestLimit[]>();
  for (const limitClass of LIMIT_CLASSES) {
    const rows = tables.limits.filter((row) => row.class === limitClass);
    limits.set(
      limitClass,
      [...new Set(rows.map(({ by }) => by))].flatMap((by) => {
        const row = inForceOn(
          rows.filter((r) => r.by === by),
          date,
        );
        return row === undefined || row.most === null ? [] : [{ by, windowS: row.windowS, most: row.most }];
      }),
    );
  }
  const places = [...new Set(tables.shares.map(({ place }) => place))];
  const shares = new Map(
    places.flatMap((place) => {
      const row = inForceOn(
        tables.shares.filter((s) => s.place === place),
        date,
      );
      return row === undefined ? [] : [[place, row] as const];
    }),
  );
  return { tables, date, limits, shares };
}
