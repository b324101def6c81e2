import { isAbsent, isIdOf, isText, present, reasonWord, UTR } from '../razorpay-forms';
import { isFields, isPaise, no, yes, type Fields, type Reading } from '../reading';

/**
 * Razorpay's orders and payments, read as if they were hostile: each field that we use is checked for type, form
 * and range, everything else is left alone. Who paid, and by which card or address, is not read at all.
 */
export interface Order {
  id: string;
  amountPaise: bigint;
  status: string;
  /** Ours, where the order was made with one. */
  receipt: string | undefined;
  createdAt: number;
}

export interface Payment {
  id: string;
  orderId: string | undefined;
  /** What the payer pays: with the fee on top where the payer bears it. */
  amountPaise: bigint;
  currency: string;
  status: string;
  /** It was taken for us; false of one that Razorpay gave back by itself. */
  wasCaptured: boolean;
  /** The fee with its tax, and the tax; both, or neither while they have not been taken. */
  feePaise: bigint | undefined;
  taxPaise: bigint | undefined;
  isFeeOnTop: boolean;
  refundedPaise: bigint;
  /** The reference of the bank or of UPI. */
  utr: string | undefined;
}

const STATUS = /^[a-z][a-z0-9_]{0,39}$/;
const CURRENCY = /^[A-Z]{3}$/;

export function readOrder(value: unknown): Reading<Order> {
  if (!isFields(value) || value.entity !== 'order') return no('entity');
  if (!isIdOf('order', value.id)) return no('id');
  if (!isPaise(value.amount) || value.amount < 1) return no('amount');
  if (value.currency !== 'INR') return no('currency');
  if (typeof value.status !== 'string' || !STATUS.test(value.status)) return no('status');
  if (!isAbsent(value.receipt) && !isText(value.receipt, 40)) return no('receipt');
  if (!isPaise(value.created_at)) return no('created_at');
  return yes({
    id: value.id,
    amountPaise: BigInt(value.amount),
    status: value.status,
    receipt: present(value.receipt),
    createdAt: value.created_at,
  });
}

export function readPayment(value: unknown): Reading<Payment> {
  if (!isFields(value) || value.entity !== 'payment') return no('entity');
  if (!isIdOf('pay', value.id)) return no('id');
  if (!isAbsent(value.order_id) && !isIdOf('order', value.order_id)) return no('order_id');
  if (!isPaise(value.amount) || value.amount < 1) return no('amount');
  if (typeof value.currency !== 'string' || !CURRENCY.test(value.currency)) return no('currency');
  if (typeof value.status !== 'string' || !STATUS.test(value.status)) return no('status');
  if (typeof value.captured !== 'boolean') return no('captured');
  const charge = readCharge(value);
  if (!charge.ok) return charge;
  if (!isAbsent(value.amount_refunded) && !isPaise(value.amount_refunded)) return no('amount_refunded');
  return yes({
    id: value.id,
    orderId: present(value.order_id),
    amountPaise: BigInt(value.amount),
    currency: value.currency,
    status: value.status,
    wasCaptured: value.captured,
    ...charge.value,
    refundedPaise: isAbsent(value.amount_refunded) ? 0n : BigInt(value.amount_refunded as number),
    utr: utrOf(isFields(value.acquirer_data) ? value.acquirer_data : {}),
  });
}

function readCharge(value: Fields): Reading<Pick<Payment, 'feePaise' | 'taxPaise' | 'isFeeOnTop'>> {
  if (!isAbsent(value.fee) && (!isPaise(value.fee) || value.fee > (value.amount as number))) return no('fee');
  if (!isAbsent(value.tax) && !isPaise(value.tax)) return no('tax');
  const [fee, tax] = [value.fee, value.tax].map((part) => (isAbsent(part) ? undefined : (part as number)));
  if ((fee === undefined) !== (tax === undefined) || (fee !== undefined && tax! > fee)) return no('tax');
  const bearer = reasonWord(value.fee_bearer);
  if (!isAbsent(value.fee_bearer) && bearer === undefined) return no('fee_bearer');
  return yes({
    feePaise: fee === undefined ? undefined : BigInt(fee),
    taxPaise: tax === undefined ? undefined : BigInt(tax),
    isFeeOnTop: bearer === 'customer',
  });
}

/** For people; an odd one must not hold up the money. */
function utrOf({ rrn, bank_transaction_id: bankId }: Fields): string | undefined {
  return [rrn, bankId].find((text): text is string => typeof text === 'string' && UTR.test(text));
}
