import type { AepsCalls, AepsRequest, AgentActivation, Biometrics, Terminal } from '../../domain/aeps/port';
import type { ProviderCallOptions } from '../../domain/provider/calls';
import { DomainError } from '../../domain/errors/errors';
import type { Paise } from '../../platform/money';
import type { Reply } from '../answers';
import { refuseUnless } from '../requests';
import { sealAadhaar } from './auth';
import type { Call } from './client';
import { askIfSendable, inquire, refuseUnlessBiometrics, SLOW_MS, type EkoContext } from './context';
import { multipartOf } from './multipart';
import { amountOf, bodyOf, MOBILE, OPAQUE, OTP, USER_CODE, type Field } from './requests';
import { answerTo, answerToWithdrawal } from './transformers';

const CUSTOMER = '/customer/collection/aeps-fingpay';
const KYC = '/user/collection/aeps-fingpay/kyc';
const LATLONG = /^-?\d{1,2}\.\d{2,10},-?\d{1,3}\.\d{2,10}$/;
const BANK_CODE = /^[A-Za-z0-9]{2,12}$/;
const REFERENCE = /^[0-9A-Za-z]{1,20}$/;

/** Aadhaar-enabled payments over Fingpay. Every call is made once: a second one could debit the customer twice. Aadhaar numbers leave sealed; neither they nor PID blocks are kept. */
export function createAepsCalls(context: EkoContext): AepsCalls {
  const { client, onUnlisted, notFound } = context;
  const transact = (
    operation: string,
    route: string,
    request: AepsRequest & { amountPaise?: Paise },
    options?: ProviderCallOptions,
  ): Promise<Reply> =>
    client.call(
      {
        operation,
        method: 'POST',
        route: `${CUSTOMER}/${route}/{customer_id}`,
        ids: { customer_id: request.customerMobile },
        body: transactionBody(context, request),
        totalMs: SLOW_MS,
        ourReference: request.ourReference,
      },
      options,
    );
  return {
    notFound,
    ...onboarding(context),
    async withdraw(request, options) {
      try {
        refuseUnless(request.amountPaise > 0n, 'the amount');
        return answerToWithdrawal(
          await transact('aeps_withdrawal', 'cash-withdrawl', request, options),
          request.ourReference,
          onUnlisted,
        ); // so spelt
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
      askIfSendable(async () =>
        answerTo.balance(await transact('aeps_balance', 'balance-enquiry', request, options), onUnlisted),
      ),
    miniStatement: (request, options) =>
      askIfSendable(async () =>
        answerTo.miniStatement(
          await transact('aeps_statement', 'mini-statement', request, options),
          onUnlisted,
        ),
      ),
    inquire: (target, options) => inquire(context, target, options),
  };
}

function transactionBody(
  { initiatorId, aadhaarKey }: EkoContext,
  {
    ourReference,
    terminal,
    customerMobile,
    bankCode,
    biometrics,
    amountPaise,
  }: AepsRequest & { amountPaise?: Paise },
): string {
  refuseUnless(REFERENCE.test(ourReference), 'the reference');
  refuseUnless(MOBILE.test(customerMobile), 'the mobile number of the customer');
  refuseUnless(BANK_CODE.test(bankCode), 'the bank');
  refuseUnlessTerminal(terminal);
  refuseUnlessBiometrics(biometrics);
  return bodyOf([
    ['initiator_id', initiatorId],
    ['client_ref_id', ourReference],
    ['user_code', terminal.userCode],
    ['bank_code', bankCode],
    ['aadhar', sealAadhaar(aadhaarKey, biometrics.aadhaar)],
    ['latlong', terminal.latlong],
    ['piddata', biometrics.pid],
    ['amount', amountPaise === undefined ? undefined : amountOf(amountPaise)],
  ]);
}

function onboarding(
  context: EkoContext,
): Pick<AepsCalls, 'activateAgent' | 'sendKycOtp' | 'verifyKycOtp' | 'biometricKyc' | 'dailyKyc'> {
  const { client, initiatorId, aadhaarKey, onUnlisted } = context;
  /** What all four steps say of the agent; the rest differs. */
  const step = (
    operation: string,
    method: 'POST' | 'PUT',
    route: string,
    of: { terminal: Terminal; customerMobile: string; aadhaar: string },
    more: [string, Field][],
    options?: ProviderCallOptions,
  ): Promise<Reply> => {
    const { terminal, customerMobile, aadhaar } = of;
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
    return client.call({ operation, method, route: `${KYC}/${route}`, body, totalMs: SLOW_MS }, options);
  };
  const biometric = (
    operation: string,
    route: string,
    of: { terminal: Terminal; customerMobile: string; bankCode: string; biometrics: Biometrics },
    more: [string, Field][],
    options?: ProviderCallOptions,
  ): Promise<Reply> => {
    const { terminal, customerMobile, bankCode, biometrics } = of;
    refuseUnless(BANK_CODE.test(bankCode), 'the bank');
    refuseUnlessBiometrics(biometrics);
    return step(
      operation,
      'PUT',
      route,
      { terminal, customerMobile, aadhaar: biometrics.aadhaar },
      [['piddata', biometrics.pid], ['bank_code', bankCode], ...more],
      options,
    );
  };
  return {
    activateAgent: (activation, options) =>
      askIfSendable(async () =>
        answerTo.activation(await client.call(activationCall(context, activation), options), onUnlisted),
      ),
    sendKycOtp: (terminal, customerMobile, aadhaar, options) =>
      askIfSendable(async () => {
        refuseUnlessBiometrics({ aadhaar });
        return answerTo.kycOtp(
          await step('aeps_kyc_otp', 'POST', 'otp', { terminal, customerMobile, aadhaar }, [], options),
          onUnlisted,
        );
      }),
    verifyKycOtp: (terminal, customerMobile, aadhaar, otp, sent, options) =>
      askIfSendable(async () => {
        refuseUnlessBiometrics({ aadhaar });
        refuseUnless(OTP.test(otp), 'the one-time password');
        return answerTo.kycOtpCheck(
          await step(
            'aeps_kyc_otp_check',
            'PUT',
            'otp/verify',
            { terminal, customerMobile, aadhaar },
            [['otp', otp], ...references(sent)],
            options,
          ),
          onUnlisted,
        );
      }),
    biometricKyc: (terminal, customerMobile, bankCode, biometrics, verified, options) =>
      askIfSendable(async () =>
        answerTo.biometricKyc(
          await biometric(
            'aeps_kyc',
            'biometric',
            { terminal, customerMobile, bankCode, biometrics },
            references(verified),
            options,
          ),
          onUnlisted,
        ),
      ),
    dailyKyc: (terminal, customerMobile, bankCode, biometrics, options) =>
      askIfSendable(async () =>
        answerTo.dailyKyc(
          await biometric(
            'aeps_daily_kyc',
            'biometric/daily',
            { terminal, customerMobile, bankCode, biometrics },
            [],
            options,
          ),
          onUnlisted,
        ),
      ),
  };
}

function references({ otpRef, referenceTid }: { otpRef: string; referenceTid: string }): [string, Field][] {
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

/** The contract wants an object; a text that is none is its one line. */
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
