import type { UserId } from '../ids/ids';
import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { FieldCipher, KeyedDigest } from '../../platform/encryption';
import { DomainError } from '../errors/errors';
import { RECHARGE_ERRORS } from './errors';
import type { Ids } from '../../platform/ids';
import { bytea, int8, table, text, timestamptz, uuid } from '../../platform/sql';
import type { Caller } from '../auth/api-keys';
import { requireAmount } from '../policies/amounts';
import type { Policies, Price } from '../policies/policies';
import { createAcceptance, type Accepted } from '../intake/accept';
import { newRequest, type Order } from '../intake/new-request';
import type { NewRequest, ServiceDetails } from '../intake/accepted-rows';
import type { RechargeDesk } from './desk';
import { mobileHint, type RechargeRequest } from './recharge';
import type { RechargeRoute, RechargeRules } from './rules';
import { RECHARGED_MOBILE } from './sealed';

export interface AcceptRecharges {
  /**
   * Resolves after the commit. Throws what Acceptance.accept, RechargeRules.route and RechargeDesk.check
   * throw, and DomainError RECHARGE_AMOUNT_OUT_OF_RANGE, RECHARGE_DUPLICATE_SUSPECTED.
   */
  accept(caller: Caller, idempotencyKey: string, request: RechargeRequest): Promise<Accepted>;
}

export interface AcceptRechargesDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  policies: Policies;
  cipher: FieldCipher;
  digest: KeyedDigest;
  rules: RechargeRules;
  desk: RechargeDesk;
  onPoint?(point: 'committed'): Promise<void> | void;
}

interface Details {
  userId: UserId;
  mobileSealed: string;
  fingerprint: Buffer;
  hint: string;
  operator: string;
  circle: string;
  amountPaise: bigint;
  createdAt: Date;
  force: boolean;
  windowMs: number;
}

/** Transactions that gave the money back do not stand in the way of another try. */
const GIVEN_BACK = `('failed', 'reversed', 'refunded')`;

export function createAcceptRecharges(deps: AcceptRechargesDependencies): AcceptRecharges {
  const acceptance = createAcceptance<Details>({ ...deps, details: DETAILS, lookFirst: true });
  return {
    accept(caller, idempotencyKey, request) {
      const order: Order = { caller, key: idempotencyKey, hash: hashRequest(deps.digest, request) };
      return acceptance.accept(order, () => buildRequest(deps, order, request));
    },
  };
}

const DETAILS: ServiceDetails<Details> = {
  admit: findDuplicates,
  table: table('recharges', {
    transaction_id: uuid((r) => r.id),
    user_id: uuid((r) => r.details.userId),
    mobile_sealed: text((r) => r.details.mobileSealed),
    mobile_fingerprint: bytea((r) => r.details.fingerprint),
    mobile_hint: text((r) => r.details.hint),
    operator: text((r) => r.details.operator),
    circle: text((r) => r.details.circle),
    amount_paise: int8((r) => r.details.amountPaise),
    created_at: timestamptz((r) => r.details.createdAt),
  }),
};

const sameTap = (d: Details): string => `${d.userId}|${d.fingerprint.toString('base64')}|${d.amountPaise}`;

/**
 * The soft duplicate rule, made exact. Requests for the same number and amount of one user take the same lock
 * and only then, in a separate statement, look for committed duplicates. So of two concurrent taps, under
 * different keys and in different processes, one is told of the other.
 */
async function findDuplicates(
  trx: Knex.Transaction,
  list: readonly NewRequest<Details>[],
): Promise<(DomainError | undefined)[]> {
  const details = list.map((request) => request.transactions[0]!.details);
  const locks = [...new Set(details.map(lockOf))].toSorted((a, b) => (a < b ? -1 : 1)); // no two are the same
  await execute(
    trx,
    'select pg_advisory_xact_lock(k) from (select k from unnest(?::int8[]) as k order by k) as sorted',
    [locks],
  );
  const found = await rows<{ n: number }>(
    trx,
    `
    select d.n::int
    from unnest(?::uuid[], ?::bytea[], ?::int8[], ?::timestamptz[]) with ordinality as d(user_id, fingerprint, amount, since, n)
    where exists (select from recharges r join transactions t on t.id = r.transaction_id
      where r.user_id = d.user_id and r.mobile_fingerprint = d.fingerprint and r.amount_paise = d.amount
        and r.created_at > d.since and t.state not in ${GIVEN_BACK})`,
    [
      details.map((d) => d.userId),
      details.map((d) => d.fingerprint),
      details.map((d) => d.amountPaise),
      details.map((d) => addMs(d.createdAt, -d.windowMs).toISOString()),
    ],
  );
  const stored = new Set(found.map(({ n }) => n - 1));
  const taken = new Set<string>();
  return details.map((d, i) => {
    const tap = sameTap(d);
    if (d.windowMs > 0 && !d.force && (stored.has(i) || taken.has(tap))) return duplicate(d);
    taken.add(tap);
    return undefined;
  });
}

/**
 * 64 bits of the digest that makes two taps equal; a chance collision only makes two requests wait for each
 * other.
 */
function lockOf(d: Details): bigint {
  return Buffer.from(d.fingerprint.subarray(0, 8)).readBigInt64BE() ^ BigInt.asIntN(64, d.amountPaise);
}

function duplicate({ windowMs }: Details): DomainError {
  const minutes = Math.max(1, Math.round(windowMs / 60_000));
  return new DomainError(RECHARGE_ERRORS.RECHARGE_DUPLICATE_SUSPECTED, {
    detail:
      `this number was recharged with this amount in the last ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}; ` +
      `look at it first, and send "force": true if it is wanted once more`,
  });
}

async function buildRequest(
  deps: AcceptRechargesDependencies,
  order: Order,
  request: RechargeRequest,
): Promise<NewRequest<Details>> {
  const asked = deps.clock.now();
  const price = priceOf(deps.policies, request, asked);
  const route: RechargeRoute = deps.rules.route(request.operator, asked);
  await deps.desk.check(request, route);
  const { duplicateWindowMs } = deps.rules.policy(asked);
  const now = deps.clock.now();
  const id = deps.ids.uuid();
  const { userId } = order.caller;
  const { mobile, operator, circle, amountPaise, currency, reference, force } = request;
  const hint = mobileHint(mobile);
  return newRequest(
    order,
    { service: 'recharge', currency, reference, at: now, policy: deps.policies.service('recharge') },
    {
      provider: route.provider,
      amountPaise,
      feePaise: price.feePaise,
      taxPaise: price.taxPaise,
      chargePaise: 0n,
      limitKey: null,
      limitCapPaise: null,
      agreed: deps.policies.commission(
        { provider: route.provider, service: 'recharge', class: operator, amountPaise },
        now,
      ),
    },
    {
      id,
      shown: { recharge: { mobile: hint, operator, circle } },
      details: {
        userId,
        mobileSealed: deps.cipher.seal(mobile, RECHARGED_MOBILE.place(id)),
        fingerprint: deps.digest('recharge-mobile', mobile),
        hint,
        operator,
        circle,
        amountPaise,
        createdAt: now,
        force,
        windowMs: duplicateWindowMs,
      },
    },
  );
}

function priceOf(policies: Policies, request: RechargeRequest, at: Date): Price {
  requireAmount(
    policies,
    { service: 'recharge', mode: 'prepaid', amountPaise: request.amountPaise, at },
    { error: RECHARGE_ERRORS.RECHARGE_AMOUNT_OUT_OF_RANGE, notInForce: 'recharges are not in force' },
  );
  return policies.price('recharge', 'prepaid', request.amountPaise, at);
}

/**
 * A keyed digest of the canonical request, with which a second use of the key is compared. It is keyed
 * because numbers can be guessed.
 */
function hashRequest(digest: KeyedDigest, r: RechargeRequest): Buffer {
  return digest(
    'request',
    JSON.stringify([
      'recharge',
      r.mobile,
      r.operator,
      r.circle,
      r.amountPaise.toString(),
      r.currency,
      r.reference,
      r.force,
    ]),
  );
}
