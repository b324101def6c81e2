import { TAXES, type TaxDueView } from '../../domain/remittances/desk';
import { remitProposal } from '../../domain/remittances/remit';
import { rupeesFromPaise } from '../../platform/decimal';
import { shownApproval } from './approvals';
import { EVIDENCE, optionalText, REASON, textOption, UsageError, type Command } from './command';
import { readRupees } from './read-ids';

/** The taxes that we owe to the state (docs/settlement.md#taxes). */

const LISTED = 24;

const shownDue = (due: TaxDueView): Readonly<Record<string, unknown>> => ({
  ...{
    tax: due.tax,
    month: due.month.slice(0, 7),
    section: due.section,
    code: due.paymentCode,
    form: due.form,
  },
  rupees: rupeesFromPaise(due.liabilityPaise),
  remitted_rupees: rupeesFromPaise(due.remittedPaise),
  owed_rupees: rupeesFromPaise(due.owedPaise),
  due_on: due.dueOn,
});

export const TAX_COMMANDS: readonly Command[] = [
  {
    name: 'tax dues',
    permission: 'settlements.read',
    summary: 'TDS and GST by month: what came, what was remitted, what is owed up to it, and by when',
    options: {},
    run: async ({ operations }) => (await operations.taxes.dues(LISTED)).map(shownDue),
  },
  {
    name: 'tax remit',
    permission: 'settlements.propose',
    summary: 'books tax that was paid to the state, with its challan; another person approves it',
    argument: 'TAX',
    options: {
      month: { what: 'of which month: 2026-11', isRequired: true },
      section: { what: 'of TDS: 393(1)-1(ii)' },
      rupees: {
        what: 'what the bank paid, such as 1500.00; 0.00 where --input pays all of it',
        isRequired: true,
      },
      input: { what: 'of GST: tax on our own purchases that is set against it, in rupees' },
      challan: {
        what: 'the number of the challan; of the return where the bank paid nothing',
        isRequired: true,
      },
      paid: { what: 'on which day it was paid: 2026-12-07', isRequired: true },
      bank: { what: 'our bank account by its name in the books: escrow; none where it paid nothing' },
      reference: { what: "reference of the line in the bank's statement; it is booked once" },
      reason: REASON,
      evidence: EVIDENCE,
    },
    async run({ operations, by, argument, ...context }) {
      const tax = TAXES.find((one) => one === argument);
      if (tax === undefined) throw new UsageError(`TAX is one of ${TAXES.join(', ')}`);
      const [section, input] = [optionalText(context, 'section'), optionalText(context, 'input')];
      const proposal = remitProposal({
        ...{ tax, month: textOption(context, 'month'), ...(section === undefined ? {} : { section }) },
        amountPaise: readRupees(textOption(context, 'rupees')),
        inputPaise: input === undefined ? 0n : readRupees(input),
        ...{ challanNo: textOption(context, 'challan'), paidOn: textOption(context, 'paid') },
        ...{ bank: optionalText(context, 'bank'), reference: optionalText(context, 'reference') },
        ...{ reason: textOption(context, 'reason'), evidence: textOption(context, 'evidence') },
      });
      return shownApproval(await operations.approvals.propose(proposal, by));
    },
  },
];
