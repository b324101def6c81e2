import { payeeOfBill, type PaidBill } from '../../domain/bbps/payee';
import type { Caller } from '../../domain/auth/api-keys';
import type { NewBeneficiary } from '../../domain/beneficiaries/beneficiaries';
import type { Payees } from '../../domain/payees/payees';
import type { UserId } from '../../domain/ids/ids';
import { publicId } from '../../platform/ids';
import { paiseFromJson, type Paise } from '../../platform/money';
import type { Risk, ShownRisk } from '../../domain/step-up/confirmations';
import { askedBeneficiary } from '../schemas/asked-payout';
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
export function payoutRisk({ amount, account }: PaidOut): ShownRisk {
  const shared = { action: 'payout', amountPaise: paiseFromJson(amount) } as const;
  if (account.kind === 'vpa') {
    const vpa = account.address.toLowerCase();
    const [name = '', handle = ''] = vpa.split('@');
    return { ...shared, payee: `vpa ${vpa}`, payeeShown: `${name.slice(0, 2)}***@${handle}` };
  }
  const { accountNumber, ifsc } = account;
  return {
    ...shared,
    payee: `account ${accountNumber} ${ifsc}`,
    payeeShown: `account ending ${accountNumber.slice(-4)}`,
  };
}
type PaidOut = Pick<PayoutBody, 'amount'> & Pick<NewBeneficiary, 'account'>;

/** The same, of an order that spells the beneficiary out or names one that the user keeps. */
export async function riskOfPayout(
  { userId }: Pick<Caller, 'userId'>,
  order: Pick<PayoutBody, 'amount' | 'beneficiary' | 'beneficiary_id'>,
  payees: Pick<Payees, 'open' | 'isNew'>,
): Promise<ShownRisk> {
  const asked = askedBeneficiary(order);
  const { account } = 'id' in asked ? await payees.open(userId, asked.id) : asked;
  const isNewPayee = await payees.isNew(userId, asked);
  return { ...payoutRisk({ amount: order.amount, account }), isNewPayee };
}

/** Many payouts at once: whoever is in the file. A file has new payees as a rule, and is confirmed as one of them. */
export function payoutFileRisk(amountPaise: Paise, id: string, lines: number): ShownRisk {
  return {
    action: 'payout',
    amountPaise,
    payee: `file ${id}`,
    payeeShown: `${lines} payouts of a file`,
    isNewPayee: true,
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
