import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import type { FieldCipher } from '../../platform/encryption';
import type { Ids } from '../../platform/ids';
import { insertOne } from '../../platform/sql';
import type { UserId } from '../ids/ids';
import type { Channel, Language } from './port';
import type { NotificationKind, NotificationRules } from './rules';
import { NOTIFICATION_MESSAGE } from './sealed';
import { fillIn } from './words';

/** Tells people something. What is told is a row of the caller's database transaction, and sent after its commit. */
export interface Notifier {
  /** Returns the id of the notification. Throws DomainError POLICY_NOT_FOUND. */
  tell(db: Knex | Knex.Transaction, notice: Notice): Promise<string>;
}

export interface Notice {
  userId: UserId | null;
  kind: NotificationKind;
  to: { channel: Channel; address: string };
  language: Language;
  values: Readonly<Record<string, string>>;
}

/** What is sealed in a row. */
export interface SealedMessage {
  to: string;
  subject: string | null;
  text: string;
  dltTemplateId: string | null;
}

export interface NotifierDependencies {
  clock: Clock;
  ids: Ids;
  cipher: FieldCipher;
  notificationRules: NotificationRules;
}

export function createNotifier({ clock, ids, cipher, notificationRules }: NotifierDependencies): Notifier {
  return {
    async tell(db, { userId, kind, to, language, values }) {
      const now = clock.now();
      const { livesMs, isRepeated, retryMs } = notificationRules.kind(kind, now);
      const template = notificationRules.template(kind, to.channel, language, now);
      const message: SealedMessage = {
        to: to.address,
        subject: template.subject === null ? null : fillIn(template.subject, values),
        text: fillIn(template.body, values),
        dltTemplateId: template.dltTemplateId,
      };
      const id = ids.uuid();
      await insertOne(db, 'notifications', {
        id,
        user_id: userId,
        kind,
        channel: to.channel,
        language,
        // A mail that comes twice has one Message-ID: programs show it once.
        is_repeated: isRepeated || to.channel === 'email',
        retry_ms: retryMs,
        message_sealed: cipher.seal(JSON.stringify(message), NOTIFICATION_MESSAGE.place(id)),
        state: 'queued',
        created_at: now,
        expires_at: addMs(now, livesMs),
        due_at: now,
      });
      return id;
    },
  };
}
