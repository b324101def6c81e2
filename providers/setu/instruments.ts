import type { BillInstruction } from '../../domain/bbps/port';

/**
 * `paymentDetails.accountInfo`: what NPCI is told about the source of the money ("Remitter & Account Info",
 * section 4.1). The forms are: remarks for cash, `<wallet>|<mobile>`, the VPA, `<IFSC>|<account>`.
 */

const CASH_REMARKS = 'Cash at the agent';
const WALLET_NAME = 'Munim';
const VPA = /^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+$/;
const BANK_ACCOUNT = /^[A-Z]{4}0[A-Z0-9]{6}\|[A-Za-z0-9]+$/;

interface Instrument {
  form: RegExp;
  least: number;
  of(payer: Pick<BillInstruction, 'counter' | 'remitter'>): string | undefined;
}
const MOST = 50;

/**
 * The modes of the channel AGT ("Initiating Channel & Eligible Payment modes") whose instrument we may send.
 * Cards and AEPS are among its modes too: a card or Aadhaar number would have to stand in `accountInfo`.
 */
const INSTRUMENTS: Readonly<Record<string, Instrument>> = {
  Cash: { form: /^[ -~]+$/, least: 1, of: () => CASH_REMARKS },
  Wallet: {
    form: /^[A-Za-z0-9 ]+\|\d+$/,
    least: 12,
    of: ({ counter }) => `${WALLET_NAME}|${counter.mobile}`,
  },
  UPI: { form: VPA, least: 3, of: ({ remitter }) => remitter?.vpa ?? undefined },
  'Bharat QR': {
    form: BANK_ACCOUNT,
    least: 3,
    of: ({ remitter }) =>
      remitter?.account ? `${remitter.account.ifsc}|${remitter.account.number}` : undefined,
  },
};
export const AGENT_MODES: ReadonlySet<string> = new Set(Object.keys(INSTRUMENTS));

/** Undefined where the remitter does not have what the mode asks for, or not in its form. */
export function accountInfoOf(
  mode: string,
  payer: Pick<BillInstruction, 'counter' | 'remitter'>,
): string | undefined {
  const instrument = INSTRUMENTS[mode];
  const info = instrument?.of(payer);
  if (instrument === undefined || info === undefined) return undefined;
  return info.length >= instrument.least && info.length <= MOST && instrument.form.test(info)
    ? info
    : undefined;
}
