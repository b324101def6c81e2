import type { TransactionId, UserId } from '../ids/ids';
import type { Knex } from 'knex';
import { addMs } from '../../platform/clock';
import { rows } from '../../platform/database';
import { publicId } from '../../platform/ids';
import { formatRupees } from '../../platform/money';
import { DomainError, fieldError, type FieldProblem } from '../errors/errors';
import { AEPS_ERRORS } from './errors';
import { readOtp, readOtpInPlace, type OtpFacts, type WithdrawalOtp } from './otp-rows';
import type { WithdrawalOtpRule } from './policy';
import type { AepsOrder } from './request';

/** Whether a withdrawal may go out with the one-time password that it names, or without one. */
export interface OtpQuestion {
  order: Pick<AepsOrder, 'otpId'>;
  facts: OtpFacts;
  rule: WithdrawalOtpRule;
  /** The customer's reference at an instant: it is another one in each month. */
  customerRefAt: (at: Date) => Buffer;
  now: Date;
}

/**
 * The provider's id of the one-time password; undefined for a withdrawal that needs none. Under the agent's lock:
 * the same one is asked for by one withdrawal at a time. Throws DomainError AEPS_OTP_REQUIRED, AEPS_OTP_UNKNOWN,
 * AEPS_OTP_NOT_SENT, AEPS_OTP_OTHER, AEPS_OTP_USED, AEPS_OTP_EXPIRED, AEPS_WITHDRAWAL_UNDECIDED.
 */
export async function otpFor(trx: Knex.Transaction, question: OtpQuestion): Promise<string | undefined> {
  const { order, facts, customerRefAt, now } = question;
  if (order.otpId === undefined) {
    await refuseWithoutOtp(trx, question);
    return undefined;
  }
  const otp = await readOtp(trx, facts.userId, order.otpId);
  if (otp === undefined)
    throw fieldError(
      AEPS_ERRORS.AEPS_OTP_UNKNOWN,
      '#/otp_request',
      'there is none of this id; ask for one: POST /v1/aeps/withdrawal-otps',
    );
  refuseOtherOrder(otp, question);
  if (otp.providerReference === null)
    throw new DomainError(AEPS_ERRORS.AEPS_OTP_NOT_SENT, { detail: `${ASK_ANEW}; this one is ${otp.state}` });
  if (otp.usedBy !== null)
    throw new DomainError(AEPS_ERRORS.AEPS_OTP_USED, {
      detail: `one is good for one try, and this one went with ${publicId('transaction', otp.usedBy)}; ${ASK_ANEW}`,
    });
  if (otp.expiresAt! <= now)
    throw new DomainError(AEPS_ERRORS.AEPS_OTP_EXPIRED, {
      detail: `it was good until ${otp.expiresAt!.toISOString()}; ${ASK_ANEW}`,
    });
  await refuseUndecided(trx, facts.userId, { customerRefAt, now });
  return otp.providerReference;
}

const ASK_ANEW = 'ask for a new one (POST /v1/aeps/withdrawal-otps), and capture the finger with it';

async function refuseWithoutOtp(
  trx: Knex.Transaction,
  { facts, rule: { abovePaise }, now }: OtpQuestion,
): Promise<void> {
  const sent = await readOtpInPlace(trx, facts, now);
  if (sent !== undefined)
    throw fieldError(
      AEPS_ERRORS.AEPS_OTP_REQUIRED,
      '#/otp_request',
      'the customer has been sent a one-time password for this withdrawal: capture the finger with it, and send ' +
        `otp_request ${publicId('aepsOtp', sent.id)}`,
    );
  if (facts.amountPaise > abovePaise)
    throw fieldError(
      AEPS_ERRORS.AEPS_OTP_REQUIRED,
      '#/otp_request',
      `above ${formatRupees(abovePaise)} the customer needs a one-time password: POST /v1/aeps/withdrawal-otps, ` +
        'put it into PidOptions, capture the finger, and send the id as otp_request',
    );
}

function refuseOtherOrder(otp: WithdrawalOtp, { facts, customerRefAt }: OtpQuestion): void {
  const isOfCustomer = otp.customerRef.equals(customerRefAt(otp.createdAt));
  const same: readonly (readonly [pointer: string, isSame: boolean])[] = [
    ['#/amount', otp.amountPaise === facts.amountPaise],
    ['#/customer/mobile', otp.customer.equals(facts.customer)],
    ['#/customer/bank', otp.bank === facts.bank],
    ['#/terminal/id', otp.terminalId === facts.terminalId],
    ['#/terminal/latlong', otp.latMicro === facts.latMicro && otp.longMicro === facts.longMicro],
    ['#/aadhaar', isOfCustomer],
  ];
  const errors = same.flatMap(([pointer, isSame]): FieldProblem[] =>
    isSame
      ? []
      : [
          {
            pointer,
            code: AEPS_ERRORS.AEPS_OTP_OTHER.code,
            detail: 'must be what the password was sent for',
          },
        ],
  );
  if (errors.length > 0)
    throw new DomainError(AEPS_ERRORS.AEPS_OTP_OTHER, {
      detail: 'send what it was sent for, or ask for a new one: POST /v1/aeps/withdrawal-otps',
      errors,
    });
}

/** Nothing is known yet of these: another try could take the customer's money a second time. */
const UNDECIDED = `('accepted', 'held', 'dispatched')`;
/** Shorter than any month, so that the customer's references of its two ends are all there are in between. */
const LOOKED_BACK_MS = 28 * 24 * 60 * 60_000;

/**
 * The rule of the provider: what is pending or unheard is inquired about before another try. Throws DomainError
 * AEPS_WITHDRAWAL_UNDECIDED.
 */
export async function refuseUndecided(
  db: Knex | Knex.Transaction,
  userId: UserId,
  { customerRefAt, now }: Pick<OtpQuestion, 'customerRefAt' | 'now'>,
): Promise<void> {
  const [found] = await rows<{ id: TransactionId }>(
    db,
    `select t.id from aeps_withdrawals w join transactions t on t.id = w.transaction_id
      where w.user_id = ? and w.customer_ref in (?, ?) and w.kind = 'withdrawal' and t.state in ${UNDECIDED}
      order by w.created_at limit 1`,
    [userId, customerRefAt(now), customerRefAt(addMs(now, -LOOKED_BACK_MS))],
  );
  if (found !== undefined)
    throw new DomainError(AEPS_ERRORS.AEPS_WITHDRAWAL_UNDECIDED, {
      detail: `ask about ${publicId('transaction', found.id)} until it is final; then try again`,
      retryAfterS: 2,
    });
}
