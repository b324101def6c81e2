/** The request of each service, as a counter makes it; how it ends is in the last four characters of what it names (sandbox/README.md). */
import { AADHAAR, BANK, DIRECT_BILLER, PID, SHOP, type PreparedTransfer } from './prepare';

export const SERVICES = ['payout', 'bbps', 'recharge', 'dmt', 'aeps'] as const;
export type Service = (typeof SERVICES)[number];
export interface ServiceRequest {
  service: Service;
  path: string;
  body: string;
}

const CURRENCY = 'INR';

function request(service: Service, path: string, body: Record<string, unknown>): ServiceRequest {
  return { service, path, body: JSON.stringify({ currency: CURRENCY, ...body }) };
}

/** To the account with this number. */
export function payoutRequest(order: { reference: string; amount: number; account: string }): ServiceRequest {
  return request('payout', '/v1/payouts', {
    amount: order.amount,
    mode: 'IMPS',
    reference: order.reference,
    beneficiary: { name: 'Test Beneficiary', account_number: order.account, ifsc: 'HDFC0000053' },
  });
}

/** Quick pay: no bill is fetched. `n` makes the subscriber. */
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
    payment_mode: 'Cash',
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

export function transferRequest(order: { reference: string; transfer: PreparedTransfer }): ServiceRequest {
  const { sender, recipient, amount, otpReference, otp } = order.transfer;
  return request('dmt', '/v1/dmt/transfers', {
    sender,
    recipient,
    reference: order.reference,
    parts: [{ amount, otp_reference: otpReference, otp }],
  });
}

/** `n` makes the customer: nobody comes often enough to meet a limit. */
export function withdrawalRequest(order: {
  reference: string;
  amount: number;
  n: number;
  ending: string;
}): ServiceRequest {
  return request('aeps', '/v1/aeps/withdrawals', {
    amount: order.amount,
    reference: order.reference,
    customer: { mobile: `8${digits(order.n, 5)}${order.ending}`, bank: BANK },
    terminal: { id: 'till-1', latlong: SHOP },
    aadhaar: AADHAAR,
    pid: PID,
  });
}

function digits(n: number, count: number): string {
  return String(n % 10 ** count).padStart(count, '0');
}
