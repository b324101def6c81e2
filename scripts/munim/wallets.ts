import { WALLET_KINDS, type WalletKind } from '../../domain/ledger/accounts';
import {
  creditLineProposal,
  lienReleaseProposal,
  unfreezeProposal,
} from '../../domain/wallet-controls/control-actions';
import { rupeesFromPaise } from '../../platform/decimal';
import { publicId } from '../../platform/ids';
import { shownApproval } from './approvals';
import {
  EVIDENCE,
  optionalText,
  REASON,
  textOption,
  UsageError,
  type Command,
  type CommandContext,
} from './command';
import { readId, readRupees, readUser } from './read-ids';

/** What holds money back in wallets, and how far they may be overdrawn. */

const KIND = { what: `${WALLET_KINDS.join(', ')}; without it, main` } as const;
const LISTED = 500;

function walletIn(context: CommandContext): { userId: ReturnType<typeof readUser>; kind: WalletKind } {
  const given = optionalText(context, 'wallet') ?? 'main';
  const kind = WALLET_KINDS.find((one) => one === given);
  if (kind === undefined) throw new UsageError(`--wallet is one of ${WALLET_KINDS.join(', ')}`);
  return { userId: readUser(context.argument), kind };
}

const saidIn = (context: CommandContext) => ({
  reason: textOption(context, 'reason'),
  evidence: textOption(context, 'evidence'),
});

const FREEZES: readonly Command[] = [
  {
    name: 'wallet freeze',
    permission: 'wallets.hold',
    summary: 'lets nothing be taken from a wallet any more, at once',
    argument: 'USER',
    options: { wallet: KIND, reason: REASON },
    async run(context) {
      const wallet = walletIn(context);
      const reason = textOption(context, 'reason');
      await context.operations.walletControls.freeze({ ...wallet, reason }, context.by);
      return { user: context.argument, wallet: wallet.kind, status: 'frozen' };
    },
  },
  {
    name: 'wallet unfreeze',
    permission: 'funds.propose',
    summary: 'lifts the freeze of a wallet; another person approves it',
    argument: 'USER',
    options: { wallet: KIND, reason: REASON, evidence: EVIDENCE },
    async run(context) {
      const proposal = unfreezeProposal({ ...walletIn(context), ...saidIn(context) });
      return shownApproval(await context.operations.approvals.propose(proposal, context.by));
    },
  },
];

const LIENS: readonly Command[] = [
  {
    name: 'lien place',
    permission: 'wallets.hold',
    summary: 'keeps a sum in a wallet until the lien ends, at once',
    argument: 'USER',
    options: {
      wallet: KIND,
      rupees: { what: 'the sum in rupees, such as 1500.00; it may be more than there is', isRequired: true },
      reference: { what: 'of the order or the complaint; once for each wallet', isRequired: true },
      reason: REASON,
    },
    async run(context) {
      const { id, endsAt } = await context.operations.walletControls.lien(
        {
          ...walletIn(context),
          amountPaise: readRupees(textOption(context, 'rupees')),
          reference: textOption(context, 'reference'),
          reason: textOption(context, 'reason'),
        },
        context.by,
      );
      return { lien: publicId('lien', id), ends_at: endsAt };
    },
  },
  {
    name: 'lien list',
    permission: 'wallets.read',
    summary: 'the liens that stand, the one that ends next first',
    options: {},
    async run({ operations }) {
      const found = await operations.walletControls.liens(LISTED);
      return found.map((lien) => ({
        lien: publicId('lien', lien.id),
        user: publicId('user', lien.userId),
        wallet: lien.kind,
        rupees: rupeesFromPaise(lien.amountPaise),
        reference: lien.reference,
        reason: lien.reason,
        placed_at: lien.placedAt,
        ends_at: lien.endsAt,
      }));
    },
  },
  {
    name: 'lien release',
    permission: 'funds.propose',
    summary: 'ends a lien before its time; another person approves it',
    argument: 'LIEN',
    options: { reason: REASON, evidence: EVIDENCE },
    async run(context) {
      const proposal = lienReleaseProposal({ id: readId('lien', context.argument), ...saidIn(context) });
      return shownApproval(await context.operations.approvals.propose(proposal, context.by));
    },
  },
];

const CREDIT: readonly Command[] = [
  {
    name: 'credit-line set',
    permission: 'limits.propose',
    summary: 'lets a main wallet go below zero by so much; another person approves it',
    argument: 'USER',
    options: {
      rupees: { what: 'the limit in rupees, such as 50000.00; 0.00 ends it', isRequired: true },
      reason: REASON,
      evidence: EVIDENCE,
    },
    async run(context) {
      const limitPaise = readRupees(textOption(context, 'rupees'));
      const proposal = creditLineProposal({
        userId: readUser(context.argument),
        limitPaise,
        ...saidIn(context),
      });
      return shownApproval(await context.operations.approvals.propose(proposal, context.by));
    },
  },
  {
    name: 'credit-line report',
    permission: 'wallets.read',
    summary: 'who has a credit line, and what they owe us, the largest debt first',
    options: {},
    async run({ operations }) {
      const found = await operations.walletControls.creditReport();
      return found.map((line) => ({
        user: publicId('user', line.userId),
        limit: rupeesFromPaise(line.limitPaise),
        used: rupeesFromPaise(line.usedPaise),
        left: rupeesFromPaise(line.limitPaise - line.usedPaise),
        used_since: line.usedSince,
        set_at: line.setAt,
      }));
    },
  },
];

export const WALLETS: readonly Command[] = [...FREEZES, ...LIENS, ...CREDIT];
