import type { TransactionId, UserId } from '../ids/ids';
import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { DomainError } from '../errors/errors';
import { AEPS_ERRORS } from './errors';
import { publicId, type Ids } from '../../platform/ids';
import { closeCases, openCases, transactionCase } from '../cases/cases';
import type { TransactionReader, TransactionView } from '../transactions/read';
import { cashNotHandedOut, notAcknowledged } from './keeper';
import type { AepsKind } from './request';

/**
 * The instruction to a terminal. Cash leaves the drawer only on `hand_out_cash`: never on a customer's
 * message of a debit, and never twice.
 */
export type Instruction =
  | 'hand_out_cash'
  | 'do_not_hand_out_cash'
  | 'treat_as_paid'
  | 'treat_as_unpaid'
  | 'none';

export interface WithdrawalView extends TransactionView {
  kind: AepsKind;
  instruction: Instruction;
  /** The terminal's statement about the cash. */
  acknowledgement: { cash_handed_out: boolean; at: string } | null;
  /** The one-time password that it went with. */
  otp_request: string | null;
  /** The one that the provider sent in its place: the next try goes with it. */
  next_otp_request: string | null;
}

export interface WithdrawalReader {
  /** Throws DomainError TRANSACTION_NOT_FOUND, also for transactions of another user or service. */
  get(userId: UserId, id: string): Promise<WithdrawalView>;
  /**
   * Notes, once, whether cash was handed out; the same answer again changes nothing. Throws DomainError
   * TRANSACTION_NOT_FOUND, AEPS_ACKNOWLEDGED_OTHERWISE.
   */
  acknowledge(userId: UserId, id: TransactionId, cashHandedOut: boolean): Promise<WithdrawalView>;
}

interface ReaderDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  transactions: TransactionReader;
}

export function createWithdrawalReader(deps: ReaderDependencies): WithdrawalReader {
  return {
    get: (userId, id) => readWithdrawal(deps, userId, id),
    async acknowledge(userId, id, cashHandedOut) {
      const before = await readWithdrawal(deps, userId, id);
      if (before.kind !== 'withdrawal')
        throw new DomainError('TRANSACTION_NOT_FOUND', { detail: 'only a withdrawal is acknowledged' });
      await deps.knex.transaction((trx) => noteAcknowledgement(trx, deps, before, { id, cashHandedOut }));
      const after = await readWithdrawal(deps, userId, id);
      if (after.acknowledgement?.cash_handed_out !== cashHandedOut)
        throw new DomainError(AEPS_ERRORS.AEPS_ACKNOWLEDGED_OTHERWISE, {
          detail: 'what was said first stands; tell support when it was wrong',
        });
      return after;
    },
  };
}

async function readWithdrawal(deps: ReaderDependencies, userId: UserId, id: string): Promise<WithdrawalView> {
  const view = await deps.transactions.get(userId, id);
  const [own] = await rows<{
    kind: AepsKind;
    cashHandedOut: boolean | null;
    acknowledgedAt: Date | null;
    otpId: string | null;
    nextOtpId: string | null;
  }>(
    deps.knex,
    `select w.kind, w.cash_handed_out as "cashHandedOut", w.acknowledged_at as "acknowledgedAt",
        w.otp_id as "otpId", o.id as "nextOtpId"
      from aeps_withdrawals w left join aeps_withdrawal_otps o on o.in_place_of = w.transaction_id
      where w.transaction_id = ?`,
    [id],
  );
  if (own === undefined) throw new DomainError('TRANSACTION_NOT_FOUND');
  const acknowledgement =
    own.cashHandedOut === null || own.acknowledgedAt === null
      ? null
      : { cash_handed_out: own.cashHandedOut, at: own.acknowledgedAt.toISOString() };
  return {
    ...view,
    kind: own.kind,
    instruction: instructionOf(own.kind, view.status, acknowledgement !== null),
    acknowledgement,
    otp_request: own.otpId === null ? null : publicId('aepsOtp', own.otpId),
    next_otp_request: own.nextOtpId === null ? null : publicId('aepsOtp', own.nextOtpId),
  };
}

/** Notes the first acknowledgement, and opens or closes the cases that follow from it. */
async function noteAcknowledgement(
  trx: Knex.Transaction,
  deps: ReaderDependencies,
  before: WithdrawalView,
  { id, cashHandedOut }: { id: TransactionId; cashHandedOut: boolean },
): Promise<void> {
  const now = deps.clock.now();
  const [noted] = await rows<{ checkedAt: Date | null }>(
    trx,
    `update aeps_withdrawals set cash_handed_out = ?, acknowledged_at = ?
      where transaction_id = ? and cash_handed_out is null returning checked_at as "checkedAt"`,
    [cashHandedOut, now, id],
  );
  if (noted === undefined) return;
  // Cash without a success is the agent's loss, and a sign of fraud or of a faulty terminal.
  if (cashHandedOut && before.status !== 'SUCCESS')
    await openCases(
      trx,
      deps.ids,
      [
        transactionCase(
          'aeps_cash_without_success',
          id,
          `the terminal says that cash was handed out while the withdrawal is ${before.status}`,
        ),
      ],
      now,
    );
  // The keeper looks once. What a terminal says before that is for the keeper; what comes later is for us, or
  // nobody would give the customer the money back.
  if (noted.checkedAt === null) return;
  await closeCases(trx, [notAcknowledged(id)], {
    by: 'terminal',
    note: `the terminal has said since that cash was ${cashHandedOut ? '' : 'not '}handed out`,
    at: now,
  });
  if (cashHandedOut) return;
  const [{ state }] = (await rows<{ state: string }>(trx, 'select state from transactions where id = ?', [
    id,
  ])) as [{ state: string }];
  if (state === 'succeeded') await openCases(trx, deps.ids, [cashNotHandedOut(id)], now);
}

/** The instruction to the terminal for a transaction in this public status. */
export function instructionOf(
  kind: AepsKind,
  status: TransactionView['status'],
  isAcknowledged: boolean,
): Instruction {
  if (kind === 'merchant_payment') return status === 'SUCCESS' ? 'treat_as_paid' : 'treat_as_unpaid';
  if (status !== 'SUCCESS') return 'do_not_hand_out_cash';
  return isAcknowledged ? 'none' : 'hand_out_cash';
}
