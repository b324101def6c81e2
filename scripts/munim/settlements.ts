import fs from 'node:fs/promises';
import { FILE_CANCEL, FILE_RELEASE, type FileAsked, type FileRow } from '../../domain/settlements/files';
import { rupeesFromPaise } from '../../platform/decimal';
import { isCalendarDay } from '../../platform/clock';
import { publicId } from '../../platform/ids';
import { shownApproval } from './approvals';
import { EVIDENCE, REASON, textOption, UsageError, type Command } from './command';
import { BANK, SETTLEMENT_ANSWERS } from './settlement-answers';

/** What goes from wallets to bank accounts (docs/settlement.md). */

const LISTED_BATCHES = 60;
const LISTED_ITEMS = 1_000;

const LISTED_FILES = 100;
/** It names accounts: nobody else on the machine may read it. */
const OWNER_ALONE = 0o600;

function numberIn(argument: string): bigint {
  if (!/^[1-9]\d{0,17}$/.test(argument)) throw new UsageError('FILE is the number of a file: 12');
  return BigInt(argument);
}

const shownFile = (file: FileRow): Readonly<Record<string, unknown>> => ({
  ...{ file: file.number.toString(), bank: file.bank, layout: file.layout, state: file.state },
  ...{ lines: file.itemCount, rupees: rupeesFromPaise(file.totalPaise), made_at: file.madeAt },
  made_by: publicId('user', file.madeBy),
});

function proposes(name: string, summary: string, action: FileAsked['action']): Command {
  return {
    name,
    permission: 'settlements.propose',
    summary,
    argument: 'FILE',
    options: { reason: REASON, evidence: EVIDENCE },
    async run({ operations, by, argument, ...context }) {
      const proposal = await operations.settlements.fileProposal({
        ...{ number: numberIn(argument), action },
        ...{ reason: textOption(context, 'reason'), evidence: textOption(context, 'evidence') },
      });
      return shownApproval(await operations.approvals.propose(proposal, by));
    },
  };
}

const FILES: readonly Command[] = [
  {
    name: 'settlement file',
    permission: 'settlements.propose',
    summary: 'makes a file to our bank of what waits for one; another person releases it',
    options: { bank: BANK },
    run: async ({ operations, by, ...context }) =>
      shownFile(await operations.settlements.make(textOption(context, 'bank'), by)),
  },
  proposes(
    'settlement release',
    'proposes that a file goes to the bank; another person than its maker approves it',
    FILE_RELEASE,
  ),
  proposes(
    'settlement cancel',
    'proposes that a file does not count, of which the bank has nothing; its settlements go into the next',
    FILE_CANCEL,
  ),
  {
    name: 'settlement write',
    permission: 'settlements.propose',
    summary: 'writes a released file, once, into a new file',
    argument: 'FILE',
    options: { to: { what: 'where it is written; nothing may be there', isRequired: true } },
    async run({ operations, by, argument, ...context }) {
      const to = textOption(context, 'to');
      const number = numberIn(argument);
      // Opened first: what is given out once is not lost for a path that cannot be written.
      const handle = await fs.open(to, 'wx', OWNER_ALONE);
      try {
        const { text } = await operations.settlements.write(number, by);
        await handle.writeFile(text);
        await handle.sync();
      } catch (error) {
        await fs.rm(to, { force: true });
        throw error;
      } finally {
        await handle.close();
      }
      return { file: argument, written: to };
    },
  },
  {
    name: 'settlement files',
    permission: 'settlements.read',
    summary: 'the files to our banks, the newest first',
    options: {},
    run: async ({ operations }) =>
      (await operations.settlements.files({ limit: LISTED_FILES })).data.map(shownFile),
  },
];

export const SETTLEMENTS: readonly Command[] = [
  ...FILES,
  ...SETTLEMENT_ANSWERS,
  {
    name: 'settlement list',
    permission: 'settlements.read',
    summary: 'the batches of settlements, the newest first: how much of each is paid and how much came back',
    options: {},
    run: async ({ operations }) =>
      (await operations.settlements.batches({ limit: LISTED_BATCHES })).data.map((batch) => ({
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
    summary: 'the settlements of a business day, in the order in which they were made',
    argument: 'DAY',
    options: {},
    async run({ operations, argument }) {
      if (!isCalendarDay(argument)) throw new UsageError('DAY is a date: 2026-11-28');
      const page = await operations.settlements.itemPage({ day: argument }, { limit: LISTED_ITEMS });
      return page.data.map((item) => ({
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
