import type { Channel, Message, Sender, Senders } from '../domain/notifications/port';
import type { Clock } from '../platform/clock';
import { createOutbox, type Outbox } from '../platform/outbox';
import { createSmtpClient, type SmtpOptions } from '../platform/smtp-client';
import { createPlivoSender } from '../providers/plivo/sender';
import type { PlivoSettings } from '../providers/plivo/settings';

/** How people are reached: what is configured, and else the folder of a development machine. */
export interface MessagingConfig {
  plivo: PlivoSettings | undefined;
  smtp: Pick<SmtpOptions, 'url' | 'from'> | undefined;
  outboxDir: string | undefined;
}

export function createSenders({ plivo, smtp, outboxDir }: MessagingConfig, clock: Clock): Senders {
  const outbox = outboxDir === undefined ? undefined : createOutbox(outboxDir);
  const elsewhere = (channel: Channel): Sender | undefined =>
    outbox === undefined ? undefined : outboxSender(outbox, channel, clock);
  const sms = plivo === undefined ? elsewhere('sms') : createPlivoSender({ ...plivo, clock });
  const email = smtp === undefined ? elsewhere('email') : smtpSender(smtp);
  return { ...(sms === undefined ? {} : { sms }), ...(email === undefined ? {} : { email }) };
}

export async function closeSenders(senders: Senders): Promise<void> {
  await Promise.all(Object.values(senders).map((sender) => sender.close()));
}

function smtpSender(options: SmtpOptions): Sender {
  const client = createSmtpClient(options);
  return {
    name: 'smtp',
    send: ({ id, to, subject, text, language }: Message) =>
      client.send({ id, to, subject: subject ?? 'Munim', text, language }),
    close: async () => {
      client.close();
    },
  };
}

function outboxSender(outbox: Outbox, channel: Channel, clock: Clock): Sender {
  return {
    name: 'outbox',
    async send({ id, to, subject, text }) {
      await outbox.write({ id, at: clock.now().toISOString(), channel, to, subject, text });
      return { kind: 'taken', reference: null };
    },
    close: async () => undefined,
  };
}
