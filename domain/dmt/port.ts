import type { Provider } from '../provider/provider';
import type { Paise } from '../../platform/money';
import type { DeskAnswer, DispatchCalls, InstructionBase, ProviderCallOptions } from '../provider/calls';

/**
 * One transfer of a remitter to one of their recipients (Eko DMT-Fino). The one-time password is in the clear
 * here, in memory only.
 */
export interface DmtInstruction extends InstructionBase {
  senderMobile: string;
  /** The provider's id of the recipient. */
  recipientRef: string;
  otp: string;
  /** The provider's reference of the one-time password. */
  otpRef: string;
}

/** A remitter's status at the provider. Limits in paise. */
export interface SenderProfile {
  state: 'unknown' | 'ekyc_pending' | 'otp_pending' | 'active';
  name: string | null;
  /** The amount that may still be sent this calendar month, if the provider says so. */
  remainingPaise: Paise | null;
}
export interface NewSender {
  mobile: string;
  name: string;
  /** `YYYY-MM-DD` */ bornOn: string;
  address: { line: string; city: string; state: string; pincode: string; district: string };
}
export interface Recipient {
  ref: string;
  name: string;
  bank: string;
  ifsc: string;
  /** Never shown or stored in full. */ accountNumber: string;
  mobile: string | null;
  isVerified: boolean;
}
export interface NewRecipient {
  name: string;
  mobile: string;
  ifsc: string;
  accountNumber: string;
}
/** References from the eKYC step, needed for the verification that follows. */
export interface EkycStarted {
  otpRef: string;
  kycRequestId: string;
}

/** A provider that may offer this service. */
export interface OffersTransfers extends Provider {
  readonly dmt?: DmtCalls;
}

/** Domestic money transfer. Everything but the transfer itself is synchronous and never retried by us. */
export interface DmtCalls extends DispatchCalls<DmtInstruction> {
  sender(mobile: string, options?: ProviderCallOptions): Promise<DeskAnswer<SenderProfile>>;
  enrolSender(sender: NewSender, options?: ProviderCallOptions): Promise<DeskAnswer<SenderProfile>>;
  /** `aadhaar` (12 digits) and `pid` (the RD service's XML) are passed through and stored nowhere. */
  startEkyc(
    mobile: string,
    aadhaar: string,
    pid: string,
    options?: ProviderCallOptions,
  ): Promise<DeskAnswer<EkycStarted>>;
  finishEkyc(
    mobile: string,
    otp: string,
    started: EkycStarted,
    options?: ProviderCallOptions,
  ): Promise<DeskAnswer<SenderProfile>>;
  /** Has the provider send the sender a one-time password that proves that the phone is theirs. */
  sendPhoneOtp(mobile: string, options?: ProviderCallOptions): Promise<DeskAnswer<{ otpRef: string }>>;
  /** Whether this is the password that was sent to the phone last. */
  verifyPhoneOtp(mobile: string, otp: string, options?: ProviderCallOptions): Promise<DeskAnswer<true>>;
  recipients(mobile: string, options?: ProviderCallOptions): Promise<DeskAnswer<Recipient[]>>;
  /** The provider's id of the new recipient, or of the existing one. */
  addRecipient(
    mobile: string,
    recipient: NewRecipient,
    options?: ProviderCallOptions,
  ): Promise<DeskAnswer<{ ref: string }>>;
  /** Has the provider send the remitter a one-time password for a transfer of this amount. */
  sendTransferOtp(
    mobile: string,
    recipientRef: string,
    amountPaise: Paise,
    options?: ProviderCallOptions,
  ): Promise<DeskAnswer<{ otpRef: string }>>;
}
