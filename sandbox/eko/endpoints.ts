/** Which paths Eko has here, and which function answers each. */
import { inquire, refund, sendRefundOtp } from './inquiry';
import type { Endpoint } from './requests';
import { addRecipient, enrolSender, getSender, listRecipients, startSenderKyc, verifySenderKyc } from './senders';
import { sendTransferOtp, transfer } from './transfers';
import { activateService, balance, catalogue, deactivateService, listServices, onboardAgent } from './users';

const SENDER = '/customer/payment/dmt-fino/sender/:customer_id';

const TRANSFERS: readonly Endpoint[] = [
  { method: 'get', path: SENDER, handler: getSender, needsAgent: true },
  { method: 'post', path: SENDER, handler: enrolSender },
  { method: 'put', path: `${SENDER}/otp`, handler: startSenderKyc },
  { method: 'put', path: `${SENDER}/otp/verify`, handler: verifySenderKyc },
  { method: 'get', path: `${SENDER}/recipients`, handler: listRecipients },
  { method: 'post', path: `${SENDER}/recipient`, handler: addRecipient },
  { method: 'post', path: '/customer/payment/dmt-fino/otp', handler: sendTransferOtp },
  { method: 'post', path: '/customer/payment/dmt-fino', handler: transfer },
];

const COMMON: readonly Endpoint[] = [
  { method: 'get', path: '/tools/reference/transaction/:reference', handler: inquire },
  { method: 'post', path: '/customer/payment/refund/:tid/otp', handler: sendRefundOtp },
  { method: 'post', path: '/customer/payment/refund/:tid', handler: refund },
  { method: 'get', path: '/user/account/balance', handler: balance },
  { method: 'get', path: '/user/account/services', handler: listServices, needsAgent: true },
  { method: 'get', path: '/tools/catalog/service-codes', handler: catalogue },
  { method: 'post', path: '/user/network/eps-agent', handler: onboardAgent },
  { method: 'put', path: '/admin/network/agent/:agent/service/:service_code/activate', handler: activateService },
  { method: 'put', path: '/admin/network/agent/:agent/service/:service_code/deactivate', handler: deactivateService },
];

export const ENDPOINTS: readonly Endpoint[] = [...TRANSFERS, ...COMMON];
