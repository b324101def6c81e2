import type { UserId } from '../ids/ids';
import type { Knex } from 'knex';
import { addMs, spanInWords, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { FieldCipher, KeyedDigest } from '../../platform/encryption';
import { DomainError } from '../errors/errors';
import { RECHARGE_ERRORS } from './errors';
import { bytea, int8, table, text, timestamptz, uuid } from '../../platform/sql';
import type { Caller } from '../auth/api-keys';
import { requireAmount } from '../policies/amounts';
import type { Policies, Price } from '../policies/policies';
import type { Roads } from '../routing/roads';
import type { TierLimits } from '../standings/standings';
import { createAcceptance, type Accepted } from '../intake/accept';
import { keyOfDigest, refuseDuplicates, type DuplicateRule } from '../intake/duplicates';
import { newRequest, partId, type Order } from '../intake/new-request';
import type { NewRequest, ServiceDetails } from '../intake/accepted-rows';
import type { RechargeDesk } from './desk';
import { mobileHint, type RechargeRequest } from './recharge';
import type { RechargeRoute, RechargeRules } from './rules';
import { mobileFingerprints, RECHARGED_MOBILE } from './sealed';

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
  tiers: Pick<TierLimits, 'cap'>;
  roads: Pick<Roads, 'requireOpen'>;
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
  /** Under every key that is valid; the first is kept. */
  fingerprints: readonly Buffer[];
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
      const order = { caller, key: idempotencyKey, hashes: hashRequest(deps.digest, request) };
      return acceptance.accept(order, () => buildRequest(deps, order, request));
    },
  };
}

/**
 * The same number and amount of one user, within the window or as long as the first has no end: one that
 * hangs is what people try again.
 */
const DUPLICATES: DuplicateRule<Details> = {
  keysOf: (d) => d.fingerprints.map((one) => keyOfDigest(one) ^ BigInt.asIntN(64, d.amountPaise)),
  isExempt: (d) => d.force || d.windowMs === 0,
  refusalBeside: (d, earlier) =>
    d.userId === earlier.userId &&
    d.amountPaise === earlier.amountPaise &&
    d.fingerprints[0]!.equals(earlier.fingerprints[0]!)
      ? duplicate(d)
      : undefined,
  async refusalsOfStored(trx, list) {
    const looked = list.flatMap((d, n) => d.fingerprints.map((fingerprint) => ({ ...d, fingerprint, n })));
    const found = await rows<{ n: number }>(
      trx,
      `
      select distinct d.n
      from unnest(?::uuid[], ?::bytea[], ?::int8[], ?::timestamptz[], ?::int4[]) as d(user_id, fingerprint, amount, since, n)
      where exists (select from recharges r join transactions t on t.id = r.transaction_id
        where r.user_id = d.user_id and r.mobile_fingerprint = d.fingerprint and r.amount_paise = d.amount
          and t.state not in ${GIVEN_BACK} and (t.state <> 'succeeded' or r.created_at > d.since))`,
      [
        looked.map((d) => d.userId),
        looked.map((d) => d.fingerprint),
        looked.map((d) => d.amountPaise),
        looked.map((d) => addMs(d.createdAt, -d.windowMs).toISOString()),
        looked.map(({ n }) => n),
      ],
    );
    return new Map(found.map(({ n }) => [n, duplicate(list[n]!)]));
  },
};

function duplicate({ windowMs }: Details): DomainError {
  return new DomainError(RECHARGE_ERRORS.RECHARGE_DUPLICATE_SUSPECTED, {
    detail:
      `a recharge of this number with this amount is under way, or succeeded in the last ${spanInWords(windowMs)}; ` +
      `look at it first, and send "force": true if it is wanted once more`,
  });
}

const DETAILS: ServiceDetails<Details> = {
  admit: refuseDuplicates(DUPLICATES),
  table: table('recharges', {
    transaction_id: uuid((r) => r.id),
    user_id: uuid((r) => r.details.userId),
    mobile_sealed: text((r) => r.details.mobileSealed),
    mobile_fingerprint: bytea((r) => r.details.fingerprints[0]),
    mobile_hint: text((r) => r.details.hint),
    operator: text((r) => r.details.operator),
    circle: text((r) => r.details.circle),
    amount_paise: int8((r) => r.details.amountPaise),
    created_at: timestamptz((r) => r.details.createdAt),
  }),
};

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
  const id = partId(order, now);
  const { userId } = order.caller;
  const { mobile, operator, circle, amountPaise, currency, reference, force } = request;
  const hint = mobileHint(mobile);
  return newRequest(
    order,
    { service: 'recharge', currency, reference, at: now, policies: deps.policies },
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
        fingerprints: mobileFingerprints(deps.digest, mobile),
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
function hashRequest(digest: KeyedDigest, r: RechargeRequest): readonly Buffer[] {
  return digest.every(
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
