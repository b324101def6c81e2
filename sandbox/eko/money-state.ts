/**
 * The money that Eko holds for us. Only transactions move it.
 * - The float (e-value): an accepted transfer, bill or recharge debits amount + fee − commission + TDS
 *   immediately, as the balances in the samples show. A failure, refund or reversal credits exactly that
 *   back.
 * - The AEPS balance of each agent: a successful withdrawal adds amount + commission − TDS, a settlement
 *   takes amount + fee.
 * - The use of the monthly limits by each sender and recipient, for the latest month.
 */
import type { Service, TxStatus, Usage } from './entries';
import type { TransactionState } from './transactions';

export type Purse = 'float' | 'aeps_in' | 'aeps_out' | 'none';

const PURSES: Readonly<Record<Service, Purse>> = {
  dmt: 'float',
  bbps: 'float',
  recharge: 'float',
  aeps_withdrawal: 'aeps_in',
  aeps_statement: 'aeps_in',
  aeps_balance: 'none',
  settlement: 'aeps_out',
};

type Money = Pick<TransactionState, 'service' | 'amountPaise' | 'feePaise' | 'commissionPaise' | 'tdsPaise'>;

/** The amount that a transaction takes from the float, or adds to or takes from an AEPS balance. */
export function turnoverOf({ service, amountPaise, feePaise, commissionPaise, tdsPaise }: Money): bigint {
  switch (PURSES[service]) {
    case 'float':
      return amountPaise + feePaise - commissionPaise + tdsPaise;
    case 'aeps_in':
      return (service === 'aeps_withdrawal' ? amountPaise : 0n) + commissionPaise - tdsPaise;
    case 'aeps_out':
      return amountPaise + feePaise;
    case 'none':
      return 0n;
    default:
      throw new RangeError('an unknown service');
  }
}

/**
 * Whether a transaction in this status has moved its money: debits from acceptance on, AEPS credits only on
 * success.
 */
const isMoved = (purse: Purse, status: TxStatus): boolean =>
  purse === 'aeps_in' ? status === '0' : status === '0' || status === '2' || status === '3';

export interface MoneyState {
  readonly balancePaise: bigint;
  readonly debitsPaise: bigint;
  readonly creditsPaise: bigint;
  aepsPaise(user: string): bigint;
  readonly aepsTotalPaise: bigint;
  deposit(amountPaise: bigint): void;
  begin(state: TransactionState): void;
  move(before: TransactionState, to: TxStatus): void;
  count(usage: Usage): void;
  free(usage: Usage): void;
  usedPaise(month: string, who: { sender: string } | { account: string }): bigint;
}

export function createMoneyState(): MoneyState {
  const aeps = new Map<string, bigint>();
  const used = new Map<string, { month: string; paise: bigint }>();
  let balancePaise = 0n;
  let debitsPaise = 0n;
  let creditsPaise = 0n;

  function change(state: TransactionState, isBegun: boolean): void {
    const purse = PURSES[state.service];
    const turnover = turnoverOf(state);
    if (purse === 'float') {
      balancePaise += isBegun ? -turnover : turnover;
      if (isBegun) debitsPaise += turnover;
      else creditsPaise += turnover;
    } else if (purse !== 'none') {
      const isGain = (purse === 'aeps_in') === isBegun;
      aeps.set(state.user ?? '', (aeps.get(state.user ?? '') ?? 0n) + (isGain ? turnover : -turnover));
    }
  }

  function note(key: string, month: string, paise: bigint): void {
    const known = used.get(key);
    if (known === undefined || known.month < month) used.set(key, { month, paise: paise > 0n ? paise : 0n });
    else if (known.month === month) known.paise += paise;
  }

  return {
    get balancePaise() {
      return balancePaise;
    },
    get debitsPaise() {
      return debitsPaise;
    },
    get creditsPaise() {
      return creditsPaise;
    },
    aepsPaise: (user) => aeps.get(user) ?? 0n,
    get aepsTotalPaise() {
      return [...aeps.values()].reduce((sum, paise) => sum + paise, 0n);
    },
    deposit(amountPaise) {
      balancePaise += amountPaise;
    },
    begin(state) {
      if (isMoved(PURSES[state.service], state.status)) change(state, true);
    },
    move(before, to) {
      const purse = PURSES[before.service];
      const was = isMoved(purse, before.status);
      if (was !== isMoved(purse, to)) change(before, !was);
    },
    count({ month, sender, account, amount }) {
      note(`s${sender}`, month, BigInt(amount));
      note(`a${account}`, month, BigInt(amount));
    },
    free({ month, sender, account, amount }) {
      note(`s${sender}`, month, -BigInt(amount));
      note(`a${account}`, month, -BigInt(amount));
    },
    usedPaise(month, who) {
      const known = used.get('sender' in who ? `s${who.sender}` : `a${who.account}`);
      return known?.month === month ? known.paise : 0n;
    },
  };
}
