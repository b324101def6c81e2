import { payeeOfBill, type PaidBill } from '../../domain/bbps/payee';
import type { UserId } from '../../domain/ids/ids';
import { publicId } from '../../platform/ids';
import { paiseFromJson, type Paise } from '../../platform/money';
import type { Risk, ShownRisk } from '../../domain/step-up/confirmations';
import type { PayoutBody } from '../schemas/payouts';

/**
 * What an order risks: its amount, and whoever is paid. Made from the order, and from what was confirmed before it; the
 * two must be the same.
 */

/** A transfer between wallets: the user who gets it. */
export function transferRisk({ amountPaise, toUser }: { amountPaise: Paise; toUser: UserId }): ShownRisk {
  return {
    action: 'transfer',
    amountPaise,
    payee: `user ${toUser}`,
    payeeShown: `user ending ${publicId('user', toUser).slice(-6)}`,
  };
}

/** A payout: the account or address that is paid, whatever its holder is called. */
export function payoutRisk({ amount, beneficiary }: Pick<PayoutBody, 'amount' | 'beneficiary'>): ShownRisk {
  const { account_number: account, ifsc, vpa } = beneficiary;
  const shared = { action: 'payout', amountPaise: paiseFromJson(amount) } as const;
  if (vpa !== undefined) {
    const [name = '', handle = ''] = vpa.toLowerCase().split('@');
    return { ...shared, payee: `vpa ${vpa.toLowerCase()}`, payeeShown: `${name.slice(0, 2)}***@${handle}` };
  }
  return {
    ...shared,
    payee: `account ${account!} ${ifsc!.toUpperCase()}`,
    payeeShown: `account ending ${account!.slice(-4)}`,
  };
}

/** A money transfer: the recipient, for all its parts together. */
export function moneyTransferRisk(amountPaise: Paise, recipientId: string): Risk {
  return { action: 'dmt', amountPaise, payee: `recipient ${recipientId}` };
}

/** A bill: the one of a fetch, or the customer of a biller. */
export function billRisk(amountPaise: Paise, bill: PaidBill): Risk {
  return { action: 'bbps', amountPaise, payee: payeeOfBill(bill) };
}

/** A recharge: the number. */
export function rechargeRisk(amountPaise: Paise, mobile: string): ShownRisk {
  return {
    action: 'recharge',
    amountPaise,
    payee: `mobile ${mobile}`,
    payeeShown: `mobile ending ${mobile.slice(-4)}`,
  };
}
