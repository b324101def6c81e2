import { request, type Customer, type ServiceRequest } from './customer';

export const PAYOUTS = {
  service: 'payout',
  title: 'payout',
  share: 600,
  endings: [
    ['0000', 550],
    ['1111', 70],
    ['2222', 70],
    ['3333', 50],
    ['4444', 60],
    ['5555', 25],
    ['6666', 25],
    ['7777', 30],
    ['8888', 70],
    ['9999', 50],
  ],
} as const satisfies Customer;

/** To the account with this number. */
export function payoutRequest(order: { reference: string; amount: number; account: string }): ServiceRequest {
  return request('payout', '/v1/payouts', {
    amount: order.amount,
    mode: 'IMPS',
    reference: order.reference,
    beneficiary: { name: 'Test Beneficiary', account_number: order.account, ifsc: 'HDFC0000053' },
  });
}
