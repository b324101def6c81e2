import type { Clock } from '../../platform/clock';
import { selectOf, type ColumnsOf } from '../../platform/sql';
import type { TransactionId } from '../ids/ids';
import type { ServiceName } from '../provider/service-name';
import type { Again } from '../routing/choose';
import type { Roads } from '../routing/roads';
import { STOPS_NOW, type Stop } from '../routing/stops';
import type { DispatchRegistry, Instruct } from './service-dispatch';

/** The road of a transaction that waits to be sent: it is held, so nothing of it is under way with anybody. */
export interface HeldRoad {
  provider: string;
  route: string | null;
  /** The provider of each attempt so far; null if there was none. */
  tried: string[] | null;
  /** Those that stand now; null if there is none. */
  stops: Stop[] | null;
}

/** What is read of a transaction `t`. Most have no attempt yet, and cost no further read. */
export const HELD_ROAD = selectOf({
  provider: 't.provider',
  route: 't.route',
  tried: `case when t.attempt_no > 0 then (select array_agg(a.provider order by a.attempt_no)
    from dispatch_attempts a where a.transaction_id = t.id) end`,
  stops: STOPS_NOW,
} satisfies ColumnsOf<HeldRoad>);

interface RoadDependencies {
  clock: Clock;
  roads: Pick<Roads, 'again'>;
  dispatches: DispatchRegistry;
}

interface Held extends HeldRoad {
  id: TransactionId;
  service: ServiceName;
  amountPaise: bigint;
  attemptNo: number;
}

/** The road that it takes now. For services that keep theirs: whether it is stopped. */
export function roadAgain(
  { clock, roads, dispatches }: RoadDependencies,
  { id, service, provider, amountPaise, tried, stops }: Held,
  { asked = { class: null, subject: null } }: Pick<Instruct, 'asked'>,
): Again {
  const keepsRoad = dispatches[service]?.changesRoads !== true;
  const waiting = { id, provider, tried: tried ?? [], keepsRoad };
  return roads.again({ service, ...asked, amountPaise, at: clock.now() }, waiting, stops ?? []);
}
