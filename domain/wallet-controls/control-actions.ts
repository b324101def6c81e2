import type { Knex } from 'knex';
import { userId, type UserId } from '../ids/ids';
import { publicId } from '../../platform/ids';
import { MAX_AMOUNT_PAISE, type Paise } from '../../platform/money';
import { insertOne } from '../../platform/sql';
import type { ApprovalDetail, ApprovalModel } from '../approvals/approval.model';
import type { ApprovalAction, Proposal } from '../approvals/approvals';
import { DomainError } from '../errors/errors';
import { WALLET_KINDS, type WalletKind } from '../ledger/accounts';
import { findLien, isFrozen, liftFreeze, releaseLien, walletOf } from './control-rows';
import { invalid, refusalOf, type ControlDependencies, type Wallet } from './controls';
import { CONTROL_ERRORS } from './errors';

type ActionDependencies = Pick<ControlDependencies, 'knex' | 'clock'>;

/**
 * What two persons decide about a wallet: that money may go again, and that it may be spent before it is there.
 *   wallet.unfreeze   lifts the freeze
 *   lien.release      releases a lien before its time
 *   credit_line.set   the balance may go below zero by this much; nothing: no more
 */
interface Said {
  reason: string;
  evidence: string;
}

export function unfreezeProposal({ userId: user, kind, ...said }: Wallet & Said): Proposal {
  const subject = `wallet.unfreeze:${user}:${kind}`;
  return { action: 'wallet.unfreeze', subject, detail: { user, kind }, ...said };
}

export function lienReleaseProposal({ id, ...said }: { id: string } & Said): Proposal {
  return { action: 'lien.release', subject: `lien:${id}`, detail: { lien: id }, ...said };
}

/** Of the main wallet. Throws DomainError REQUEST_FIELD_INVALID. */
export function creditLineProposal(given: { userId: UserId; limitPaise: Paise } & Said): Proposal {
  const { userId: user, limitPaise, ...said } = given;
  if (limitPaise < 0n || limitPaise > MAX_AMOUNT_PAISE)
    throw invalid('the limit must be from nothing to 1,000 crore');
  const detail = { user, amount_paise: limitPaise.toString() };
  return { action: 'credit_line.set', subject: `credit_line:${user}`, detail, ...said };
}

/** What approvals of this capability do. Each locks what it changes, and looks at it again there. */
export function createControlActions(deps: ActionDependencies): Readonly<Record<string, ApprovalAction>> {
  const { knex, clock } = deps;
  return {
    'wallet.unfreeze': {
      async look({ detail }) {
        const { walletId } = await walletOf(knex, ...walletIn(detail));
        if (!(await isFrozen(knex, walletId))) throw new DomainError(CONTROL_ERRORS.WALLET_NOT_FROZEN);
        return {};
      },
      async carryOut(trx, { detail }, by) {
        const { walletId } = await walletOf(trx, ...walletIn(detail));
        if (!(await liftFreeze(trx, { walletId, by: by.userId, at: clock.now() })))
          throw new DomainError(CONTROL_ERRORS.WALLET_NOT_FROZEN);
        return done({ unfrozen: String(detail.kind) });
      },
    },
    'lien.release': {
      async look({ detail }) {
        const lien = await findLien(knex, String(detail.lien));
        if (lien === undefined) throw new DomainError(CONTROL_ERRORS.LIEN_NOT_FOUND);
        if (lien.releasedAt !== null) throw new DomainError(CONTROL_ERRORS.LIEN_RELEASED);
        const { amountPaise, reference, endsAt } = lien;
        if (endsAt === null) throw new DomainError(CONTROL_ERRORS.LIEN_OF_DISPUTE);
        return { amount_paise: amountPaise.toString(), reference, ends_at: endsAt.toISOString() };
      },
      async carryOut(trx, { detail }, by) {
        const id = String(detail.lien);
        if (!(await releaseLien(trx, { id, by: by.userId, at: clock.now() })))
          throw new DomainError(CONTROL_ERRORS.LIEN_RELEASED);
        return done({ released: publicId('lien', id) });
      },
    },
    'credit_line.set': {
      async look({ detail }) {
        const { balancePaise, limitPaise } = await walletOf(knex, userId(String(detail.user)), 'main');
        return { limit_before_paise: limitPaise.toString(), balance_paise: balancePaise.toString() };
      },
      carryOut: (trx, approval, by) => setCreditLine(trx, deps, approval, by.userId),
    },
  };
}

async function setCreditLine(
  trx: Knex.Transaction,
  { clock }: ActionDependencies,
  { detail, reason }: ApprovalModel,
  by: UserId,
): ReturnType<ApprovalAction['carryOut']> {
  const { walletId, limitPaise } = await walletOf(trx, userId(String(detail.user)), 'main');
  if (limitPaise.toString() !== detail.limit_before_paise)
    throw new DomainError(CONTROL_ERRORS.CREDIT_LINE_CHANGED);
  const amount = String(detail.amount_paise);
  try {
    await insertOne(trx, 'wallet_credit_lines', {
      wallet_id: walletId,
      limit_paise: BigInt(amount),
      reason,
      set_by: by,
      set_at: clock.now(),
    });
  } catch (error) {
    throw refusalOf(error);
  }
  return done({ limit_paise: amount });
}

const done = (result: ApprovalDetail) => ({ journalId: null, result });

function walletIn({ user, kind }: ApprovalDetail): [UserId, WalletKind] {
  const known = WALLET_KINDS.find((one) => one === kind);
  if (known === undefined) throw new DomainError('WALLET_NOT_FOUND');
  return [userId(String(user)), known];
}
