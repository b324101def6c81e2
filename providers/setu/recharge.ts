import type { NotFoundPolicy } from '../../domain/provider/calls';
import type { Plan, RechargeCalls } from '../../domain/recharge/port';
import { REQUEST_ALTERED, type OnUnlisted } from '../answers';
import { isUnaltered } from '../requests';
import type { SetuClient } from './client';
import { ask, bodyOf, mapped } from './questions';
import { CIRCLES, numberRequest, OPERATORS, rechargeRequest, validationRequest } from './requests';
import { readNumberDetails, readPlans, type PlanFields } from './schemas';
import { outcomeOfRechargeRequest, outcomeOfRechargeStatus, validationAnswer } from './transformers';

export interface RechargeOptions {
  client: SetuClient;
  notFound: NotFoundPolicy;
  onUnlisted: OnUnlisted;
}

/** Prepaid recharge (v1): one request, asked about by our own reference. */
export function createRecharge({ client, notFound, onUnlisted }: RechargeOptions): RechargeCalls {
  return {
    notFound,
    prepare: (instruction) => rechargeRequest(instruction),

    async send({ ourReference }, prepared, calling = {}) {
      // Other bytes under a used reference would be answered as a duplicate, or recharge something else: they
      // are not sent.
      if (!isUnaltered(prepared)) return REQUEST_ALTERED;
      return outcomeOfRechargeRequest(
        await client.call(
          'recharge',
          { method: 'POST', path: '/recharge/request', body: prepared.body, ourReference },
          calling,
        ),
        onUnlisted,
      );
    },

    async inquire({ ourReference, providerReference }, calling = {}) {
      const reply = await client.call(
        'recharge_status',
        {
          method: 'POST',
          path: '/recharge/status',
          body: JSON.stringify({ paymentRefId: ourReference }),
          ourReference,
        },
        calling,
      );
      return outcomeOfRechargeStatus(reply, { ourReference, providerReference }, onUnlisted);
    },

    async operatorOf(mobile, calling = {}) {
      const body = bodyOf(() => numberRequest(mobile));
      if (!body.ok) return body;
      const call = { method: 'POST', path: '/fetch-operator-details', body: body.value } as const;
      const answer = await ask(client, { operation: 'operator', ...call }, readNumberDetails, calling);
      if (!answer.ok) return answer;
      const { operator, circle } = answer.value;
      if (OPERATORS.has(operator) && CIRCLES.has(circle)) return answer;
      onUnlisted(OPERATORS.has(operator) ? circle : operator);
      return { ok: false, kind: 'unknown', rawStatus: '<unlisted operator or circle>' };
    },

    async plans(mobile, at, calling = {}) {
      const body = bodyOf(() => numberRequest(mobile, at));
      if (!body.ok) return body;
      return mapped(
        ask(
          client,
          { operation: 'plans', method: 'POST', path: '/fetch-plans', body: body.value },
          readPlans,
          calling,
        ),
        (plans) => plans.map(planOf),
      );
    },

    async validate(request, calling = {}) {
      const body = bodyOf(() => validationRequest(request));
      if (!body.ok) return body;
      return validationAnswer(
        await client.call(
          'recharge_validation',
          { method: 'POST', path: '/recharge/validate', body: body.value },
          calling,
        ),
        onUnlisted,
      );
    },
  };
}

function planOf({ amountPaise, name, description, validity }: PlanFields): Plan {
  return {
    amountPaise,
    validity: validity ?? null,
    description: [name, description].filter((part) => part !== undefined).join(': '),
  };
}
