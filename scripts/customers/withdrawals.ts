import { aadhaarOf, BANK, captureOf, captureWith, OTP, SHOP } from '../mix/prepare';
import { digits, request, type Customer, type ServiceRequest } from './customer';

/** Eko allows no repeat: a transaction that it does not know has failed when its window is over. */
const NOT_BOOKED = { ends: 'FAILED', atProvider: null } as const;
const IN_TIME_OR_NOT = ['SUCCESS', 'IN REVIEW'] as const;

export const WITHDRAWALS = {
  service: 'aeps',
  title: 'withdrawal',
  share: 80,
  // A terminal that hears nothing waits to its deadline: these are few, since each holds a client for
  // seconds.
  endings: [
    ['0000', 700],
    ['1111', 100],
    ['2222', 50],
    ['3333', 30],
    ['5555', 30],
    ['6666', 30],
    ['7777', 30],
    ['9999', 60],
  ],
  book: { book: 'eko', provider: 'Eko', done: '0', failed: '1', back: '4' },
  rules: {
    2222: { ends: IN_TIME_OR_NOT },
    4444: {
      ends: 'REFUNDED',
      atProvider: '4',
      isDoubted: true,
      what: 'done, then sent back: heard when asked',
    },
    5555: { ends: IN_TIME_OR_NOT },
    7777: NOT_BOOKED,
    8888: { ends: 'SUCCESS', what: 'done (no callbacks here)' },
    9999: { ends: IN_TIME_OR_NOT, what: 'done after a second' },
  },
  isAnsweredAtOnce: true,
  // A terminal that died with its request, and a success of which it was not told in time.
  cases: ['aeps_not_acknowledged', 'late_success'],
} as const satisfies Customer;

/** A withdrawal of more needs a one-time password (`aeps_otp_rules`). */
export const OTP_ABOVE_PAISE = 500_000;

/**
 * `n` makes the customer: nobody comes often enough to meet a limit. Above `OTP_ABOVE_PAISE` a one-time
 * password is asked for before, and the finger is captured with it.
 */
export function withdrawalRequest(order: {
  reference: string;
  amount: number;
  n: number;
  ending: string;
}): ServiceRequest {
  const wanted = {
    amount: order.amount,
    customer: { mobile: `8${digits(order.n, 5)}${order.ending}`, bank: BANK },
    terminal: { id: 'till-1', latlong: SHOP },
    aadhaar: aadhaarOf(order.n),
  };
  const isWithOtp = order.amount > OTP_ABOVE_PAISE;
  const pid = isWithOtp ? captureWith(OTP) : captureOf(order.reference);
  const asked = request('aeps', '/v1/aeps/withdrawals', { ...wanted, reference: order.reference, pid });
  if (!isWithOtp) return asked;
  const { path, body } = request('aeps', '/v1/aeps/withdrawal-otps', wanted);
  return { ...asked, otp: { path, body } };
}
