import type { Provider } from '../provider/provider';
import type { Paise } from '../../platform/money';
import type { DeskAnswer, InquiryTarget, NotFoundPolicy, ProviderCallOptions } from '../provider/calls';
import type { InquiryAnswer, ProviderOutcome } from '../provider/outcome';

/**
 * The biometrics that a terminal sends: `aadhaar` (12 digits) and `pid` (the RD service's XML). Both go
 * encrypted to the provider and are never stored, logged, queued or echoed; no retry may hold them.
 */
export interface Biometrics {
  aadhaar: string;
  pid: string;
}

/** The agent as the provider knows it, and the terminal's location. */
export interface Terminal {
  userCode: string;
  /** `lat,long` */ latlong: string;
}

export interface AepsRequest {
  ourReference: string;
  terminal: Terminal;
  customerMobile: string;
  /** IIN, or the provider's own code, of the customer's bank. */
  bankCode: string;
  biometrics: Biometrics;
}

export interface AgentActivation {
  userCode: string;
  deviceModel: string;
  deviceNumber: string;
  accountNumber: string;
  ifsc: string;
  shopType: string;
  pan: string;
  aadhaar: string;
  officeAddress: string;
  proofAddress: string;
  latlong: string;
  aadhaarFront: Buffer;
  aadhaarBack: Buffer;
  panCard: Buffer;
}
export interface KycOtp {
  otpRef: string;
  referenceTid: string;
}
export interface MiniStatementLine {
  date: string;
  direction: 'debit' | 'credit';
  amountPaise: Paise;
  narration: string;
}

/**
 * A withdrawal's outcome with the data that the terminal prints. `customerBalancePaise` is the customer's own
 * balance: shown once, stored nowhere. `otpRequestRef` comes with a failure because the customer has to give a
 * one-time password first, and names the one that was sent in place of the withdrawal.
 */
export type WithdrawalAnswer = ProviderOutcome & {
  customerBalancePaise?: Paise;
  maskedAadhaar?: string;
  otpRequestRef?: string;
};

/** A withdrawal for which the customer is to be sent a one-time password. */
export interface WithdrawalOtpRequest extends Omit<AepsRequest, 'biometrics'> {
  aadhaar: string;
  amountPaise: Paise;
}
/** `otpRequestRef`: the provider's id of the one-time password that the finger is captured with. */
export type WithdrawalRequest = AepsRequest & { amountPaise: Paise; otpRequestRef?: string };

/** A provider that may offer this service. */
export interface OffersAeps extends Provider {
  readonly aeps?: AepsCalls;
}

/** An agent who is being verified, and from where. */
export interface KycAgent {
  terminal: Terminal;
  customerMobile: string;
}
export interface KycFinger {
  bankCode: string;
  biometrics: Biometrics;
}

/**
 * Aadhaar-enabled payments. Every call is synchronous, made once and never repeated; only inquiries may be.
 */
export interface AepsCalls {
  readonly notFound: NotFoundPolicy;
  activateAgent(activation: AgentActivation, options?: ProviderCallOptions): Promise<DeskAnswer<true>>;
  sendKycOtp(
    agent: KycAgent & Pick<Biometrics, 'aadhaar'>,
    options?: ProviderCallOptions,
  ): Promise<DeskAnswer<KycOtp>>;
  verifyKycOtp(
    agent: KycAgent & Pick<Biometrics, 'aadhaar'> & { otp: string },
    sent: KycOtp,
    options?: ProviderCallOptions,
  ): Promise<DeskAnswer<KycOtp>>;
  biometricKyc(
    agent: KycAgent & KycFinger,
    verified: KycOtp,
    options?: ProviderCallOptions,
  ): Promise<DeskAnswer<true>>;
  /** Once a calendar day (IST) before the first withdrawal. */
  dailyKyc(agent: KycAgent & KycFinger, options?: ProviderCallOptions): Promise<DeskAnswer<true>>;
  /** Has a one-time password sent to the customer. The id that comes back is good for one withdrawal. */
  sendWithdrawalOtp(
    request: WithdrawalOtpRequest,
    options?: ProviderCallOptions,
  ): Promise<DeskAnswer<{ otpRequestRef: string }>>;
  withdraw(request: WithdrawalRequest, options?: ProviderCallOptions): Promise<WithdrawalAnswer>;
  balance(
    request: AepsRequest,
    options?: ProviderCallOptions,
  ): Promise<DeskAnswer<{ customerBalancePaise: Paise; reference: string | null }>>;
  miniStatement(
    request: AepsRequest,
    options?: ProviderCallOptions,
  ): Promise<
    DeskAnswer<{
      lines: MiniStatementLine[];
      customerBalancePaise: Paise | null;
      reference: string | null;
      /** What the provider pays us for it, before TDS; missing where the answer does not say. */
      commissionPaise?: Paise;
    }>
  >;
  /** Merchant purchase with Aadhaar; missing if the provider has none. */
  aadhaarPay?(
    request: AepsRequest & { amountPaise: Paise },
    options?: ProviderCallOptions,
  ): Promise<WithdrawalAnswer>;
  inquire(target: InquiryTarget, options?: ProviderCallOptions): Promise<InquiryAnswer>;
}
