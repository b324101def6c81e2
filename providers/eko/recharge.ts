import type { DeskAnswer } from '../../domain/provider/calls';
import type { RechargeCalls } from '../../domain/recharge/port';
import { askEko, type EkoContext } from './context';
import { circleOfCode, codeOfCircle, codeOfOperator, operatorOfCode } from './operators';
import { MOBILE, rechargeRequest } from './requests';
import { queuedCalls } from './queued';
import { refuseUnless } from '../requests';
import { answerTo } from './transformers';

const OPERATOR = '/customer/payment/bbps/recharge/{customer_mobile}/operator';

/** Prepaid recharges, which Eko takes as bills of the operator. */
export function createRechargeCalls(context: EkoContext): RechargeCalls {
  const { initiatorId, sourceIp } = context;
  const prepare: RechargeCalls['prepare'] = (instruction) =>
    rechargeRequest(instruction, { initiatorId }, sourceIp);
  return {
    ...queuedCalls(
      context,
      { service: 'recharge', operation: 'recharge', route: '/customer/payment/bbps' },
      prepare,
    ),
    async operatorOf(mobile, options) {
      const answer = await askEko(
        context,
        answerTo.operator,
        () => ({
          operation: 'recharge_operator',
          method: 'GET',
          route: OPERATOR,
          ids: customerIds(mobile),
          query: { initiator_id: initiatorId },
        }),
        options,
      );
      if (!answer.ok) return answer;
      const { operatorCode, circleCode } = answer.value;
      const [operator, circle] = [operatorOfCode(operatorCode), circleOfCode(circleCode)];
      // The agent is asked instead: a wrong guess recharges the wrong way.
      if (operator === undefined) return nameless('<operator without a name>', operatorCode);
      if (circle === undefined) return nameless('<circle without a name>', circleCode);
      return { ok: true, value: { operator, circle } };
    },
    plans: (mobile, at, options) =>
      askEko(
        context,
        answerTo.plans,
        () => {
          const [operator, circle] = [codeOfOperator(at.operator), codeOfCircle(at.circle)];
          const ids = customerIds(mobile);
          refuseUnless(operator !== undefined, 'the operator');
          refuseUnless(circle !== undefined, 'the circle');
          const query = { initiator_id: initiatorId, phone_operator_code: operator.code, circleid: circle };
          return { operation: 'recharge_plans', method: 'GET', route: `${OPERATOR}/plans`, ids, query };
        },
        options,
      ),
  };
}

function customerIds(mobile: string): { customer_mobile: string } {
  refuseUnless(MOBILE.test(mobile), 'the mobile number');
  return { customer_mobile: mobile };
}

function nameless(rawStatus: string, code: string): DeskAnswer<never> {
  return { ok: false, kind: 'unknown', rawStatus, rawReason: code };
}
