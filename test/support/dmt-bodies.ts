/** Bodies of the calls of a money transfer. */
import { randomUUID } from 'node:crypto';
import { GOOD_OTP } from './scripted-dmt';

export const AADHAAR = '999941057058';
export const PID =
  '<?xml version="1.0"?><PidData><Data type="X">MjAxNi1wbGFudGVkLWJpb21ldHJpY3M=</Data></PidData>';
let captures = 0;

/** A new capture each time: a capture is used once. */
export function freshPid(): string {
  captures += 1;
  return PID.replace('MjAx', Buffer.from(String(captures).padStart(6, '0')).toString('base64'));
}
export const ADDRESS = {
  line: '12, Test Street',
  city: 'Pune',
  state: 'Maharashtra',
  pincode: '411001',
  district: 'Pune',
};
export const RECIPIENT = {
  name: 'Test Recipient',
  mobile: '9123456780',
  ifsc: 'SBIN0000001',
  account_number: '000111220000',
};

/** The calls in which a sender says, by a one-time password to their phone, that a user may serve them. */
export const phoneCheck = (sender: string): readonly (readonly [url: string, body: object])[] => [
  [`/v1/dmt/senders/${sender}/phone-otp`, {}],
  [`/v1/dmt/senders/${sender}/phone-otp/verification`, { otp: GOOD_OTP }],
];

export interface Ready {
  sender: string;
  recipient: string;
}
export type Part = { amount: number; otp_reference: string; charge?: number };
export const bodyOf = (
  { sender, recipient }: Ready,
  parts: Part[],
  otp = GOOD_OTP,
): Record<string, unknown> => ({
  sender,
  recipient,
  reference: `ref-${randomUUID().slice(0, 18)}`,
  currency: 'INR',
  parts: parts.map(({ amount, otp_reference }) => ({ amount, otp_reference, otp })),
});

const UNKNOWN_SENDER = `snd_${'0'.repeat(26)}`;
/** Routes that need the scope dmt:write. */
export const ROUTES_OF_SCOPE = [
  ['POST', '/v1/dmt/senders'],
  ['GET', `/v1/dmt/senders/${UNKNOWN_SENDER}`],
  ['POST', `/v1/dmt/senders/${UNKNOWN_SENDER}/enrolment`],
  ['POST', `/v1/dmt/senders/${UNKNOWN_SENDER}/ekyc`],
  ['POST', `/v1/dmt/senders/${UNKNOWN_SENDER}/ekyc/verification`],
  ['POST', `/v1/dmt/senders/${UNKNOWN_SENDER}/phone-otp`],
  ['POST', `/v1/dmt/senders/${UNKNOWN_SENDER}/phone-otp/verification`],
  ['GET', `/v1/dmt/senders/${UNKNOWN_SENDER}/recipients`],
  ['POST', `/v1/dmt/senders/${UNKNOWN_SENDER}/recipients`],
  ['POST', `/v1/dmt/senders/${UNKNOWN_SENDER}/transfer-otps`],
  ['POST', '/v1/dmt/transfers'],
  ['POST', '/v1/dmt/parts/x/otp'],
  ['POST', '/v1/dmt/parts/x/otp/verification'],
  ['POST', '/v1/transactions/x/refund-otp'],
  ['POST', '/v1/transactions/x/refund'],
] as const;
