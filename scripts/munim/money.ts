import { ADJUSTMENT_CAUSES, fundsProposal, type FundsAction } from '../../domain/funds/funds';
import { receiptProposal, RECEIVABLES, SHORT_CAUSES } from '../../domain/funds/receipts';
import {
  optionalText,
  REASON,
  EVIDENCE,
  textOption,
  UsageError,
  type Command,
  type CommandContext,
  type OptionDefinition,
} from './command';
import { shownApproval } from './approvals';
import { readRupees, readUser } from './read-ids';

/**
 * Money by the word of persons. Each command proposes; munim approval approve, by another person, posts it.
 */

const AMOUNT: OptionDefinition = { what: 'the amount in rupees, such as 1500.00', isRequired: true };
const REFERENCE: OptionDefinition = {
  what: "reference of the line in the bank's statement; it is booked once",
  isRequired: true,
};
const BANK: OptionDefinition = {
  what: 'our bank account by its name in the books: escrow',
  isRequired: true,
};
const PROVIDER: OptionDefinition = { what: 'razorpayx, cashfree, eko or setu', isRequired: true };
/** One of the two. */
const AGAINST: Readonly<Record<string, OptionDefinition>> = {
  cause: { what: `${ADJUSTMENT_CAUSES.join(', ')}: at our expense, or to its good` },
  provider: { what: 'instead of a cause: against the suspense account of this provider' },
};
const USER: OptionDefinition = { what: 'the user, usr_…', isRequired: true };

function proposes(
  name: string,
  summary: string,
  action: FundsAction,
  own: Readonly<Record<string, OptionDefinition>>,
): Command {
  return {
    name,
    permission: 'funds.propose',
    summary: `${summary}; another person approves it`,
    options: { ...own, rupees: AMOUNT, reference: REFERENCE, reason: REASON, evidence: EVIDENCE },
    async run({ operations, by, ...context }) {
      const user = optionalText(context, 'user');
      const cause = causeIn(context);
      const proposal = fundsProposal({
        action,
        amountPaise: readRupees(textOption(context, 'rupees')),
        reference: textOption(context, 'reference'),
        bank: optionalText(context, 'bank'),
        provider: optionalText(context, 'provider'),
        ...(user === undefined ? {} : { userId: readUser(user) }),
        ...(cause === undefined ? {} : { cause }),
        reason: textOption(context, 'reason'),
        evidence: textOption(context, 'evidence'),
      });
      return shownApproval(await operations.approvals.propose(proposal, by));
    },
  };
}

function causeIn(context: Pick<CommandContext, 'given'>): (typeof ADJUSTMENT_CAUSES)[number] | undefined {
  const given = optionalText(context, 'cause');
  const cause = ADJUSTMENT_CAUSES.find((one) => one === given);
  if (given !== undefined && cause === undefined)
    throw new UsageError(`--cause is one of ${ADJUSTMENT_CAUSES.join(', ')}`);
  return cause;
}

/** One of a list of words. */
function oneOf<Word extends string>(words: readonly Word[], name: string, given: string): Word {
  const found = words.find((word) => word === given);
  if (found === undefined) throw new UsageError(`--${name} is one of ${words.join(', ')}`);
  return found;
}

const RECEIVED: Command = {
  name: 'receivable receipt',
  permission: 'funds.propose',
  summary:
    'books what a provider has paid to our bank of what it owes us: principal, commission, refunds; another person approves it',
  options: {
    provider: PROVIDER,
    of: { what: `for what it owes: ${RECEIVABLES.join(', ')}`, isRequired: true },
    bank: BANK,
    rupees: AMOUNT,
    reference: REFERENCE,
    short: { what: 'what is missing of it, in rupees, where that is explained; else it stays owed' },
    cause: { what: `why it is missing: ${SHORT_CAUSES.join(', ')}` },
    reason: REASON,
    evidence: EVIDENCE,
  },
  async run({ operations, by, ...context }) {
    const [short, cause] = [optionalText(context, 'short'), optionalText(context, 'cause')];
    if ((short === undefined) !== (cause === undefined))
      throw new UsageError('--short and --cause are given together');
    const proposal = receiptProposal({
      provider: textOption(context, 'provider'),
      of: oneOf(RECEIVABLES, 'of', textOption(context, 'of')),
      bank: textOption(context, 'bank'),
      amountPaise: readRupees(textOption(context, 'rupees')),
      reference: textOption(context, 'reference'),
      ...(short === undefined || cause === undefined
        ? {}
        : { short: { paise: readRupees(short), cause: oneOf(SHORT_CAUSES, 'cause', cause) } }),
      reason: textOption(context, 'reason'),
      evidence: textOption(context, 'evidence'),
    });
    return shownApproval(await operations.approvals.propose(proposal, by));
  },
};

export const MONEY: readonly Command[] = [
  RECEIVED,
  proposes('bank opening', 'books what the owners have brought to our bank account', 'bank.opening', {
    bank: BANK,
  }),
  proposes('float opening', 'books what a provider held for us before the books began', 'float.opening', {
    provider: PROVIDER,
  }),
  proposes('float top-up', 'books money that we moved from our bank to a provider', 'float.top_up', {
    provider: PROVIDER,
    bank: BANK,
  }),
  proposes('float withdrawal', 'books money that went back from a provider to our bank', 'float.withdrawal', {
    provider: PROVIDER,
    bank: BANK,
  }),
  proposes('float fees', 'books fees that a provider collected from our account with it', 'float.fees', {
    provider: PROVIDER,
  }),
  proposes('wallet credit', 'credits a wallet with money that came to our bank', 'wallet.credit', {
    user: USER,
    bank: BANK,
  }),
  proposes('wallet debit', 'books money that a user was given back from our bank', 'wallet.debit', {
    user: USER,
    bank: BANK,
  }),
  proposes('adjustment credit', 'puts a wallet right by adding to it', 'adjustment.credit', {
    user: USER,
    ...AGAINST,
  }),
  proposes('adjustment debit', 'puts a wallet right by taking from it', 'adjustment.debit', {
    user: USER,
    ...AGAINST,
  }),
  proposes('wallet collect', 'moves money of a user from the AEPS wallet to the main one', 'wallet.collect', {
    user: USER,
  }),
];
