import type { RechargeCalls } from '../../domain/recharge/port';
import { askIfSendable, type EkoContext } from './context';
import { circleOfCode, codeOfCircle, codeOfOperator, operatorOfCode } from './operators';
import { MOBILE, rechargeRequest } from './requests';
import { queuedCalls } from './queued';
import { refuseUnless } from '../requests';
import { answerTo } from './transformers';

const OPERATOR = '/customer/payment/bbps/recharge/{customer_mobile}/operator';

/** Prepaid recharges, which Eko takes as bills of the operator. */
export function createRechargeCalls(context: EkoContext): RechargeCalls {
  const { client, initiatorId, onUnlisted, sourceIp } = context;
  const prepare: RechargeCalls['prepare'] = (instruction) =>
    rechargeRequest(instruction, { initiatorId }, sourceIp);
  return {
    ...queuedCalls(
      context,
      { service: 'recharge', operation: 'recharge', route: '/customer/payment/bbps' },
      prepare,
    ),
    operatorOf: (mobile, options) =>
      askIfSendable(async () => {
        refuseUnless(MOBILE.test(mobile), 'the mobile number');
        const answer = answerTo.operator(
          await client.call(
            {
              operation: 'recharge_operator',
              method: 'GET',
              route: OPERATOR,
              ids: { customer_mobile: mobile },
              query: { initiator_id: initiatorId },
            },
            options,
          ),
          onUnlisted,
        );
        if (!answer.ok) return answer;
        const [operator, circle] = [
          operatorOfCode(answer.value.operatorCode),
          circleOfCode(answer.value.circleCode),
        ];
        // The agent is asked instead: a wrong guess recharges the wrong way.
        if (operator === undefined)
          return {
            ok: false,
            kind: 'unknown',
            rawStatus: '<operator without a name>',
            rawReason: answer.value.operatorCode,
          };
        return circle === undefined
          ? {
              ok: false,
              kind: 'unknown',
              rawStatus: '<circle without a name>',
              rawReason: answer.value.circleCode,
            }
          : { ok: true, value: { operator, circle } };
      }),
    plans: (mobile, at, options) =>
      askIfSendable(async () => {
        const [operator, circle] = [codeOfOperator(at.operator), codeOfCircle(at.circle)];
        refuseUnless(MOBILE.test(mobile), 'the mobile number');
        refuseUnless(operator !== undefined, 'the operator');
        refuseUnless(circle !== undefined, 'the circle');
        const query = { initiator_id: initiatorId, phone_operator_code: operator.code, circleid: circle };
        return answerTo.plans(
          await client.call(
            {
              operation: 'recharge_plans',
              method: 'GET',
              route: `${OPERATOR}/plans`,
              ids: { customer_mobile: mobile },
              query,
            },
            options,
          ),
          onUnlisted,
        );
      }),
  };
}
