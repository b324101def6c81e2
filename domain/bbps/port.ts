import type { Provider } from '../provider/provider';
import type { Paise } from '../../platform/money';
import type { DeskAnswer, DispatchCalls, InstructionBase, ProviderCallOptions } from '../provider/calls';

export type FetchRequirement = 'mandatory' | 'optional' | 'not_supported';
/** How the amount paid relates to the bill's: NPCI's payment amount exactness. */
export type Exactness = 'exact' | 'exact_and_above' | 'exact_and_below' | 'any' | 'range';

export interface Category {
  id: string;
  name: string;
}
/**
 * A parameter that a biller asks the customer for. `pattern` is the provider's own regular expression: it is
 * run by a linear-time engine only.
 */
export interface BillerParameter {
  name: string;
  label: string;
  dataType: 'NUMERIC' | 'ALPHANUMERIC';
  isOptional: boolean;
  pattern: string | null;
  minLength: number | null;
  maxLength: number | null;
}
/** The convenience fee of payments from one amount to another, both included. */
export interface ConvenienceFee {
  flatPaise: Paise;
  percentBps: number;
  fromPaise: Paise;
  toPaise: Paise | null;
}
/** The least and the most of one payment in a payment mode, both included. */
export interface ModeLimit {
  mode: string;
  minPaise: Paise | null;
  maxPaise: Paise | null;
}
export interface Biller {
  id: string;
  name: string;
  category: string;
  fetch: FetchRequirement;
  exactness: Exactness;
  /** Limits of an amount that the biller states. */
  minPaise: Paise | null;
  maxPaise: Paise | null;
  parameters: BillerParameter[];
  /** Payment modes that the biller takes, as the provider words them (`Cash`, `Wallet`). */
  paymentModes: string[];
  /** What the biller takes in one payment of a mode, where it says so: in cash less than by UPI. */
  modeLimits: readonly ModeLimit[];
  /**
   * The customer convenience fee that the biller asks for, passed on whole, before GST. Its slabs do not overlap;
   * an amount in none of them has no fee.
   */
  convenienceFees: readonly ConvenienceFee[];
  isAvailable: boolean;
}

/** The location of customer and agent, as the channel requires. */
export interface Counter {
  agentId: string;
  terminalId: string;
  mobile: string;
  geocode: string;
  pincode: string;
  ip: string;
}
export interface CustomerParameter {
  name: string;
  value: string;
}
export interface Bill {
  amountPaise: Paise;
  billNumber: string | null;
  billDate: string | null;
  dueDate: string | null;
  period: string | null;
  customerName: string | null;
  minPaise: Paise | null;
  maxPaise: Paise | null;
  multiplePaise: Paise | null;
}
/** A bill that was fetched. `refId` ties the payment to it at the provider. */
export interface FetchedBill {
  refId: string;
  state: 'processing' | 'fetched' | 'failed';
  bills: Bill[];
  exactness: Exactness | null;
  reason: string | null;
  additional: CustomerParameter[];
}

/**
 * The person whose money pays the bill, and the account behind it: a VPA with UPI, a bank account with Bharat QR,
 * none with cash and with the agent's wallet.
 */
export interface Remitter {
  name: string;
  vpa: string | null;
  account: { number: string; ifsc: string } | null;
}

export interface BillInstruction extends InstructionBase {
  biller: { id: string; category: string };
  customer: { mobile: string; name: string | null; parameters: CustomerParameter[] };
  counter: Counter;
  paymentMode: string;
  /** Null for payments that were accepted before it was asked for: a repeat of one says what it said then. */
  remitter: Remitter | null;
  /** The provider's reference of the fetch, where there was one. */
  fetchRef: string | null;
  /** The bill that is paid, as it was fetched. */
  bill: Bill | null;
  /** Passed on to the biller, GST included; in the amount that the provider takes. */
  convenienceFeePaise: Paise;
  /** Ours, GST included; told to the provider, kept by us. */
  ownFeePaise: Paise;
  acceptedAt: Date;
}

/** The parts of a paid bill that its receipt shows. */
export interface BillReceipt {
  bbpsReference: string | null;
  approvalReference: string | null;
}

/** Dispositions of NPCI's ticket API, D11 to D32. */
export const DISPOSITIONS = [
  'service-not-received',
  'service-disconnected',
  'late-payment-surcharge',
  'paid-to-wrong-account',
  'double-payment',
  'wrong-amount',
  'payment-info-delay',
  'account-not-updated',
] as const;
export type Disposition = (typeof DISPOSITIONS)[number];
export interface Complaint {
  refId: string;
  disputeId: string | null;
  status: string;
  assignedTo: string | null;
  /** `YYYY-MM-DD` */ dueOn: string | null;
  remarks: string | null;
}

/** A ticket in the provider's list, with NPCI's code of its disposition where it says it. */
export interface ListedComplaint extends Complaint {
  npciCode: string | null;
}

/** A provider that may offer this service. */
export interface OffersBills extends Provider {
  readonly bbps?: BillCalls;
}

/** Bill payment through the Bharat Bill Payment System. */
export interface BillCalls extends DispatchCalls<BillInstruction> {
  /**
   * The first attempt to pay a fetched bill goes under the reference that we gave its fetch; a later one
   * under its own.
   */
  readonly paysUnderFetchReference?: true;
  categories(options?: ProviderCallOptions): Promise<DeskAnswer<Category[]>>;
  billers(category: string, options?: ProviderCallOptions): Promise<DeskAnswer<Biller[]>>;
  /** With its parameters, which a list may leave out. */
  biller(id: string, options?: ProviderCallOptions): Promise<DeskAnswer<Biller>>;
  /**
   * Starts a fetch; a provider that answers at once gives `fetched`. `ourReference` is fresh for each fetch.
   */
  startFetch(
    request: {
      ourReference: string;
      biller: Pick<Biller, 'id' | 'category'>;
      customer: BillInstruction['customer'];
      counter: Counter;
    },
    options?: ProviderCallOptions,
  ): Promise<DeskAnswer<FetchedBill>>;
  /** The status of a fetch that was `processing`. */
  fetched(refId: string, options?: ProviderCallOptions): Promise<DeskAnswer<FetchedBill>>;
  /** Complaints are missing where the provider has none. */
  complain?(
    transactionReference: string,
    disposition: Disposition,
    description: string,
    options?: ProviderCallOptions,
  ): Promise<DeskAnswer<Complaint>>;
  complaint?(refId: string, options?: ProviderCallOptions): Promise<DeskAnswer<Complaint>>;
  /**
   * Every ticket about the payment that we gave this reference, the oldest first; `ok` only when all of them
   * were read.
   */
  complaintsAbout?(
    ourReference: string,
    options?: ProviderCallOptions,
  ): Promise<DeskAnswer<ListedComplaint[]>>;
}
