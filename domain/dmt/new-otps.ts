import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';
import type { Ids } from '../../platform/ids';
import type { Paise } from '../../platform/money';
import { insertOne, updateWhere } from '../../platform/sql';
import { DomainError } from '../errors/errors';
import type { TransactionId, UserId } from '../ids/ids';
import { sendNow } from '../lifecycle/drives';
import type { Due } from '../lifecycle/due';
import { lockTransactionsForUpdate } from '../lifecycle/moves';
import type { OtpSends } from '../otp/sends';
import type { OtpTries } from '../otp/tries';
import { answered } from '../provider/desk';
import type { Desk } from './desk';
import { DMT_ERRORS } from './errors';
import { otpLifeMs } from './quote';
import type { Policies } from '../policies/policies';
import type { Recipients } from './recipients';
import { TRANSFER_OTP } from './sealed';
import type { Senders } from './senders';

/**
 * The new one-time password of a part that was stopped before it was sent, and let go by two persons: the first was
 * erased. It is asked for and given while the part waits in `held`; after that time the money goes back.
 */
export interface NewOtps {
  /**
   * Has it sent to the sender. Throws DomainError TRANSACTION_NOT_FOUND, DMT_NEW_OTP_NOT_AWAITED, RATE_LIMITED, and what
   * Senders.open, Recipients.refOf and `answered` throw.
   */
  send(userId: UserId, id: TransactionId): Promise<{ otpId: string; expiresAt: Date }>;
  /**
   * The part is sent with it; nothing happens for one that was given already. Throws DomainError TRANSACTION_NOT_FOUND,
   * DMT_NEW_OTP_NOT_AWAITED, DMT_OTP_REFERENCE_INVALID, DMT_OTP_EXPIRED, OTP_TRIES_USED_UP, and what Senders.open throws.
   */
  give(userId: UserId, id: TransactionId, given: { otpId: string; otp: string }): Promise<Due[]>;
}

export interface NewOtpDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  cipher: FieldCipher;
  policies: Policies;
  desk: Desk;
  senders: Senders;
  recipients: Recipients;
  otpSends: OtpSends;
  otpTries: OtpTries;
}

interface Part {
  senderId: string;
  recipientId: string;
  amountPaise: Paise;
  until: Date | null;
  givenId: string | null;
  isUnsent: boolean;
}

export function createNewOtps(deps: NewOtpDependencies): NewOtps {
  return {
    async send(userId, id) {
      const { senderId, recipientId, amountPaise } = requireAwaited(deps, await read(deps.knex, userId, id));
      const sender = await deps.senders.open(userId, senderId);
      const recipientRef = await deps.recipients.refOf(senderId, recipientId);
      // The validity counts from before it is sent, so ours never outlasts the provider's.
      const createdAt = deps.clock.now();
      const expiresAt = addMs(createdAt, otpLifeMs(deps.policies));
      const options = deps.desk.options({ who: userId, transactionId: id });
      const [sent] = await deps.otpSends.send(
        'dmt_transfer',
        { phones: sender.phones, caller: userId, subject: `${recipientRef}:${amountPaise}` },
        [
          () =>
            answered(deps.desk.calls().sendTransferOtp(sender.mobile, recipientRef, amountPaise, options)),
        ],
      );
      const otpId = deps.ids.uuid();
      await insertOne(deps.knex, 'dmt_otp_requests', {
        id: otpId,
        user_id: userId,
        sender_id: senderId,
        recipient_id: recipientId,
        amount_paise: amountPaise,
        provider_ref: sent!.otpRef,
        created_at: createdAt,
        expires_at: expiresAt,
        transaction_id: id,
      });
      return { otpId, expiresAt };
    },
    async give(userId, id, given) {
      const part = await read(deps.knex, userId, id);
      if (part.givenId === given.otpId) return [];
      const { senderId } = requireAwaited(deps, part);
      const { phones } = await deps.senders.open(userId, senderId);
      const expiresAt = await requireSent(deps, userId, { id, otpId: given.otpId });
      const tried = await deps.otpTries.take('dmt_transfer', { phones, caller: userId }, { n: 1 });
      try {
        return [await deps.knex.transaction((trx) => store(trx, deps, { userId, id, ...given, expiresAt }))];
      } catch (error) {
        if (error instanceof DomainError) await tried.notAsked();
        throw error;
      }
    },
  };
}

async function store(
  trx: Knex.Transaction,
  deps: NewOtpDependencies,
  given: { userId: UserId; id: TransactionId; otpId: string; otp: string; expiresAt: Date },
): Promise<Due> {
  await lockTransactionsForUpdate(trx, [given.id]);
  requireAwaited(deps, await read(trx, given.userId, given.id));
  await updateWhere(
    trx,
    'dmt_transfers',
    {
      new_otp_request_id: given.otpId,
      otp_sealed: deps.cipher.seal(given.otp, TRANSFER_OTP.place(given.id)),
      otp_expires_at: given.expiresAt,
    },
    { transaction_id: given.id },
  );
  return sendNow(trx, given.id, deps.clock.now());
}

async function read(db: Knex | Knex.Transaction, userId: UserId, id: TransactionId): Promise<Part> {
  const [part] = await rows<Part>(
    db,
    `select d.sender_id as "senderId", d.recipient_id as "recipientId", d.amount_paise as "amountPaise",
       d.new_otp_until as "until", d.new_otp_request_id as "givenId",
       t.state = 'held' and t.attempt_no = 0 as "isUnsent"
     from dmt_transfers d join transactions t on t.id = d.transaction_id
     where d.transaction_id = :id and t.user_id = :userId`,
    { id, userId },
  );
  if (part === undefined) throw new DomainError('TRANSACTION_NOT_FOUND');
  return part;
}

function requireAwaited({ clock }: NewOtpDependencies, part: Part): Part {
  if (!part.isUnsent || part.until === null || part.until <= clock.now() || part.givenId !== null)
    throw new DomainError(DMT_ERRORS.DMT_NEW_OTP_NOT_AWAITED, {
      detail: 'look at the part: one that was given up is begun anew as another transfer',
    });
  return part;
}

/** Until when the password is good that was sent for this part. */
async function requireSent(
  { knex, clock }: NewOtpDependencies,
  userId: UserId,
  { id, otpId }: { id: TransactionId; otpId: string },
): Promise<Date> {
  const [sent] = await rows<{ expiresAt: Date }>(
    knex,
    `select expires_at as "expiresAt" from dmt_otp_requests
     where id = :otpId and user_id = :userId and transaction_id = :id`,
    { otpId, userId, id },
  );
  if (sent === undefined)
    throw new DomainError(DMT_ERRORS.DMT_OTP_REFERENCE_INVALID, {
      detail: 'no one-time password with this reference was sent for this part',
    });
  if (sent.expiresAt <= clock.now())
    throw new DomainError(DMT_ERRORS.DMT_OTP_EXPIRED, {
      detail: 'the one-time password is too old; ask for a new one',
    });
  return sent.expiresAt;
}
