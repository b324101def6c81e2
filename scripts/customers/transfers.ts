import type { PreparedTransfer } from '../mix/prepare';
import { request, type Customer, type ServiceRequest } from './customer';

/** Eko allows no repeat: a transaction that it does not know has failed when its window is over. */
const NOT_BOOKED = { ends: 'FAILED', atProvider: null } as const;

export const TRANSFERS = {
  service: 'dmt',
  title: 'money transfer',
  share: 80,
  // More wait for the customer's refund than payouts fail so.
  endings: [
    ['0000', 450],
    ['1111', 70],
    ['2222', 70],
    ['3333', 150],
    ['4444', 60],
    ['5555', 25],
    ['6666', 25],
    ['7777', 30],
    ['8888', 70],
    ['9999', 50],
  ],
  book: { book: 'eko', provider: 'Eko', done: '0', failed: '1', back: '4' },
  rules: {
    3333: {
      ends: 'REFUNDED',
      atProvider: '4',
      what: 'fails later; refunded with the OTP',
      needsConsent: true,
    },
    4444: { ends: 'REFUNDED', atProvider: '4', what: 'done, then refunded (tx_status 4)' },
    7777: NOT_BOOKED,
  },
} as const satisfies Customer;

export function transferRequest(order: { reference: string; transfer: PreparedTransfer }): ServiceRequest {
  const { sender, recipient, amount, otpReference, otp } = order.transfer;
  return request('dmt', '/v1/dmt/transfers', {
    sender,
    recipient,
    reference: order.reference,
    parts: [{ amount, otp_reference: otpReference, otp }],
  });
}
