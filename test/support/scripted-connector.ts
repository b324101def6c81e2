/**
 * A connector that does what a test tells it, and remembers what it was asked. It follows the port: nothing
 * it does for the provider throws.
 */
import { createHash } from 'node:crypto';
import type {
  Admission,
  InquiryTarget,
  NotFoundPolicy,
  PreparedRequest,
  ProviderCallOptions,
} from '../../domain/provider/calls';
import type { CallbackCheck, ParsedCallback } from '../../domain/provider/callback';
import type { Connector } from '../../domain/connectors';
import type { InquiryAnswer, ProviderOutcome } from '../../domain/provider/outcome';
import type { BeneficiaryDetails } from '../../domain/beneficiaries/details';
import type { PayoutCalls, PayoutInstruction, Registration } from '../../domain/payouts/port';
import { DomainError } from '../../domain/errors/errors';

export const PROVIDER = 'testpay';
/** Another one for payouts, where rules send some elsewhere. */
export const OTHER_PROVIDER = 'otherpay';
const DAY_MS = 86_400_000;

type Sent = { instruction: PayoutInstruction; body: string; options: ProviderCallOptions | undefined };
type Maybe<T> = T | Promise<T>;

export interface ScriptedConnector extends Connector {
  payout: PayoutCalls & { notFound: NotFoundPolicy };
  sends: Sent[];
  inquiries: InquiryTarget[];
  registrations: BeneficiaryDetails[];
  onAdmit(): Maybe<Admission>;
  onRegister(details: BeneficiaryDetails): Maybe<Registration>;
  onSend(instruction: PayoutInstruction, options: ProviderCallOptions | undefined): Maybe<ProviderOutcome>;
  onInquire(target: InquiryTarget): Maybe<InquiryAnswer>;
  isAvailable: boolean;
  /** Put into the body of each prepared request: a change makes a repeat differ. */
  salt: string;
}

export const succeeded = (more: Partial<ProviderOutcome> = {}): ProviderOutcome => ({
  kind: 'succeeded',
  sent: true,
  rawStatus: 'processed',
  providerReference: 'pout_1',
  utr: '000000000001',
  providerFeePaise: 300n,
  providerTaxPaise: 54n,
  ...more,
});
export const failed = (more: Partial<ProviderOutcome> = {}): ProviderOutcome => ({
  kind: 'failed',
  sent: true,
  rawStatus: 'failed',
  rawReason: 'bank_account_invalid',
  providerReference: 'pout_1',
  ...more,
});
export const reversed = (more: Partial<ProviderOutcome> = {}): ProviderOutcome => ({
  kind: 'reversed',
  sent: true,
  rawStatus: 'reversed',
  rawReason: 'beneficiary_bank_rejected',
  providerReference: 'pout_1',
  ...more,
});
export const pending = (more: Partial<ProviderOutcome> = {}): ProviderOutcome => ({
  kind: 'pending',
  sent: true,
  rawStatus: 'processing',
  providerReference: 'pout_1',
  ...more,
});
export const timedOut = (): ProviderOutcome => ({ kind: 'unknown', sent: true, rawStatus: '<timeout>' });
export const refused = (): ProviderOutcome => ({
  kind: 'unknown',
  sent: false,
  rawStatus: '<connection refused>',
});
export const notFound = (): InquiryAnswer => ({ kind: 'not_found', rawStatus: 'empty', httpStatus: 200 });

export function createScriptedConnector(name = PROVIDER): ScriptedConnector {
  const connector: ScriptedConnector = {
    name,
    sends: [],
    inquiries: [],
    registrations: [],
    isAvailable: true,
    salt: '',
    onAdmit: () => ({ ok: true }),
    onRegister: (details) => ({ ok: true, refs: { fund_account: `fa_${details.id}` } }),
    onSend: () => pending(),
    onInquire: () => pending(),
    admit: async () => connector.onAdmit(),
    payout: {
      notFound: { then: 'resend_same_key', keyLifeMs: 6 * DAY_MS },
      callsToRegister: (known) => (known.fund_account === undefined ? 1 : 0),
      async registerBeneficiary(details) {
        connector.registrations.push(details);
        return connector.onRegister(details);
      },
      prepare: (instruction) => prepare(instruction, connector.salt),
      async send(instruction, prepared, options) {
        connector.sends.push({ instruction, body: prepared.body, options });
        return connector.onSend(instruction, options);
      },
      async inquire(target) {
        connector.inquiries.push(target);
        return connector.onInquire(target);
      },
    },
    checkCallback,
    parseCallback,
    async *statement() {
      /* no lines */
    },
    available: () => connector.isAvailable,
    close: async () => undefined,
  };
  return connector;
}

/** The bytes of a request: everything that the instruction says. */
export function prepare(instruction: PayoutInstruction, salt = ''): PreparedRequest {
  const body = JSON.stringify({ ...instruction, amountPaise: instruction.amountPaise.toString(), salt });
  return { body, bodyHash: createHash('sha256').update(body).digest() };
}

type MoneyField =
  | 'amountPaise'
  | 'providerFeePaise'
  | 'providerTaxPaise'
  | 'commissionPaise'
  | 'tdsPaise'
  | 'chargePaise'
  | 'chargeTaxPaise';

/** What a callback of the test provider says; amounts travel as text. */
export interface TestCallback {
  event: string;
  target?: {
    ourReference?: string;
    providerReference?: string;
    amountPaise?: string;
    refs?: Record<string, string>;
  };
  tellsReversal?: true;
  outcome?: Omit<ProviderOutcome, MoneyField> & Partial<Record<MoneyField, string>>;
}

export const callbackBody = (callback: TestCallback): Buffer => Buffer.from(JSON.stringify(callback));
export const signedHeaders = (eventId: string): Record<string, string> => ({
  'x-test-signature': 'genuine',
  'x-test-event-id': eventId,
});
export const unsignedHeaders = (eventId: string): Record<string, string> => ({ 'x-test-event-id': eventId });

/** `genuine` is signed, nothing is unsigned, anything else is forged. */
export function checkCallback(headers: Readonly<Record<string, string | undefined>>): CallbackCheck {
  const signature = headers['x-test-signature'];
  const eventId = headers['x-test-event-id'] ?? 'none';
  if (signature === undefined) return { verdict: 'unsigned', eventId };
  return signature === 'genuine'
    ? { verdict: 'signed', eventId }
    : { verdict: 'forged', reason: 'wrong signature' };
}

export function parseCallback(raw: Buffer): ParsedCallback {
  let json: TestCallback;
  try {
    json = JSON.parse(raw.toString('utf8')) as TestCallback;
  } catch {
    throw new DomainError('CALLBACK_MALFORMED');
  }
  const money = (text: string | undefined): bigint | undefined =>
    text === undefined ? undefined : BigInt(text);
  return {
    event: json.event,
    ...(json.tellsReversal === undefined ? {} : { tellsReversal: json.tellsReversal }),
    ...(json.target === undefined
      ? {}
      : { target: { ...json.target, amountPaise: money(json.target.amountPaise) } }),
    ...(json.outcome === undefined
      ? {}
      : {
          outcome: {
            ...json.outcome,
            amountPaise: money(json.outcome.amountPaise),
            providerFeePaise: money(json.outcome.providerFeePaise),
            providerTaxPaise: money(json.outcome.providerTaxPaise),
            commissionPaise: money(json.outcome.commissionPaise),
            tdsPaise: money(json.outcome.tdsPaise),
            chargePaise: money(json.outcome.chargePaise),
            chargeTaxPaise: money(json.outcome.chargeTaxPaise),
          },
        }),
  };
}
