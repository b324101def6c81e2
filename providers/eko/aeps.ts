import type {
  AepsCalls,
  AepsRequest,
  AgentActivation,
  Biometrics,
  Terminal,
  WithdrawalOtpRequest,
  WithdrawalRequest,
} from '../../domain/aeps/port';
import { DomainError } from '../../domain/errors/errors';
import { refuseUnless } from '../requests';
import { sealAadhaar } from './auth';
import type { Call } from './client';
import { askEko, inquire, refuseUnlessBiometrics, SLOW_MS, type EkoContext } from './context';
import { multipartOf } from './multipart';
import { amountOf, bodyOf, MOBILE, OPAQUE, OTP, USER_CODE, type Field } from './requests';
import { OTP_REQUEST } from './schemas';
import { answerTo, answerToWithdrawal } from './transformers';

const CUSTOMER = '/customer/collection/aeps-fingpay';
const KYC = '/user/collection/aeps-fingpay/kyc';
const LATLONG = /^-?\d{1,2}\.\d{2,10},-?\d{1,3}\.\d{2,10}$/;
const BANK_CODE = /^[A-Za-z0-9]{2,12}$/;
const REFERENCE = /^[0-9A-Za-z]{1,20}$/;

/**
 * Aadhaar-enabled payments over Fingpay. Every call is made once: a second one could debit the customer
 * twice. Aadhaar numbers leave sealed; neither they nor PID blocks are kept.
 */
export function createAepsCalls(context: EkoContext): AepsCalls {
  const { client, onUnlisted, notFound } = context;
  const callOf = (
    operation: string,
    route: string,
    request: AepsRequest,
    more: readonly NamedField[] = [],
  ): Call => {
    const { aadhaar, pid } = request.biometrics;
    refuseUnlessBiometrics(request.biometrics);
    return customerCall(context, { operation, route }, { ...request, aadhaar }, [['piddata', pid], ...more]);
  };
  return {
    notFound,
    ...onboarding(context),
    sendWithdrawalOtp: (request, options) =>
      askEko(context, answerTo.withdrawalOtp, () => otpCall(context, request), options),
    async withdraw(request, options) {
      try {
        // Their spelling. The call that sends the one-time password spells it in another way.
        const call = callOf('aeps_withdrawal', 'cash-withdrawl', request, withdrawalFields(request));
        const reply = await client.call(call, options);
        return answerToWithdrawal(reply, request.ourReference, onUnlisted);
      } catch (error) {
        if (!(error instanceof DomainError) || error.code !== 'PROVIDER_REJECTED') throw error;
        return {
          kind: 'failed',
          sent: false,
          rawStatus: '<request not sendable>',
          description: error.detail,
        };
      }
    },
    balance: (request, options) =>
      askEko(context, answerTo.balance, () => callOf('aeps_balance', 'balance-enquiry', request), options),
    miniStatement: (request, options) =>
      askEko(
        context,
        answerTo.miniStatement,
        () => callOf('aeps_statement', 'mini-statement', request),
        options,
      ),
    inquire: (target, options) => inquire(context, target, options),
  };
}

/** The one-time password itself is in no call: it goes into the capture of the finger, before it is taken. */
function withdrawalFields({ amountPaise, otpRequestRef }: WithdrawalRequest): NamedField[] {
  refuseUnless(amountPaise > 0n, 'the amount');
  refuseUnless(
    otpRequestRef === undefined || OTP_REQUEST.test(otpRequestRef),
    'the id of the one-time password',
  );
  return [
    ['amount', amountOf(amountPaise)],
    ['txn_otp_request_id', otpRequestRef],
  ];
}

function otpCall(context: EkoContext, request: WithdrawalOtpRequest): Call {
  refuseUnless(request.amountPaise > 0n, 'the amount');
  refuseUnlessBiometrics(request);
  const step = { operation: 'aeps_withdrawal_otp', route: 'cash-withdrawal/otp' };
  return customerCall(context, step, request, [['amount', amountOf(request.amountPaise)]]);
}

/** A call about a customer who stands at the terminal; `more` is what this one adds. */
function customerCall(
  { initiatorId, aadhaarKey }: EkoContext,
  { operation, route }: { operation: string; route: string },
  customer: Omit<AepsRequest, 'biometrics'> & { aadhaar: string },
  more: readonly NamedField[],
): Call {
  const { ourReference, terminal, customerMobile, bankCode, aadhaar } = customer;
  refuseUnless(REFERENCE.test(ourReference), 'the reference');
  refuseUnless(MOBILE.test(customerMobile), 'the mobile number of the customer');
  refuseUnless(BANK_CODE.test(bankCode), 'the bank');
  refuseUnlessTerminal(terminal);
  const body = bodyOf([
    ['initiator_id', initiatorId],
    ['client_ref_id', ourReference],
    ['user_code', terminal.userCode],
    ['bank_code', bankCode],
    ['aadhar', sealAadhaar(aadhaarKey, aadhaar)],
    ['latlong', terminal.latlong],
    ...more,
  ]);
  return {
    operation,
    method: 'POST',
    route: `${CUSTOMER}/${route}/{customer_id}`,
    ids: { customer_id: customerMobile },
    body,
    totalMs: SLOW_MS,
    ourReference,
  };
}

function onboarding(
  context: EkoContext,
): Pick<AepsCalls, 'activateAgent' | 'sendKycOtp' | 'verifyKycOtp' | 'biometricKyc' | 'dailyKyc'> {
  return {
    activateAgent: (activation, options) =>
      askEko(context, answerTo.activation, () => activationCall(context, activation), options),
    sendKycOtp: ({ terminal, customerMobile, aadhaar }, options) =>
      askEko(
        context,
        answerTo.kycOtp,
        () => {
          refuseUnlessBiometrics({ aadhaar });
          const step = { operation: 'aeps_kyc_otp', method: 'POST', route: 'otp' } as const;
          return kycCall(context, step, { terminal, customerMobile, aadhaar });
        },
        options,
      ),
    verifyKycOtp: ({ terminal, customerMobile, aadhaar, otp }, sent, options) =>
      askEko(
        context,
        answerTo.kycOtpCheck,
        () => {
          refuseUnlessBiometrics({ aadhaar });
          refuseUnless(OTP.test(otp), 'the one-time password');
          const step = { operation: 'aeps_kyc_otp_check', method: 'PUT', route: 'otp/verify' } as const;
          const more: NamedField[] = [['otp', otp], ...references(sent)];
          return kycCall(context, step, { terminal, customerMobile, aadhaar }, more);
        },
        options,
      ),
    biometricKyc: (agent, verified, options) =>
      askEko(
        context,
        answerTo.biometricKyc,
        () => {
          const step = { operation: 'aeps_kyc', method: 'PUT', route: 'biometric' } as const;
          return biometricCall(context, step, agent, references(verified));
        },
        options,
      ),
    dailyKyc: (agent, options) =>
      askEko(
        context,
        answerTo.dailyKyc,
        () => {
          const step = { operation: 'aeps_daily_kyc', method: 'PUT', route: 'biometric/daily' } as const;
          return biometricCall(context, step, agent);
        },
        options,
      ),
  };
}

interface KycStep {
  operation: string;
  method: 'POST' | 'PUT';
  route: string;
}
type NamedField = [name: string, value: Field];

/** One step of an agent's onboarding. All steps say who the agent is; `more` is what this one adds. */
function kycCall(
  { initiatorId, aadhaarKey }: EkoContext,
  { operation, method, route }: KycStep,
  agent: { terminal: Terminal; customerMobile: string; aadhaar: string },
  more: readonly NamedField[] = [],
): Call {
  const { terminal, customerMobile, aadhaar } = agent;
  refuseUnless(MOBILE.test(customerMobile), 'the mobile number');
  refuseUnlessTerminal(terminal);
  const body = bodyOf([
    ['initiator_id', initiatorId],
    ['user_code', terminal.userCode],
    ['aadhar', sealAadhaar(aadhaarKey, aadhaar)],
    ['customer_id', customerMobile],
    ['latlong', terminal.latlong],
    ...more,
  ]);
  return { operation, method, route: `${KYC}/${route}`, body, totalMs: SLOW_MS };
}

/** A step that the agent confirms with a fingerprint. */
function biometricCall(
  context: EkoContext,
  step: KycStep,
  agent: { terminal: Terminal; customerMobile: string; bankCode: string; biometrics: Biometrics },
  more: readonly NamedField[] = [],
): Call {
  const { terminal, customerMobile, bankCode, biometrics } = agent;
  refuseUnless(BANK_CODE.test(bankCode), 'the bank');
  refuseUnlessBiometrics(biometrics);
  const { aadhaar, pid } = biometrics;
  return kycCall(context, step, { terminal, customerMobile, aadhaar }, [
    ['piddata', pid],
    ['bank_code', bankCode],
    ...more,
  ]);
}

function references({ otpRef, referenceTid }: { otpRef: string; referenceTid: string }): NamedField[] {
  refuseUnless(OPAQUE.test(otpRef) && OPAQUE.test(referenceTid), 'the reference of the one-time password');
  return [
    ['otp_ref_id', otpRef],
    ['reference_tid', referenceTid],
  ];
}

function activationCall({ initiatorId, aadhaarKey }: EkoContext, activation: AgentActivation): Call {
  refuseUnlessTerminal(activation);
  refuseUnlessBiometrics(activation);
  const fields = {
    initiator_id: initiatorId,
    modelname: activation.deviceModel,
    devicenumber: activation.deviceNumber,
    account: activation.accountNumber,
    ifsc: activation.ifsc,
    shop_type: activation.shopType,
    office_address: addressOf(activation.officeAddress),
    address_as_per_proof: addressOf(activation.proofAddress),
    latlong: activation.latlong,
  };
  const upload = multipartOf(
    JSON.stringify({ ...fields, aadhar: sealAadhaar(aadhaarKey, activation.aadhaar) }),
    [
      { name: 'pan_card', fileName: 'pan-card', content: activation.panCard },
      { name: 'aadhar_front', fileName: 'aadhar-front', content: activation.aadhaarFront },
      { name: 'aadhar_back', fileName: 'aadhar-back', content: activation.aadhaarBack },
    ],
  );
  return {
    operation: 'aeps_activation',
    method: 'PUT',
    route: '/admin/network/agent/{user_code}/aeps-fingpay/activate',
    ids: { user_code: activation.userCode },
    ...upload,
    logged: fields,
    totalMs: SLOW_MS,
  };
}

/** The contract wants an object; a plain text becomes its one line. */
function addressOf(text: string): object {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    /* a plain line */
  }
  return { line: text };
}

function refuseUnlessTerminal({ userCode, latlong }: Terminal): void {
  refuseUnless(USER_CODE.test(userCode), 'the code of the agent');
  refuseUnless(LATLONG.test(latlong), 'the position of the terminal');
}
