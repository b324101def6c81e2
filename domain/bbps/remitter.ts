import { fieldError } from '../errors/errors';
import { BBPS_ERRORS } from './errors';
import type { Remitter } from './port';

/**
 * Who pays, and with what. NPCI asks both of every bill payment: the name of the person whose money it is, and
 * the account behind it in the form of its mode.
 */

interface CounterMode {
  /** Whose money it is. The customer's name is known from the fetch; the agent has to be named. */
  payer: 'customer' | 'agent';
  /** What the payer's account is named by. Cash has none, and the agent's wallet goes by the counter's mobile. */
  account: 'vpa' | 'bank_account' | null;
}

/**
 * The modes that a counter (channel `AGT`) may offer. Cards and Aadhaar are left out: their numbers would have
 * to be sent and kept.
 */
const COUNTER_MODES = {
  Cash: { payer: 'customer', account: null },
  UPI: { payer: 'customer', account: 'vpa' },
  Wallet: { payer: 'agent', account: null },
  'Bharat QR': { payer: 'customer', account: 'bank_account' },
} as const satisfies Record<string, CounterMode>;

export type PaymentMode = keyof typeof COUNTER_MODES;
export const PAYMENT_MODES = Object.keys(COUNTER_MODES) as PaymentMode[];

/** As a caller gives it. */
export interface GivenRemitter {
  name?: string;
  vpa?: string;
  account?: { number: string; ifsc: string };
}

/**
 * The remitter of a payment. Where the customer pays and nobody is named, it is the customer. Throws DomainError
 * BBPS_REMITTER_REQUIRED without a name, BBPS_REMITTER_ACCOUNT_INVALID when the account is not the one that the
 * mode asks for.
 */
export function remitterOf(
  mode: PaymentMode,
  given: GivenRemitter | undefined,
  customer: { name: string | null },
): Remitter {
  const { payer, account }: CounterMode = COUNTER_MODES[mode];
  const name = given?.name ?? (payer === 'customer' ? customer.name : null);
  if (name === null)
    throw fieldError(
      BBPS_ERRORS.BBPS_REMITTER_REQUIRED,
      '#/remitter/name',
      payer === 'agent'
        ? `with ${mode} the agent pays: give the agent's name`
        : 'give the name of the customer who pays, here or as customer.name when the bill is fetched',
    );
  refuseUnlessAsked('vpa', { mode, account, isGiven: given?.vpa !== undefined });
  refuseUnlessAsked('bank_account', { mode, account, isGiven: given?.account !== undefined });
  return { name, vpa: given?.vpa ?? null, account: given?.account ?? null };
}

const FIELDS = {
  vpa: { pointer: '#/remitter/vpa', what: 'the VPA that the customer pays from' },
  bank_account: {
    pointer: '#/remitter/account_number',
    what: 'account_number and ifsc of the account that the customer pays from',
  },
} as const;

function refuseUnlessAsked(
  kind: keyof typeof FIELDS,
  { mode, account, isGiven }: Pick<CounterMode, 'account'> & { mode: PaymentMode; isGiven: boolean },
): void {
  const isAsked = account === kind;
  if (isAsked === isGiven) return;
  const { pointer, what } = FIELDS[kind];
  throw fieldError(
    BBPS_ERRORS.BBPS_REMITTER_ACCOUNT_INVALID,
    pointer,
    isAsked
      ? `with ${mode} give ${what}`
      : `${mode} takes none: leave it out, or choose another payment mode`,
  );
}
