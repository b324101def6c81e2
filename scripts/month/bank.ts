/** The statement of our bank account for each day: what retailers bring, what Setu settles, and lines that nobody explains. */
import { addMs } from '../../platform/clock';
import { rupeesFromPaise } from '../../platform/decimal';
import { settlementOf, type ExpectedBreak } from './expected';
import type { MonthPlan } from './plan';
import type { ProviderBooks } from './books';
import type { WrittenOrder } from './write';
import { BANK, fund, type MonthWorld } from './world';

/** By this mapping of `mapped_csv` the file is read. */
export const BANK_MAPPING = {
  ...{ dates: 'dmy', date: 'Date', narration: 'Particulars', debit: 'Withdrawals', credit: 'Deposits' },
  ...{ reference: 'Ref No', balance: 'Balance' },
};
const HEADER = 'Date,Particulars,Ref No,Withdrawals,Deposits,Balance';
const BROUGHT_PAISE = 100_000n;

export interface BankDay {
  text: string;
  expected: ExpectedBreak[];
}

export interface MonthBank {
  /** The statement of a day. `written`: the orders so far. */
  day(day: number, date: string, written: readonly WrittenOrder[]): Promise<BankDay>;
}

export function openBank(
  world: MonthWorld,
  { plan, books, balancePaise }: { plan: MonthPlan; books: ProviderBooks; balancePaise: bigint },
): MonthBank {
  let balance = balancePaise;
  return {
    async day(day, date, written) {
      const lines: string[] = [];
      const expected: ExpectedBreak[] = [];
      const add = (reference: string, paise: bigint): void => {
        balance += paise;
        const rupees = rupeesFromPaise(paise < 0n ? -paise : paise);
        const sides = paise < 0n ? [rupees, ''] : ['', rupees];
        const [year, month, dayOfMonth] = date.split('-');
        lines.push(
          [`${dayOfMonth}/${month}/${year}`, 'TRANSFER', reference, ...sides, rupeesFromPaise(balance)].join(
            ',',
          ),
        );
      };
      const note = (subject: string, kind: string, gapPaise: bigint): void => {
        const isCarried = kind.startsWith('bank_');
        expected.push({
          ...{ source: BANK, subject, kind, day, gapPaise, suspensePaise: isCarried ? gapPaise : 0n },
          ...{ isOpen: true, hasCase: true },
        });
      };
      const brought = referenceOf(1, day);
      await fund(world, world.retailers[day % world.retailers.length]!, BROUGHT_PAISE, brought);
      add(brought, BROUGHT_PAISE);
      const { settlementDiffersPaise, unknownCreditPaise, unknownDebitPaise } = plan.banks[day]!;
      for (const product of ['billpay', 'recharge'] as const) {
        const source = product === 'billpay' ? 'setu_bbps' : 'setu_recharge';
        const settled = settlementOf(source, day - 1, written);
        const paid = settled.paidPaise + (product === 'billpay' ? settlementDiffersPaise : 0n);
        if (settled.paidPaise === 0n || paid <= 0n) continue;
        const utr = books.setu.ids.settlementUtr(product, addMs(world.clock.now(), 0).getTime());
        add(utr, paid);
        if (settled.rows === 0) note(utr, 'bank_credit_unmatched', paid);
        else if (paid !== settled.reportedPaise)
          note(
            utr,
            paid < settled.reportedPaise ? 'settlement_short' : 'settlement_excess',
            paid - settled.reportedPaise,
          );
      }
      for (const [n, paise] of [unknownCreditPaise, -unknownDebitPaise].entries()) {
        if (paise === 0n) continue;
        const reference = referenceOf(2 + n, day);
        add(reference, paise);
        note(reference, paise > 0n ? 'bank_credit_unmatched' : 'bank_debit_unmatched', paise);
      }
      return { text: `${[HEADER, ...lines].join('\n')}\n`, expected };
    },
  };
}

const referenceOf = (kind: number, day: number): string => `MNTHN26${kind}${String(day).padStart(8, '0')}`;
