/** Orders and payments in memory, found by their numbers and receipts. An order takes about 1 kB. */
import type { Notes } from '../razorpayx/entries';
import type { ScenarioCode } from '../scenarios';
import type { Method, MoveEntry, OrderEntry, OrderStatus, PaymentEntry, PaymentStatus } from './entries';

export interface Order {
  n: number;
  amountPaise: bigint;
  receipt: string | null;
  notes: Notes;
  scenario: ScenarioCode;
  /** Completed steps of its scenario. */
  step: number;
  steppedAtMs: number;
  hash: string;
  atMs: number;
  /** Numbers of its payments, oldest first. */
  payments: number[];
}

export interface Payment {
  n: number;
  order: number;
  amountPaise: bigint;
  method: Method;
  feePaise: bigint;
  taxPaise: bigint;
  isFeeOnTop: boolean;
  status: PaymentStatus;
  /** It was captured at some time: its fee was taken. */
  wasCaptured: boolean;
  reason: string | null;
  isLate: boolean;
  atMs: number;
  movedAtMs: number;
}

export function createTables() {
  const orders: Order[] = [];
  const payments: Payment[] = [];
  const byReceipt = new Map<string, Order[]>();

  function addOrder({ n, at, amount, receipt, notes, hash, scenario }: OrderEntry): void {
    const row: Order = {
      ...{ n, receipt, notes, hash, scenario },
      amountPaise: BigInt(amount),
      step: 0,
      steppedAtMs: at,
      atMs: at,
      payments: [],
    };
    orders.push(row);
    if (receipt !== null) byReceipt.set(receipt, [...(byReceipt.get(receipt) ?? []), row]);
  }

  function addPayment({ n, at, order, amount, method, fee, tax, onTop }: PaymentEntry): void {
    payments.push({
      ...{ n, order, method },
      amountPaise: BigInt(amount),
      feePaise: BigInt(fee),
      taxPaise: BigInt(tax),
      isFeeOnTop: onTop === true,
      status: 'created',
      wasCaptured: false,
      reason: null,
      isLate: false,
      atMs: at,
      movedAtMs: at,
    });
    orders[order]!.payments.push(n);
  }

  return {
    addOrder,
    addPayment,
    movePayment({ n, at, to, reason, late }: MoveEntry): void {
      const row = payments[n]!;
      Object.assign(row, {
        status: to,
        movedAtMs: at,
        reason: reason ?? null,
        isLate: late === true,
        wasCaptured: row.wasCaptured || to === 'captured',
      });
    },
    takeStep(n: number, at: number, step: number): void {
      Object.assign(orders[n]!, { step, steppedAtMs: at });
    },
    orders: (): readonly Order[] => orders,
    order: (n: number): Order => orders[n]!,
    payments: (): readonly Payment[] => payments,
    payment: (n: number): Payment => payments[n]!,
    /** Oldest first. */
    paymentsOf: ({ payments: numbers }: Order): Payment[] => numbers.map((n) => payments[n]!),
    ofReceipt: (receipt: string): readonly Order[] => byReceipt.get(receipt) ?? [],
    /** `paid` stays, also when the payment is given back. */
    statusOf({ payments: numbers }: Order): OrderStatus {
      if (numbers.some((n) => payments[n]!.wasCaptured)) return 'paid';
      return numbers.length === 0 ? 'created' : 'attempted';
    },
  };
}

export type Rows = Omit<
  ReturnType<typeof createTables>,
  'addOrder' | 'addPayment' | 'movePayment' | 'takeStep'
>;
