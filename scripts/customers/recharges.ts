import { digits, request, type Customer, type ServiceRequest } from './customer';
import { PAYOUTS } from './payouts';

export const RECHARGES = {
  service: 'recharge',
  title: 'recharge',
  share: 120,
  endings: PAYOUTS.endings,
  book: { book: 'recharge', provider: 'Setu', done: 'Successful', failed: 'Failure', back: 'REVERSED' },
} as const satisfies Customer;

/** `n` makes the number; the duplicate rule is for people who tap twice, and each of these is meant. */
export function rechargeRequest(order: {
  reference: string;
  amount: number;
  n: number;
  ending: string;
}): ServiceRequest {
  return request('recharge', '/v1/recharges', {
    mobile: `7${digits(order.n, 5)}${order.ending}`,
    operator: 'vi',
    circle: 'Maharashtra',
    amount: order.amount,
    reference: order.reference,
    force: true,
  });
}
