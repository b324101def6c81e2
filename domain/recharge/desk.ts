import { LRUCache } from 'lru-cache';
import type { Clock } from '../../platform/clock';
import type { KeyedDigest } from '../../platform/encryption';
import { DomainError, fieldError, retrySeconds } from '../errors/errors';
import { RECHARGE_ERRORS } from './errors';
import { orUnknown } from '../provider/answers';
import type { DeskAnswer } from '../provider/calls';
import type { Operator, Plan } from './port';
import type { RechargeRequest } from './recharge';
import type { RechargeRoute, RechargeRules } from './rules';

/**
 * Questions about a recharge that move no money: a number's operator, its plans, and whether an amount may be
 * recharged.
 */
export interface RechargeDesk {
  /** Throws DomainError RECHARGE_LOOKUP_REFUSED, PROVIDER_UNAVAILABLE, SERVICE_UNAVAILABLE. */
  operatorOf(mobile: string): Promise<Operator>;
  /**
   * Throws DomainError RECHARGE_OPERATOR_CLOSED, RECHARGE_LOOKUP_REFUSED, PROVIDER_UNAVAILABLE,
   * SERVICE_UNAVAILABLE.
   */
  plans(mobile: string, at: Operator): Promise<Plan[]>;
  /**
   * Refuses only what the provider, or the operator's own list of plans, definitely refuses; if that is
   * unknown, the operator decides. Throws DomainError RECHARGE_PLAN_UNKNOWN, RECHARGE_NOT_POSSIBLE.
   */
  check(request: RechargeRequest, route: RechargeRoute): Promise<void>;
}

const KEPT_PLANS = 5_000;
const WORD = /^[A-Za-z0-9_.-]{1,40}$/;

export function createRechargeDesk(deps: {
  clock: Clock;
  digest: KeyedDigest;
  rules: RechargeRules;
}): RechargeDesk {
  const kept = new LRUCache<string, { plans: Plan[]; atMs: number }>({ max: KEPT_PLANS });

  async function plansOf(
    mobile: string,
    at: Operator,
    route: Pick<RechargeRoute, 'provider' | 'calls'>,
  ): Promise<DeskAnswer<Plan[]>> {
    const now = deps.clock.now();
    const { deskTimeoutMs, plansKeptMs } = deps.rules.policy(now);
    // A key that says nothing of the number.
    const key = deps
      .digest('recharge-plans', JSON.stringify([route.provider, at.operator, at.circle, mobile]))
      .toString('base64');
    const known = kept.get(key);
    if (known !== undefined && now.getTime() - known.atMs < plansKeptMs)
      return { ok: true, value: known.plans };
    const answer = await orUnknown(() =>
      route.calls.plans(mobile, at, { timeouts: { totalMs: deskTimeoutMs } }),
    );
    if (answer.ok) kept.set(key, { plans: answer.value, atMs: now.getTime() });
    return answer;
  }

  return {
    async operatorOf(mobile) {
      const now = deps.clock.now();
      const { calls } = deps.rules.desk(now);
      const { deskTimeoutMs } = deps.rules.policy(now);
      return valueOf(
        await orUnknown(() => calls.operatorOf(mobile, { timeouts: { totalMs: deskTimeoutMs } })),
      );
    },
    async plans(mobile, at) {
      return valueOf(await plansOf(mobile, at, deps.rules.route(at.operator, deps.clock.now())));
    },
    async check(request, route) {
      if (route.isPlanOnly) checkPlan(request, await plansOf(request.mobile, request, route));
      const { deskTimeoutMs } = deps.rules.policy(deps.clock.now());
      const { mobile, operator, circle, amountPaise } = request;
      const { calls } = route;
      if (calls.validate === undefined) return;
      const answer = await orUnknown(() =>
        calls.validate!({ mobile, operator, circle, amountPaise }, { timeouts: { totalMs: deskTimeoutMs } }),
      );
      if (answer.ok || answer.kind !== 'refused') return;
      throw new DomainError(RECHARGE_ERRORS.RECHARGE_NOT_POSSIBLE, {
        detail: `the operator refuses this recharge${wordOf(answer)}; check the number, the operator, the circle and the amount`,
      });
    },
  };
}

function checkPlan(request: RechargeRequest, answer: DeskAnswer<Plan[]>): void {
  if (
    !answer.ok ||
    answer.value.length === 0 ||
    answer.value.some((plan) => plan.amountPaise === request.amountPaise)
  )
    return;
  const detail = 'this operator recharges the amounts of its plans only; take one of POST /v1/recharge/plans';
  throw fieldError(RECHARGE_ERRORS.RECHARGE_PLAN_UNKNOWN, '#/amount', detail);
}

function valueOf<T>(answer: DeskAnswer<T>): T {
  if (answer.ok) return answer.value;
  if (answer.kind === 'refused')
    throw new DomainError(RECHARGE_ERRORS.RECHARGE_LOOKUP_REFUSED, {
      detail: `the provider has no answer for this number${wordOf(answer)}; check it, or choose the operator and circle yourself`,
    });
  throw new DomainError('PROVIDER_UNAVAILABLE', {
    detail: 'the provider did not answer; try again, or choose the operator and circle yourself',
    retryAfterS: retrySeconds(answer.retryAfterMs),
  });
}

/** The provider's code, if it is one; its sentences are not passed on. */
function wordOf({ rawReason }: { rawReason?: string }): string {
  return rawReason !== undefined && WORD.test(rawReason) ? ` (${rawReason})` : '';
}
