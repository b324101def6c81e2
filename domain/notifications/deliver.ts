import type { Knex } from 'knex';
import { claimDue, deleteOver, type Claim } from '../../platform/claim';
import { addMs, businessDate, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';
import type { SealedMessage } from './notifier';
import type { Channel, DeliveryReport, Language, SendAnswer, Sender, Senders } from './port';
import { NOTIFICATION_MESSAGE } from './sealed';

/**
 * Sends what is due, and hears what became of it. A row is sent by whoever claims it, with no database transaction
 * open. What certainly was not sent is sent later, until it expires. What may have been sent is sent again only where
 * its kind says so; a code is not: the person asks for a new one.
 */
export interface Delivery {
  /** One round for a channel. `claimed`: how many were taken; `errors`: those that could not be worked on. */
  deliver(channel: Channel, limit: number): Promise<{ claimed: number; errors: Error[] }>;
  /** Notes what a sender reports. Returns `unknown` for a message that is not ours; a repeat changes nothing. */
  report(report: DeliveryReport): Promise<'noted' | 'repeated' | 'unknown'>;
  /** Deletes up to `limit` that ended longer ago than `retention_rules` says; returns how many. */
  deleteOld(limit: number): Promise<number>;
}

export interface DeliveryDependencies {
  knex: Knex;
  clock: Clock;
  cipher: FieldCipher;
  senders: Senders;
  /** For metrics: `answer` is a kind of answer, or the state of a report. */
  onSent?: (channel: Channel, answer: string) => void;
  onPoint?(point: 'claimed' | 'sent'): Promise<void> | void;
}

/** Longer than any sender takes: after that whoever claimed the row is gone. */
const LEASE_MS = 120_000;
const DAY_MS = 24 * 60 * 60_000;

interface Claimed {
  id: string;
  messageSealed: string;
  language: Language;
  expiresAt: Date;
  tries: number;
  isRepeated: boolean;
  retryMs: number[];
}

const OLD = { table: 'notifications', key: 'id', over: 'ended_at < :before', orderBy: 'ended_at' };

const DUE: Claim = {
  table: 'notifications',
  due: `due_at <= :now and channel = :channel and state = 'queued' and expires_at > :now`,
  orderBy: 'due_at',
  set: `state = 'sending', tries = tries + 1, due_at = :lease, sender = :sender`,
  returning: `t.id, t.message_sealed as "messageSealed", t.language, t.expires_at as "expiresAt", t.tries,
    t.is_repeated as "isRepeated", t.retry_ms as "retryMs"`,
};

export function createDelivery(deps: DeliveryDependencies): Delivery {
  const { knex, clock, senders } = deps;
  return {
    async deliver(channel, limit) {
      await endOverdue(deps, channel);
      const sender = senders[channel];
      if (sender === undefined) return { claimed: 0, errors: [] };
      const now = clock.now();
      const claimed = await claimDue<Claimed>(knex, DUE, {
        now,
        lease: addMs(now, LEASE_MS),
        channel,
        sender: sender.name,
        limit,
      });
      await deps.onPoint?.('claimed');
      const errors: Error[] = [];
      await Promise.all(
        claimed.map(async (row) => {
          try {
            const answer = await send(deps, sender, row);
            await deps.onPoint?.('sent');
            deps.onSent?.(channel, answer.kind);
            await record(deps, row, answer);
          } catch (error) {
            errors.push(
              error instanceof Error ? error : new Error('a notification was not sent', { cause: error }),
            );
          }
        }),
      );
      return { claimed: claimed.length, errors };
    },
    report: (report) => noteReport(deps, report),
    async deleteOld(limit) {
      const now = clock.now();
      const [rule] = await rows<{ days: number | null }>(
        knex,
        "select retention_keep_days('notifications', ?::date) as days",
        [businessDate(now)],
      );
      const days = rule?.days ?? null;
      return days === null ? 0 : deleteOver(knex, OLD, { before: addMs(now, -days * DAY_MS), limit });
    },
  };
}

/** Those that expired, and those whose process died while it sent them: nobody knows what became of these. */
async function endOverdue({ knex, clock }: DeliveryDependencies, channel: Channel): Promise<void> {
  await execute(
    knex,
    `update notifications set
       state = case when state = 'queued' then 'expired' when is_repeated and expires_at > :now then 'queued'
         else 'unknown' end,
       due_at = case when state = 'sending' and is_repeated and expires_at > :now then due_at end,
       ended_at = case when state = 'sending' and is_repeated and expires_at > :now then null
         else :now::timestamptz end,
       message_sealed = case when state = 'sending' and is_repeated and expires_at > :now then message_sealed end,
       reason = case when state = 'sending' then 'the process that sent it ended' else reason end
     where channel = :channel and due_at is not null
       and ((state = 'queued' and expires_at <= :now) or (state = 'sending' and due_at <= :now))`,
    { now: clock.now(), channel },
  );
}

async function send(
  { cipher }: DeliveryDependencies,
  sender: Sender,
  { id, messageSealed, language, expiresAt }: Claimed,
): Promise<SendAnswer> {
  const message = JSON.parse(cipher.open(messageSealed, NOTIFICATION_MESSAGE.place(id))) as SealedMessage;
  try {
    return await sender.send({ ...message, id, language, notAfter: expiresAt });
  } catch {
    // The error is dropped: it may quote the address or the text.
    return { kind: 'unknown', reason: 'the sender failed' };
  }
}

async function record(deps: DeliveryDependencies, row: Claimed, answer: SendAnswer): Promise<void> {
  const now = deps.clock.now();
  const isAgain = answer.kind === 'not_sent' || (answer.kind === 'unknown' && row.isRepeated);
  const waitMs = row.retryMs[Math.min(row.tries, row.retryMs.length) - 1]!;
  const askedMs = answer.kind === 'not_sent' ? (answer.retryAfterMs ?? 0) : 0;
  // A report may have come before this, or the row may be another's by now: then it stays as it is.
  await execute(
    deps.knex,
    `update notifications set state = :state, due_at = :dueAt::timestamptz, ended_at = :endedAt::timestamptz,
       message_sealed = case when :isAgain::boolean then message_sealed end,
       sender_reference = coalesce(:reference::text, sender_reference), reason = :reason::text
     where id = :id and state = 'sending' and tries = :tries`,
    {
      id: row.id,
      tries: row.tries,
      isAgain,
      state: isAgain ? 'queued' : STATES[answer.kind],
      dueAt: isAgain ? addMs(now, Math.max(waitMs, askedMs)) : null,
      endedAt: isAgain ? null : now,
      reference: answer.kind === 'taken' ? answer.reference : null,
      reason: answer.kind === 'taken' ? null : answer.reason.slice(0, 200),
    },
  );
}

const STATES = { taken: 'sent', refused: 'failed', unknown: 'unknown', not_sent: 'queued' } as const;

async function noteReport(
  { knex, clock, onSent }: DeliveryDependencies,
  { id, state, sequence, reference, reason }: DeliveryReport,
): Promise<'noted' | 'repeated' | 'unknown'> {
  const noted = await execute(
    knex,
    `update notifications set state = :state, report_no = :sequence::integer, due_at = null, message_sealed = null,
       ended_at = coalesce(ended_at, :now::timestamptz), reason = :reason::text,
       sender_reference = coalesce(sender_reference, :reference::text)
     where id = :id and channel = 'sms' and tries > 0 and state <> 'delivered'
       and coalesce(report_no, -1) < :sequence::integer`,
    { id, state, sequence, reference, reason: reason?.slice(0, 200) ?? null, now: clock.now() },
  );
  if (noted === 1) {
    onSent?.('sms', state);
    return 'noted';
  }
  const [known] = await rows<{ id: string }>(
    knex,
    `select id from notifications where id = ? and channel = 'sms' and tries > 0`,
    [id],
  );
  return known === undefined ? 'unknown' : 'repeated';
}
