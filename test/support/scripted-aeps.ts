/** A connector whose AEPS calls do what a test tells them, and remember what they were asked. */
import type {
  AepsCalls,
  AepsRequest,
  AgentActivation,
  KycOtp,
  MiniStatementLine,
  WithdrawalAnswer,
  WithdrawalOtpRequest,
  WithdrawalRequest,
} from '../../domain/aeps/port';
import type {
  Admission,
  DeskAnswer,
  InquiryTarget,
  NotFoundPolicy,
  ProviderCallOptions,
} from '../../domain/provider/calls';
import type { Connector } from '../../domain/connectors';
import type { InquiryAnswer } from '../../domain/provider/outcome';
import { checkCallback, parseCallback } from './scripted-connector';

export const AEPS_PROVIDER = 'eko';

type Maybe<T> = T | Promise<T>;
type Asked = WithdrawalRequest;

export interface ScriptedAeps extends Connector {
  aeps: AepsCalls & { notFound: NotFoundPolicy };
  withdrawals: { request: Asked; options: ProviderCallOptions | undefined }[];
  otpRequests: WithdrawalOtpRequest[];
  inquiries: InquiryTarget[];
  activations: AgentActivation[];
  onAdmit(): Maybe<Admission>;
  onWithdraw(request: Asked, options: ProviderCallOptions | undefined): Maybe<WithdrawalAnswer>;
  onWithdrawalOtp(request: WithdrawalOtpRequest): Maybe<DeskAnswer<{ otpRequestRef: string }>>;
  onInquire(target: InquiryTarget): Maybe<InquiryAnswer>;
  onActivate(activation: AgentActivation): Maybe<DeskAnswer<true>>;
  /** Of the four steps of verification, by their names. */
  onKyc(step: 'otp' | 'verification' | 'biometric' | 'daily', given: unknown[]): Maybe<DeskAnswer<unknown>>;
  onBalance(
    request: AepsRequest,
  ): Maybe<DeskAnswer<{ customerBalancePaise: bigint; reference: string | null }>>;
  onStatement(request: AepsRequest): Maybe<
    DeskAnswer<{
      lines: MiniStatementLine[];
      customerBalancePaise: bigint | null;
      reference: string | null;
      commissionPaise?: bigint;
    }>
  >;
}

export const paid = (more: Partial<WithdrawalAnswer> = {}): WithdrawalAnswer => ({
  kind: 'succeeded',
  sent: true,
  rawStatus: '0',
  providerReference: 'tid_1',
  utr: '620415011744',
  customerBalancePaise: 4_512_345n,
  maskedAadhaar: 'XXXX XXXX 0000',
  ...more,
});
export const declined = (more: Partial<WithdrawalAnswer> = {}): WithdrawalAnswer => ({
  kind: 'failed',
  sent: true,
  rawStatus: '1',
  rawReason: 'Authentication Failed. Invalid Biometric data.',
  providerReference: 'tid_1',
  ...more,
});
/** Nothing was withdrawn, and the customer was sent a one-time password. */
export const otpSent = (otpRequestRef: string): WithdrawalAnswer => ({
  kind: 'failed',
  sent: true,
  rawStatus: 'status 0',
  rawReason: 'OTP_REQUIRED', // as a connector's table says it
  otpRequestRef,
});
export const awaited = (more: Partial<WithdrawalAnswer> = {}): WithdrawalAnswer => ({
  kind: 'pending',
  sent: true,
  rawStatus: '2',
  providerReference: 'tid_1',
  ...more,
});
export const timedOut = (): WithdrawalAnswer => ({ kind: 'unknown', sent: true, rawStatus: '<timeout>' });
export const refused = (): WithdrawalAnswer => ({
  kind: 'unknown',
  sent: false,
  rawStatus: '<connection refused>',
});
export const unheard = (): InquiryAnswer => ({ kind: 'not_found', rawStatus: 'empty' });

const OTP: KycOtp = { otpRef: 'otpref_1', referenceTid: 'tid_kyc_1' };

export function createScriptedAeps(options: { aadhaarPay?: boolean } = {}): ScriptedAeps {
  const connector: ScriptedAeps = {
    name: AEPS_PROVIDER,
    withdrawals: [],
    otpRequests: [],
    inquiries: [],
    activations: [],
    onAdmit: () => ({ ok: true }),
    onWithdraw: () => paid(),
    onWithdrawalOtp: ({ ourReference }) => ({ ok: true, value: { otpRequestRef: `FP${ourReference}` } }),
    onInquire: () => awaited(),
    onActivate: () => ({ ok: true, value: true }),
    onKyc: (step) => ({ ok: true, value: step === 'otp' || step === 'verification' ? OTP : true }),
    onBalance: () => ({ ok: true, value: { customerBalancePaise: 4_512_345n, reference: '620415011745' } }),
    onStatement: () => ({
      ok: true,
      value: {
        lines: [{ date: '01/11', direction: 'debit', amountPaise: 30_000n, narration: 'ATM WDL' }],
        customerBalancePaise: null,
        reference: '620415011746',
      },
    }),
    admit: async () => connector.onAdmit(),
    aeps: {
      notFound: { then: 'fail' },
      async activateAgent(activation) {
        connector.activations.push(activation);
        return connector.onActivate(activation);
      },
      sendKycOtp: async (...given) => connector.onKyc('otp', given) as DeskAnswer<KycOtp>,
      verifyKycOtp: async (...given) => connector.onKyc('verification', given) as DeskAnswer<KycOtp>,
      biometricKyc: async (...given) => connector.onKyc('biometric', given) as DeskAnswer<true>,
      dailyKyc: async (...given) => connector.onKyc('daily', given) as DeskAnswer<true>,
      async sendWithdrawalOtp(request) {
        connector.otpRequests.push(request);
        return connector.onWithdrawalOtp(request);
      },
      async withdraw(request, options) {
        connector.withdrawals.push({ request, options });
        return connector.onWithdraw(request, options);
      },
      balance: async (request) => connector.onBalance(request),
      miniStatement: async (request) => connector.onStatement(request),
      ...(options.aadhaarPay === true
        ? {
            async aadhaarPay(request: Asked, options: ProviderCallOptions | undefined) {
              connector.withdrawals.push({ request, options });
              return connector.onWithdraw(request, options);
            },
          }
        : {}),
      async inquire(target) {
        connector.inquiries.push(target);
        return connector.onInquire(target);
      },
    },
    checkCallback,
    parseCallback,
    available: () => true,
    close: async () => undefined,
  };
  return connector;
}
