import { rupeesFromPaise } from '../../platform/decimal';
import { publicId } from '../../platform/ids';
import { UsageError, type Command } from './command';

/** What goes from wallets to bank accounts (docs/settlement.md). */

const LISTED_BATCHES = 60;
const LISTED_ITEMS = 1_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

export const SETTLEMENTS: readonly Command[] = [
  {
    name: 'settlement list',
    permission: 'settlements.read',
    summary: 'the batches of settlements, the newest first: how much of each is paid and how much came back',
    options: {},
    run: async ({ operations }) =>
      (await operations.settlements.batches(LISTED_BATCHES)).map((batch) => ({
        ...{ day: batch.businessDate, cutoff_at: batch.cutoffAt, wallet: batch.walletKind },
        ...{ by: batch.paysBy, made: batch.isMade, items: batch.items },
        rupees: rupeesFromPaise(batch.totalPaise),
        pending: batch.pending,
        paid_rupees: rupeesFromPaise(batch.paidPaise),
        back_rupees: rupeesFromPaise(batch.backPaise),
      })),
  },
  {
    name: 'settlement show',
    permission: 'settlements.read',
    summary: 'the settlements of a business day, those that wait first',
    argument: 'DAY',
    options: {},
    async run({ operations, argument }) {
      if (!DAY.test(argument)) throw new UsageError('DAY is a date: 2026-11-28');
      return (await operations.settlements.items(argument, LISTED_ITEMS)).map((item) => ({
        settlement: publicId('settlementItem', item.id),
        status: item.status,
        user: publicId('user', item.userId),
        wallet: item.walletKind,
        rupees: rupeesFromPaise(item.amountPaise),
        fee_rupees: rupeesFromPaise(item.feePaise + item.taxPaise),
        account: item.hint,
        utr: item.utr,
        transaction: item.transactionId === null ? null : publicId('transaction', item.transactionId),
      }));
    },
  },
];
