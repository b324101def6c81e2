import type { Knex } from 'knex';
import type { Access } from '../access/access';
import { textOf, type Person } from '../approvals/approvals';
import { recordAudit } from '../audit/audit';
import { DomainError } from '../errors/errors';
import { SERVICES, type ServiceName } from '../provider/service-name';
import type { Clock } from '../../platform/clock';
import { errorOfConstraint, execute, rows } from '../../platform/database';
import { publicId, type Ids } from '../../platform/ids';
import { insertOne, selectOf, type ColumnsOf } from '../../platform/sql';
import { ROUTING_ERRORS } from './errors';
import { createRoads, type Preview, type RoutesAsSet } from './roads';
import type { Asked } from './rules';
import type { Stop } from './stops';

/**
 * What staff do about roads. One person stops one, and one lets it go again: it holds nobody's money back by a judgement,
 * and every other rule stands before what is sent. Both are in the audit log.
 */
export interface RoutingDesk {
  /** Returns the stop's UUID. Throws DomainError REQUEST_FIELD_INVALID, ROUTE_STOPPED_ALREADY. */
  stop(stop: Stop & { reason: string }, by: Person): Promise<string>;
  /** Throws DomainError ROUTE_STOP_NOT_FOUND, ROUTE_STOP_LIFTED. */
  lift(id: string, reason: string, by: Person): Promise<void>;
  /** Those that stand, the oldest first. */
  stops(): Promise<ListedStop[]>;
  /** As the rules and stops are; it knows no breaker, and not which providers are set up. */
  preview(asked: Asked): Promise<Preview>;
  /** By whom a transaction goes and went. Throws DomainError TRANSACTION_NOT_FOUND. */
  roadOf(transactionId: string): Promise<TakenRoad>;
}

export interface ListedStop extends Stop {
  id: string;
  reason: string;
  placedBy: string;
  placedAt: Date;
}

export interface TakenRoad {
  provider: string;
  /** Null: nothing had to be chosen. */
  why: string | null;
  attempts: { attemptNo: number; provider: string; why: string | null; at: Date }[];
}

interface DeskDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  access: Access;
  profile: string;
  asSet: RoutesAsSet;
}

const SUBJECT = /^[A-Za-z0-9_-]{2,60}$/;

export function createRoutingDesk(deps: DeskDependencies): RoutingDesk {
  const { knex } = deps;
  return {
    stop: (stop, by) => place(deps, stop, by),
    lift: (id, reason, by) => lift(deps, { id, reason }, by),
    stops: () =>
      rows<ListedStop>(
        knex,
        `select ${STOP} from routing_stops s where s.lifted_at is null order by s.placed_at, s.id`,
      ),
    async preview(asked) {
      const roads = await createRoads(deps);
      try {
        return roads.preview(asked);
      } finally {
        roads.close();
      }
    },
    roadOf: (id) => roadOf(knex, id),
  };
}

const STOP = selectOf({
  id: 's.id',
  service: 's.service',
  provider: 's.provider',
  subject: 's.subject',
  reason: 's.reason',
  placedBy: 's.placed_by',
  placedAt: 's.placed_at',
} satisfies ColumnsOf<ListedStop>);

async function place(
  { knex, clock, ids, access }: DeskDependencies,
  { service, provider, subject, ...given }: Stop & { reason: string },
  by: Person,
): Promise<string> {
  await access.require(by, 'routing.write');
  const reason = textOf('reason', given.reason);
  if (service === null && provider === null && subject === null)
    throw invalid('name what is to be stopped: a service, a provider, a bank');
  if (service !== null && !SERVICES.includes(service as ServiceName))
    throw invalid(`there is no service ${service}; there are ${SERVICES.join(', ')}`);
  if (provider !== null && !(await isKnown(knex, provider)))
    throw invalid(`there is no provider ${provider}`);
  if (subject !== null && !SUBJECT.test(subject))
    throw invalid('a bank is named by the first four letters of its IFSCs, a biller by its code');
  const at = clock.now();
  const id = ids.uuid();
  const row = { id, service, provider, subject, reason, placed_by: by.userId, placed_at: at };
  try {
    await knex.transaction(async (trx) => {
      await insertOne(trx, 'routing_stops', row);
      const detail = { ...named({ service, provider, subject }), reason };
      await recordAudit(trx, {
        ...{ at, actor: by.userId, action: 'route.stop', subject: subjectOf(id) },
        ...{ outcome: 'succeeded', detail },
      });
    });
  } catch (error) {
    throw errorOfConstraint(error, {
      routing_stops_one_open: () => new DomainError(ROUTING_ERRORS.ROUTE_STOPPED_ALREADY),
    });
  }
  return id;
}

async function lift(
  { knex, clock, access }: DeskDependencies,
  { id, ...given }: { id: string; reason: string },
  by: Person,
): Promise<void> {
  await access.require(by, 'routing.write');
  const reason = textOf('reason', given.reason);
  const at = clock.now();
  await knex.transaction(async (trx) => {
    const lifted = await execute(
      trx,
      'update routing_stops set lifted_by = :by, lifted_at = :at where id = :id and lifted_at is null',
      { id, by: by.userId, at },
    );
    const [stop] = await rows<ListedStop>(trx, `select ${STOP} from routing_stops s where s.id = ?`, [id]);
    if (stop === undefined) throw new DomainError(ROUTING_ERRORS.ROUTE_STOP_NOT_FOUND);
    if (lifted === 0) throw new DomainError(ROUTING_ERRORS.ROUTE_STOP_LIFTED);
    await recordAudit(trx, {
      ...{ at, actor: by.userId, action: 'route.lift', subject: subjectOf(id) },
      ...{ outcome: 'succeeded', detail: { ...named(stop), reason } },
    });
  });
}

async function roadOf(knex: Knex, id: string): Promise<TakenRoad> {
  const [found] = await rows<Omit<TakenRoad, 'attempts'>>(
    knex,
    'select provider, route as why from transactions where id = ?',
    [id],
  );
  if (found === undefined) throw new DomainError('TRANSACTION_NOT_FOUND');
  const attempts = await rows<TakenRoad['attempts'][number]>(
    knex,
    `select attempt_no as "attemptNo", provider, route as why, created_at as at from dispatch_attempts
    where transaction_id = ? order by attempt_no`,
    [id],
  );
  return { ...found, attempts };
}

async function isKnown(knex: Knex, provider: string): Promise<boolean> {
  const found = await rows<{ provider: string }>(
    knex,
    'select provider from provider_policies where provider = ? limit 1',
    [provider],
  );
  return found.length > 0;
}

/** What a stop names, for the audit log. */
function named({ service, provider, subject }: Stop): Record<string, string> {
  return {
    ...(service === null ? {} : { service }),
    ...(provider === null ? {} : { provider }),
    ...(subject === null ? {} : { bank_or_biller: subject }),
  };
}

const subjectOf = (id: string): string => `route_stop:${publicId('routingStop', id)}`;

function invalid(detail: string): DomainError {
  return new DomainError('REQUEST_FIELD_INVALID', { detail });
}
