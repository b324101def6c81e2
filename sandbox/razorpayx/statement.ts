import { bytes, createNumberColumn, createPaiseColumn, words } from '../book/columns';

/** A row of the account's statement. `slot` is that of the payout or, of the other kinds, their own count. */
export interface StatementRow {
  kind: (typeof KINDS)[number];
  slot: number;
  amountPaise: bigint;
  balancePaise: bigint;
  at: number;
}

export interface Statement {
  readonly count: number;
  readonly balancePaise: bigint;
  readonly creditsPaise: bigint;
  readonly debitsPaise: bigint;
  /**
   * Adds a row and changes the balance: payouts, withdrawals and fees debit it, the others credit it. Throws
   * RangeError below zero.
   */
  add(kind: StatementRow['kind'], slot: number, amountPaise: bigint, at: number): void;
  row(index: number): StatementRow;
}

const KINDS = ['deposit', 'payout', 'reversal', 'withdrawal', 'fees'] as const;
const DEBITS: ReadonlySet<StatementRow['kind']> = new Set(['payout', 'withdrawal', 'fees']);

export const isDebit = ({ kind }: Pick<StatementRow, 'kind'>): boolean => DEBITS.has(kind);

export function createStatement(): Statement {
  const kinds = createNumberColumn(bytes);
  const slots = createNumberColumn(words);
  const times = createNumberColumn(words);
  const amounts = createPaiseColumn();
  const balances = createPaiseColumn();
  let count = 0;
  let creditsPaise = 0n;
  let debitsPaise = 0n;
  return {
    get count() {
      return count;
    },
    get balancePaise() {
      return creditsPaise - debitsPaise;
    },
    get creditsPaise() {
      return creditsPaise;
    },
    get debitsPaise() {
      return debitsPaise;
    },
    add(kind, slot, amountPaise, at) {
      if (!isDebit({ kind })) creditsPaise += amountPaise;
      else if (amountPaise > creditsPaise - debitsPaise)
        throw new RangeError('nothing may overdraw the account');
      else debitsPaise += amountPaise;
      kinds.set(count, KINDS.indexOf(kind));
      slots.set(count, slot);
      times.set(count, at);
      amounts.set(count, amountPaise);
      balances.set(count, creditsPaise - debitsPaise);
      count += 1;
    },
    row: (i) => ({
      kind: KINDS[kinds.get(i)]!,
      slot: slots.get(i),
      amountPaise: amounts.get(i),
      balancePaise: balances.get(i),
      at: times.get(i),
    }),
  };
}
