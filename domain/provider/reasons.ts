/**
 * Why a transaction stands where it stands, in words of our own: one code with one sentence, whoever the
 * provider is. A connector translates its provider's codes into these (`Provider.reasons`); the code itself is
 * kept as it came, and shown beside ours for support. `docs/status-reasons.md` is written from this table.
 */
interface Reason {
  /** The public statuses with which it is shown. */
  with: readonly ('PENDING' | 'FAILED' | 'REVERSED' | 'REFUNDED')[];
  /** For people: what it is, and what to do. */
  says: string;
}

export const REASONS = {
  WAITING_TO_BE_SENT: {
    with: ['PENDING'],
    says: 'The provider cannot take it now. It is sent as soon as the provider can, or ends as FAILED with the money back.',
  },
  WAITING_FOR_PROVIDER: {
    with: ['PENDING'],
    says: 'The provider has it and has not decided yet. It is asked again until it has; do not send it a second time.',
  },
  ANSWER_OUTSTANDING: {
    with: ['PENDING'],
    says: 'It may have been sent, and no clear answer came. The provider is asked until it is known; do not send it a second time.',
  },
  WAITING_FOR_PAYER: {
    with: ['PENDING'],
    says: 'Nobody has paid yet. The checkout is open until `expires_at`; a try that failed may be followed by another.',
  },
  REFUND_NEEDS_CONSENT: {
    with: ['PENDING'],
    says:
      'It failed at the bank after the provider took the money. ' +
      'The customer agrees to the refund with a one-time password: POST /v1/transactions/{id}/refund-otp, then /refund.',
  },
  REFUND_AT_CUSTOMERS_BANK: {
    with: ['PENDING'],
    says: 'It failed after the bank of the customer took the money. That bank gives it back to the customer; hand out no cash.',
  },
  UNDER_REVIEW: {
    with: ['PENDING', 'FAILED'],
    says: 'The answers of the provider contradict each other or came too late. A person decides; nothing is left for you to do.',
  },
  LEDGER_INSUFFICIENT_FUNDS: {
    with: ['FAILED'],
    says: 'The wallet held too little money. Add money and send it again under a new reference.',
  },
  WALLET_FROZEN: {
    with: ['FAILED'],
    says: 'The wallet is frozen. Ask support; send it again under a new reference when it is free.',
  },
  LIMIT_EXCEEDED: {
    with: ['FAILED'],
    says: 'The limit of the day or the month is used up. Send it again when the next period begins, or a smaller amount.',
  },
  KYC_LIMIT_EXCEEDED: {
    with: ['FAILED'],
    says: 'The amount is above what the KYC of the user allows. GET /v1/kyc says what it allows and what is due.',
  },
  TRANSACTION_EXPIRED: {
    with: ['FAILED'],
    says: 'It waited too long and was never sent. Send it again under a new reference.',
  },
  COLLECTION_EXPIRED: {
    with: ['FAILED'],
    says: 'Nobody paid in time. Make a new one for another try. Should a payment come all the same, a person decides about it.',
  },
  TRANSACTION_NOT_SENT: {
    with: ['FAILED'],
    says: 'It was certainly never sent. Send it again under a new reference.',
  },
  USER_DISABLED: {
    with: ['FAILED'],
    says: 'The user was disabled before it was sent. Amount and charges are back; ask support before you send it again.',
  },
  DMT_OTP_EXPIRED: {
    with: ['FAILED'],
    says: 'The one-time password became too old before the transfer could be sent. Ask for a new one.',
  },
  NOT_RECEIVED_BY_PROVIDER: {
    with: ['FAILED'],
    says: 'The provider never received it. Send it again under a new reference.',
  },
  BENEFICIARY_ACCOUNT_INVALID: {
    with: ['FAILED', 'REVERSED'],
    says: 'The bank has no such account, or it is closed. Correct the account number.',
  },
  BENEFICIARY_ACCOUNT_BLOCKED: {
    with: ['FAILED', 'REVERSED'],
    says: 'The account is frozen or dormant. The beneficiary must ask their bank; use another account meanwhile.',
  },
  BENEFICIARY_IFSC_INVALID: { with: ['FAILED'], says: 'No branch has this IFSC. Correct it.' },
  BENEFICIARY_BANK_REFUSED: {
    with: ['FAILED', 'REVERSED'],
    says: 'The bank of the beneficiary refused the money. Ask the beneficiary, or use another account.',
  },
  BENEFICIARY_BANK_UNAVAILABLE: {
    with: ['PENDING', 'FAILED', 'REVERSED'],
    says:
      'The bank of the beneficiary, or the network to it, is not available. ' +
      'If it failed, send it again after half an hour under a new reference.',
  },
  MODE_NOT_ALLOWED: {
    with: ['FAILED', 'REVERSED'],
    says: 'The account does not take this mode. Send it by another mode.',
  },
  AMOUNT_LIMIT_REACHED: {
    with: ['FAILED'],
    says: 'The amount is above a limit of the bank or the provider. Send a smaller amount, or tomorrow.',
  },
  CUSTOMER_LIMIT_REACHED: {
    with: ['FAILED'],
    says: 'The customer or the recipient has used up the limit of the month. Wait for the next month.',
  },
  OTP_WRONG: { with: ['FAILED'], says: 'The one-time password was wrong. Ask for a new one.' },
  OTP_EXPIRED: { with: ['FAILED'], says: 'The one-time password was too old. Ask for a new one.' },
  OTP_USED: { with: ['FAILED'], says: 'The one-time password was used before. Ask for a new one.' },
  OTP_REQUIRED: {
    with: ['FAILED'],
    says:
      'Nothing was withdrawn: the customer was sent a one-time password instead. ' +
      'Capture the finger with it, and withdraw anew with `next_otp_request` as `otp_request`.',
  },
  BIOMETRICS_NOT_MATCHED: {
    with: ['FAILED'],
    says: 'The fingerprint does not match. Capture it again, with another finger if need be.',
  },
  AGENT_NOT_ONBOARDED: {
    with: ['FAILED'],
    says: 'The provider does not know the agent, or not for this service. Activate the agent, then try again.',
  },
  BANK_EKYC_REQUIRED: {
    with: ['FAILED'],
    says: 'The bank asks for the eKYC of the agent first. Do it, then try again.',
  },
  DETAILS_REFUSED: {
    with: ['FAILED'],
    says: 'The provider refused a detail of the request. Check what you sent, and tell support the reason of the provider.',
  },
  BILL_CHANGED: {
    with: ['FAILED'],
    says: 'The amount is not the one that the biller takes. Fetch the bill again.',
  },
  PROVIDER_FUNDS_SHORT: {
    with: ['PENDING', 'FAILED'],
    says: 'Our account with the provider is short. Operations fill it up; if it failed, send it again later under a new reference.',
  },
  PROVIDER_REJECTED: {
    with: ['FAILED'],
    says: 'The provider cannot carry out this request as it is. Change it before you send it again.',
  },
  PROVIDER_REFUSED: {
    with: ['FAILED'],
    says: 'The provider refused it, for the reason beside. Amount and charges are back; ask support before you send it again.',
  },
  DECIDED_BY_OPERATIONS: {
    with: ['FAILED', 'REVERSED', 'REFUNDED'],
    says: 'The provider left it open or contradicted itself. Operations decided it by the statement of the provider.',
  },
  RETURNED: {
    with: ['REVERSED'],
    says: 'It had succeeded, and the money came back. Amount and charges are in the wallet again.',
  },
  REFUNDED: { with: ['REFUNDED'], says: 'The refund was made. Amount and charges are in the wallet again.' },
} as const satisfies Readonly<Record<string, Reason>>;
export type ReasonCode = keyof typeof REASONS;

/** A provider's codes (or words that its connector puts in their place) in our words. */
export type ReasonTable = Readonly<Record<string, ReasonCode>>;

/** Words of our own that stand where a provider's code would. */
const OWN_WORDS: ReasonTable = {
  not_found_after_window: 'NOT_RECEIVED_BY_PROVIDER',
  collection_expired: 'COLLECTION_EXPIRED',
  waiting_for_payer: 'WAITING_FOR_PAYER',
  certainly_not_sent: 'TRANSACTION_NOT_SENT',
  decided_by_ops: 'DECIDED_BY_OPERATIONS',
};

export function isReasonCode(word: string): word is ReasonCode {
  return Object.hasOwn(REASONS, word);
}

/** Our code for a provider's, if there is one. */
export function translated(word: string, table: ReasonTable): ReasonCode | undefined {
  if (isReasonCode(word)) return word;
  for (const words of [table, OWN_WORDS]) if (Object.hasOwn(words, word)) return words[word];
  return undefined;
}

/** The provider's own code, for support: what we put in its place ourselves is none. */
export function providersOwn(word: string | null): string | null {
  if (word === null || isReasonCode(word) || Object.hasOwn(OWN_WORDS, word)) return null;
  return word.startsWith('<') || /^outcome_|^unexpected_|^contradiction_/.test(word) ? null : word;
}
