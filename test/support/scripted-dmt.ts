/**
 * A provider of money transfers that does what a test tells it, and remembers what it was asked. Unless told
 * otherwise it behaves as the contract says.
 */
import { createHash } from 'node:crypto';
import type { Connector } from '../../domain/connectors';
import type {
  DeskAnswer,
  InquiryTarget,
  NotFoundPolicy,
  ProviderCallOptions,
} from '../../domain/provider/calls';
import type { InquiryAnswer, ProviderOutcome } from '../../domain/provider/outcome';
import type { DmtCalls, DmtInstruction, EkycStarted, Recipient, SenderProfile } from '../../domain/dmt/port';
import type { RefundCalls } from '../../domain/refunds/port';
import { checkCallback, parseCallback } from './scripted-connector';

export const DMT_PROVIDER = 'eko';
/** What the scripted provider takes as right. */
export const GOOD_OTP = '246810';

type Maybe<T> = T | Promise<T>;
type Desk =
  | 'sender'
  | 'enrolSender'
  | 'startEkyc'
  | 'finishEkyc'
  | 'sendPhoneOtp'
  | 'verifyPhoneOtp'
  | 'recipients'
  | 'addRecipient'
  | 'sendTransferOtp'
  | 'sendRefundOtp';

export interface ScriptedDmt extends Connector {
  dmt: DmtCalls & { notFound: NotFoundPolicy };
  sends: { instruction: DmtInstruction; body: string }[];
  inquiries: InquiryTarget[];
  refunds: RefundCalls;
  refundsAsked: { target: InquiryTarget; otp: string; otpRef: string }[];
  /** Calls at the desk, by name, with what they were given. */
  asked: { call: Desk; args: readonly unknown[] }[];
  profiles: Map<string, SenderProfile>;
  people: Map<string, Recipient[]>;
  onSend(instruction: DmtInstruction, options: ProviderCallOptions | undefined): Maybe<ProviderOutcome>;
  onInquire(target: InquiryTarget): Maybe<InquiryAnswer>;
  onRefund(target: InquiryTarget, otp: string): Maybe<ProviderOutcome>;
  /** An answer in the place of the usual one. */
  onDesk(call: Desk, args: readonly unknown[]): Maybe<DeskAnswer<never> | undefined>;
}

export const sentOk = (more: Partial<ProviderOutcome> = {}): ProviderOutcome => ({
  kind: 'succeeded',
  sent: true,
  rawStatus: '0',
  providerReference: '3570311831',
  utr: '620415011744',
  ...more,
});
export const initiated = (more: Partial<ProviderOutcome> = {}): ProviderOutcome => ({
  kind: 'pending',
  sent: true,
  rawStatus: '2',
  providerReference: '3570311831',
  ...more,
});
export const declined = (more: Partial<ProviderOutcome> = {}): ProviderOutcome => ({
  kind: 'failed',
  sent: true,
  rawStatus: '1',
  rawReason: 'otp_wrong',
  ...more,
});
export const refundPending = (more: Partial<ProviderOutcome> = {}): ProviderOutcome => ({
  kind: 'refund_pending',
  sent: true,
  rawStatus: '3',
  providerReference: '3570311831',
  ...more,
});
export const refundDone = (more: Partial<ProviderOutcome> = {}): ProviderOutcome => ({
  kind: 'refunded',
  sent: true,
  rawStatus: '74',
  providerReference: '3570311831',
  ...more,
});
export const noAnswer = (): ProviderOutcome => ({ kind: 'unknown', sent: true, rawStatus: '<timeout>' });
export const notSent = (): ProviderOutcome => ({
  kind: 'unknown',
  sent: false,
  rawStatus: '<connection refused>',
});
export const deskRefused = (rawReason = '36'): DeskAnswer<never> => ({
  ok: false,
  kind: 'refused',
  rawStatus: '36',
  rawReason,
});
export const deskUnknown = (): DeskAnswer<never> => ({ ok: false, kind: 'unknown', rawStatus: '<timeout>' });

export function createScriptedDmt(): ScriptedDmt {
  const { sendRefundOtp, ...dmtDesk } = desk(() => connector);
  const connector: ScriptedDmt = {
    name: DMT_PROVIDER,
    sends: [],
    inquiries: [],
    refundsAsked: [],
    asked: [],
    profiles: new Map(),
    people: new Map(),
    onSend: () => initiated(),
    onInquire: () => initiated(),
    onDesk: () => undefined,
    onRefund: (_target, otp) => (otp === GOOD_OTP ? refundDone() : declined({ rawReason: 'otp_wrong' })),
    admit: async () => ({ ok: true }),
    available: () => true,
    dmt: {
      notFound: { then: 'fail' },
      prepare: (instruction) => {
        const body = JSON.stringify({ ...instruction, amountPaise: instruction.amountPaise.toString() });
        return {
          body,
          bodyHash: createHash('sha256')
            .update(
              JSON.stringify({ ...instruction, otp: '', amountPaise: instruction.amountPaise.toString() }),
            )
            .digest(),
        };
      },
      async send(instruction, prepared, options) {
        connector.sends.push({ instruction, body: prepared.body });
        return connector.onSend(instruction, options);
      },
      async inquire(target) {
        connector.inquiries.push(target);
        return connector.onInquire(target);
      },
      ...dmtDesk,
    },
    refunds: {
      sendRefundOtp,
      async refund(target, otp, otpRef) {
        connector.refundsAsked.push({ target, otp, otpRef });
        return connector.onRefund(target, otp);
      },
    },
    checkCallback,
    parseCallback,
    close: async () => undefined,
  };
  return connector;
}

function desk(
  connector: () => ScriptedDmt,
): Pick<DmtCalls, Exclude<Desk, 'sendRefundOtp'>> & Pick<RefundCalls, 'sendRefundOtp'> {
  let refs = 117_015_400;
  async function answer<T>(call: Desk, args: readonly unknown[], usual: () => T): Promise<DeskAnswer<T>> {
    connector().asked.push({ call, args });
    return (await connector().onDesk(call, args)) ?? { ok: true, value: usual() };
  }
  const profileOf = (mobile: string): SenderProfile =>
    connector().profiles.get(mobile) ?? { state: 'unknown', name: null, remainingPaise: null };
  const become = (mobile: string, state: SenderProfile['state']): SenderProfile => {
    const profile: SenderProfile = {
      state,
      name: 'Test Remitter',
      remainingPaise: state === 'active' ? 2_500_000n : null,
    };
    connector().profiles.set(mobile, profile);
    return profile;
  };
  return {
    sender: (mobile) => answer('sender', [mobile], () => profileOf(mobile)),
    enrolSender: (sender) => answer('enrolSender', [sender], () => become(sender.mobile, 'ekyc_pending')),
    startEkyc: (mobile, aadhaar, pid) =>
      answer('startEkyc', [mobile, aadhaar, pid], (): EkycStarted => {
        become(mobile, 'otp_pending');
        return { otpRef: 'ekyc-otp-1', kycRequestId: 'ekyc-request-1' };
      }),
    async finishEkyc(mobile, otp, started) {
      if (otp === GOOD_OTP)
        return answer('finishEkyc', [mobile, otp, started], () => become(mobile, 'active'));
      const said = await answer('finishEkyc', [mobile, otp, started], () => undefined);
      return said.ok ? deskRefused('302') : said;
    },
    sendPhoneOtp: (mobile) =>
      answer('sendPhoneOtp', [mobile], () => {
        refs += 1;
        return { otpRef: `phone-otp-ref-${refs}` };
      }),
    async verifyPhoneOtp(mobile, otp) {
      const said = await answer('verifyPhoneOtp', [mobile, otp], () => true as const);
      return said.ok && otp !== GOOD_OTP ? deskRefused('1') : said;
    },
    recipients: (mobile) => answer('recipients', [mobile], () => connector().people.get(mobile) ?? []),
    addRecipient: (mobile, recipient) =>
      answer('addRecipient', [mobile, recipient], () => {
        const people = connector().people.get(mobile) ?? [];
        const known = people.find(
          (r) => r.accountNumber === recipient.accountNumber && r.ifsc === recipient.ifsc,
        );
        if (known !== undefined) return { ref: known.ref };
        refs += 1;
        connector().people.set(mobile, [
          ...people,
          { ...recipient, ref: String(refs), bank: 'Test Bank', isVerified: true },
        ]);
        return { ref: String(refs) };
      }),
    sendTransferOtp: (mobile, recipientRef, amountPaise) =>
      answer('sendTransferOtp', [mobile, recipientRef, amountPaise], () => {
        refs += 1;
        return { otpRef: `otp-ref-${refs}` };
      }),
    sendRefundOtp: (providerReference) =>
      answer('sendRefundOtp', [providerReference], () => {
        refs += 1;
        return { otpRef: `refund-otp-ref-${refs}` };
      }),
  };
}
