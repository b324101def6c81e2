/**
 * Bills are derived from the biller and the customer's parameters, so a repeated fetch on the same day
 * returns the same bill. Money is paise.
 */
import { createHash } from 'node:crypto';
import type { Param } from '../entries';
import { addDays, istDate } from '../times';
import type { Biller, Exactness } from './catalogue';

export interface PaymentOption {
  name: string;
  amountPaise: bigint | null;
  minPaise?: bigint;
  maxPaise?: bigint;
  multiplePaise?: bigint;
}

export interface Bill {
  number: string;
  amountPaise: bigint;
  billDate: string;
  dueDate: string;
  period: string;
  customerName: string;
  minPaise?: bigint;
  maxPaise?: bigint;
  multiplePaise?: bigint;
  options?: PaymentOption[];
}

/**
 * No bills for billers that only validate the customer. Amounts are ₹100 to ₹5,000, in whole rupees for
 * RANGE.
 */
export function billsFor(biller: Biller, params: readonly Param[], atMs: number): Bill[] {
  if (biller.fetchApiType !== 'BILL_FETCH') return [];
  const seed = createHash('sha256')
    .update([biller.id, ...params.map((p) => p.value)].join('|'))
    .digest();
  const count = biller.responseType === 'LIST' ? 3 : 1;
  return Array.from({ length: count }, (_, i) => makeBill(biller, seed, i, atMs));
}

function makeBill(biller: Biller, seed: Buffer, i: number, atMs: number): Bill {
  const amountPaise = 10_000n + BigInt(seed.readUInt32BE(i * 4) % 490_000);
  const digits = String(seed.readUInt32BE(i * 4 + 12) % 1_000_000_000).padStart(9, '0');
  const bill: Bill = {
    number: `${biller.id.slice(0, 4)}${digits}`,
    amountPaise,
    billDate: istDate(addDays(atMs, -7 - i)),
    dueDate: istDate(addDays(atMs, 8 - i)),
    period: 'MONTHLY',
    customerName: `Test Customer ${seed.readUInt16BE(28)}`,
  };
  if (biller.exactness === 'RANGE')
    return {
      ...bill,
      amountPaise: (amountPaise / 100n) * 100n,
      minPaise: 10_000n,
      maxPaise: 1_000_000n,
      multiplePaise: 100n,
    };
  if (biller.responseType === 'SELECTIVE') return { ...bill, options: selectiveOptions(amountPaise) };
  return bill;
}

function selectiveOptions(amountPaise: bigint): PaymentOption[] {
  return [
    { name: 'Minimum Due', amountPaise: amountPaise / 20n },
    { name: 'Previous Balance', amountPaise: amountPaise / 2n },
    {
      name: 'Custom Amount',
      amountPaise: null,
      minPaise: 100n,
      maxPaise: amountPaise * 2n,
      multiplePaise: 100n,
    },
  ];
}

/** Whether an amount may be paid for a bill. */
export function isPayable(
  exactness: Exactness,
  bill: Pick<Bill, 'amountPaise' | 'minPaise' | 'maxPaise' | 'multiplePaise'>,
  amountPaise: bigint,
): boolean {
  if (bill.multiplePaise !== undefined && amountPaise % bill.multiplePaise !== 0n) return false;
  switch (exactness) {
    case 'Exact':
      return amountPaise === bill.amountPaise;
    case 'Exact and above':
      return amountPaise >= bill.amountPaise;
    case 'Exact and below':
      return amountPaise <= bill.amountPaise;
    case 'RANGE':
      return amountPaise >= (bill.minPaise ?? 1n) && amountPaise <= (bill.maxPaise ?? amountPaise);
    case 'Any':
      return true;
    default:
      return exactness satisfies never;
  }
}
