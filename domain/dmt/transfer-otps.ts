import type { UserId } from '../ids/ids';
import type { Knex } from 'knex';
import type { KeyedDigest } from '../../platform/encryption';
import { addMs, type Clock } from '../../platform/clock';
import { insertAll, int8, table, text, uuid } from '../../platform/sql';
import { DomainError } from '../errors/errors';
import type { Ids } from '../../platform/ids';
import { formatRupees, type Paise } from '../../platform/money';
import type { Policies } from '../policies/policies';
import { answered } from '../provider/desk';
import { type Desk } from './desk';
import type { OtpSends } from '../otp/sends';
import { monthlyCap, otpLifeMs, quoteSplit, type QuotedPart } from './quote';
import type { Recipients } from './recipients';
import { usedThisMonth, type Senders } from './senders';

/**
 * One-time passwords for transfers. Each transfer of a remitter is confirmed by one (RBI/2024-25/52), so an
 * amount above the limit of one transfer needs one for each part. The provider sends them; we keep its
 * references.
 */
export interface TransferOtps {
  /**
   * Splits the amount and has a one-time password sent for each part. Throws DomainError
   * DMT_SENDER_NOT_FOUND, DMT_SENDER_NOT_ACTIVE, DMT_RECIPIENT_NOT_FOUND, DMT_AMOUNT_OUT_OF_RANGE,
   * LIMIT_EXCEEDED (advice: the hold decides), RATE_LIMITED, and what `answered` throws.
   */
  request(
    userId: UserId,
    senderId: string,
    wanted: { recipientId: string; amountPaise: Paise },
  ): Promise<RequestedOtps>;
}

/** In paise. `chargePaise` and `totalPaise` cover all parts together. */
export interface RequestedOtps {
  parts: { otpId: string; quote: QuotedPart }[];
  chargePaise: Paise;
  totalPaise: Paise;
  expiresAt: Date;
}

export interface TransferOtpDependencies {
  knex: Knex;
  digest: KeyedDigest;
  clock: Clock;
  ids: Ids;
  policies: Policies;
  desk: Desk;
  senders: Senders;
  recipients: Recipients;
  otpSends: OtpSends;
}

interface SentOtp {
  otpId: string;
  otpRef: string;
  quote: QuotedPart;
}

const OTP_REQUESTS = table<SentOtp>('dmt_otp_requests', {
  id: uuid((sent) => sent.otpId),
  amount_paise: int8((sent) => sent.quote.amountPaise),
  provider_ref: text((sent) => sent.otpRef),
});

export function createTransferOtps(deps: TransferOtpDependencies): TransferOtps {
  const { knex, desk, policies } = deps;
  return {
    async request(userId, senderId, { recipientId, amountPaise }) {
      const sender = await deps.senders.open(userId, senderId);
      const recipientRef = await deps.recipients.refOf(senderId, recipientId);
      const quotes = quoteSplit(policies, amountPaise, deps.clock.now());
      const left =
        monthlyCap(policies, deps.clock.now()) - (await usedThisMonth(deps, sender.mobile, deps.clock.now()));
      if (amountPaise > left)
        throw new DomainError('LIMIT_EXCEEDED', {
          detail: `the sender may send ${formatRupees(left < 0n ? 0n : left)} more this month`,
        });
      // The validity counts from before the first is sent, so ours never outlasts the provider's.
      const createdAt = deps.clock.now();
      const expiresAt = addMs(createdAt, otpLifeMs(policies));
      const refs = await deps.otpSends.send(
        'dmt_transfer',
        { phones: sender.phones, caller: userId, subject: `${recipientRef}:${amountPaise}` },
        quotes.map(
          (quote) => () =>
            answered(
              desk
                .calls()
                .sendTransferOtp(
                  sender.mobile,
                  recipientRef,
                  quote.amountPaise,
                  desk.options({ who: userId }),
                ),
            ),
        ),
      );
      const sent = quotes.map((quote, i) => ({ otpId: deps.ids.uuid(), otpRef: refs[i]!.otpRef, quote }));
      await insertAll(knex, OTP_REQUESTS, sent, {
        user_id: userId,
        sender_id: senderId,
        recipient_id: recipientId,
        created_at: createdAt,
        expires_at: expiresAt,
      });
      const chargePaise = quotes.reduce((sum, q) => sum + q.chargePaise, 0n);
      return {
        parts: sent.map(({ otpId, quote }) => ({ otpId, quote })),
        chargePaise,
        totalPaise: amountPaise + chargePaise,
        expiresAt,
      };
    },
  };
}
