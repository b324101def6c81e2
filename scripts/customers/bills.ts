import { DIRECT_BILLER } from '../mix/prepare';
import { digits, request, type Customer, type ServiceRequest } from './customer';
import { PAYOUTS } from './payouts';

export const BILLS = {
  service: 'bbps',
  title: 'bill',
  share: 120,
  endings: PAYOUTS.endings,
  book: { book: 'billpay', provider: 'Setu', done: 'Success', failed: 'Failure', back: 'Credit_Adjustment' },
} as const satisfies Customer;

/** Ways to pay at a counter, taken in turn, with what each says of who pays. */
const WAYS: readonly { payment_mode: string; remitter: Record<string, string> }[] = [
  { payment_mode: 'Cash', remitter: { name: 'Test Customer' } },
  { payment_mode: 'UPI', remitter: { name: 'Test Customer', vpa: 'test.customer@okbank' } },
  { payment_mode: 'Wallet', remitter: { name: 'Test Agent' } },
  {
    payment_mode: 'Bharat QR',
    remitter: { name: 'Test Customer', account_number: '00111122223333', ifsc: 'HDFC0000053' },
  },
];

/** Quick pay: no bill is fetched. `n` makes the subscriber, and chooses how it is paid. */
export function billRequest(order: {
  reference: string;
  amount: number;
  n: number;
  ending: string;
}): ServiceRequest {
  return request('bbps', '/v1/bbps/payments', {
    biller: DIRECT_BILLER,
    amount: order.amount,
    reference: order.reference,
    ...WAYS[order.n % WAYS.length]!,
    customer: {
      mobile: '9505987798',
      name: 'Test Customer',
      parameters: [{ name: 'Subscriber ID', value: `${digits(order.n, 6)}${order.ending}` }],
    },
    counter: {
      agent_id: 'AX01AI06512391457204',
      terminal_id: '6000011234',
      mobile: '9481773011',
      geocode: '19.0139,72.8254',
      pincode: '600001',
      ip: '10.0.0.7',
    },
  });
}
