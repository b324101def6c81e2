/** Eko's paths and the functions that answer them. */
import { enquireBalance, miniStatement, sendWithdrawalOtp, withdraw } from './aeps';
import {
  activate,
  dailyKyc,
  sendAgentOtp,
  shopTypes,
  states,
  verifyAgentBiometrics,
  verifyAgentOtp,
} from './aeps-agents';
import {
  categories,
  discoms,
  fetchBill,
  locations,
  operatorOfMobile,
  operatorParameters,
  operators,
  pay,
  rechargePlans,
} from './bbps';
import { inquire, refund, sendRefundOtp } from './inquiry';
import type { Endpoint } from './requests';
import {
  addRecipient,
  enrolSender,
  getSender,
  listRecipients,
  startSenderKyc,
  verifySenderKyc,
} from './senders';
import { addSettlementAccount, listSettlementAccounts, settle } from './settlements';
import {
  bankDetails,
  banks,
  ifscDetails,
  matchNames,
  sendMobileOtp,
  validateVpa,
  verifyMobileOtp,
} from './tools';
import { sendTransferOtp, transfer } from './transfers';
import { verifyAccount, verifyAccountPennyless } from './validations';
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

const AEPS = '/user/collection/aeps-fingpay';
const VISIT = '/customer/collection/aeps-fingpay';

const AEPS_ENDPOINTS: readonly Endpoint[] = [
  {
    method: 'put',
    path: '/admin/network/agent/:agent/aeps-fingpay/activate',
    handler: activate,
    isUpload: true,
  },
  { method: 'get', path: `${AEPS}/get-Mcc-Category`, handler: shopTypes },
  { method: 'get', path: `${AEPS}/get-states`, handler: states },
  { method: 'post', path: `${AEPS}/kyc/otp`, handler: sendAgentOtp, needsAgent: true },
  { method: 'put', path: `${AEPS}/kyc/otp/verify`, handler: verifyAgentOtp, needsAgent: true },
  { method: 'put', path: `${AEPS}/kyc/biometric`, handler: verifyAgentBiometrics, needsAgent: true },
  { method: 'put', path: `${AEPS}/kyc/biometric/daily`, handler: dailyKyc, needsAgent: true },
  {
    method: 'post',
    path: `${VISIT}/cash-withdrawal/otp/:customer_id`,
    handler: sendWithdrawalOtp,
    needsAgent: true,
  },
  { method: 'post', path: `${VISIT}/cash-withdrawl/:customer_id`, handler: withdraw, needsAgent: true },
  {
    method: 'post',
    path: `${VISIT}/balance-enquiry/:customer_id`,
    handler: enquireBalance,
    needsAgent: true,
  },
  { method: 'post', path: `${VISIT}/mini-statement/:customer_id`, handler: miniStatement, needsAgent: true },
  {
    method: 'post',
    path: '/user/payment/aeps/settlement/account',
    handler: addSettlementAccount,
    needsAgent: true,
  },
  {
    method: 'get',
    path: '/user/payment/aeps/settlement/accounts',
    handler: listSettlementAccounts,
    needsAgent: true,
  },
  { method: 'post', path: '/user/payment/aeps/settlement', handler: settle, needsAgent: true },
];

const BBPS = '/customer/payment/bbps';

const BILLS: readonly Endpoint[] = [
  { method: 'get', path: `${BBPS}/categories`, handler: categories },
  { method: 'get', path: `${BBPS}/locations`, handler: locations },
  { method: 'get', path: `${BBPS}/operators`, handler: operators },
  { method: 'get', path: `${BBPS}/operator/:operator_id/parameters`, handler: operatorParameters },
  { method: 'get', path: `${BBPS}/operators/190/district-discome`, handler: discoms },
  { method: 'get', path: `${BBPS}/recharge/:customer_mobile/operator`, handler: operatorOfMobile },
  { method: 'get', path: `${BBPS}/recharge/:customer_mobile/operator/plans`, handler: rechargePlans },
  { method: 'get', path: `${BBPS}/bill`, handler: fetchBill },
  { method: 'post', path: BBPS, handler: pay },
];

const TOOLS: readonly Endpoint[] = [
  { method: 'get', path: '/tools/reference/banks', handler: banks },
  { method: 'get', path: '/tools/reference/bank/:bank_code', handler: bankDetails },
  { method: 'get', path: '/tools/reference/banks/ifsc/:ifsc', handler: ifscDetails },
  { method: 'post', path: '/tools/kyc/bank-account/sync', handler: verifyAccount },
  { method: 'post', path: '/tools/kyc/bank-acc-verify-pennyless', handler: verifyAccountPennyless },
  { method: 'post', path: '/customer/payment/upi/validate-vpa', handler: validateVpa },
  { method: 'post', path: '/tools/kyc/name-match', handler: matchNames },
  { method: 'post', path: '/tools/kyc/mobile/otp', handler: sendMobileOtp },
  { method: 'put', path: '/tools/kyc/mobile/otp/verify', handler: verifyMobileOtp },
];

const COMMON: readonly Endpoint[] = [
  { method: 'get', path: '/tools/reference/transaction/:reference', handler: inquire },
  { method: 'post', path: '/customer/payment/refund/:tid/otp', handler: sendRefundOtp },
  { method: 'post', path: '/customer/payment/refund/:tid', handler: refund },
  { method: 'get', path: '/user/account/balance', handler: balance },
  { method: 'get', path: '/user/account/services', handler: listServices, needsAgent: true },
  { method: 'get', path: '/tools/catalog/service-codes', handler: catalogue },
  { method: 'post', path: '/user/network/eps-agent', handler: onboardAgent },
  {
    method: 'put',
    path: '/admin/network/agent/:agent/service/:service_code/activate',
    handler: activateService,
  },
  {
    method: 'put',
    path: '/admin/network/agent/:agent/service/:service_code/deactivate',
    handler: deactivateService,
  },
];

export const ENDPOINTS: readonly Endpoint[] = [
  ...TRANSFERS,
  ...AEPS_ENDPOINTS,
  ...BILLS,
  ...TOOLS,
  ...COMMON,
];
