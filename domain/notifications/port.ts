/**
 * Ways to reach a person. A sender takes one message at a time; the row of the notification says what is sent, and
 * whether it is sent again.
 */
export const CHANNELS = ['sms', 'email'] as const;
export type Channel = (typeof CHANNELS)[number];
export const LANGUAGES = ['en', 'hi'] as const;
export type Language = (typeof LANGUAGES)[number];

export interface Message {
  /** The id of the notification; the same each time that it is sent. */
  id: string;
  /** Ten digits, or an e-mail address. */
  to: string;
  /** Of an e-mail. */
  subject: string | null;
  text: string;
  language: Language;
  /** Under which the operators know the text of an SMS. */
  dltTemplateId: string | null;
  /** Not to be sent at this time or later. */
  notAfter: Date;
}

/**
 * - `taken`: the other side has it
 * - `refused`: it will never be sent
 * - `not_sent`: it certainly was not sent, and may be sent later
 * - `unknown`: it may have been sent
 */
export type SendAnswer =
  | { kind: 'taken'; reference: string | null }
  | { kind: 'refused' | 'unknown'; reason: string }
  | { kind: 'not_sent'; reason: string; retryAfterMs?: number };

export interface Sender {
  readonly name: string;
  /** Never throws for what the other side does. */
  send(message: Message): Promise<SendAnswer>;
  close(): Promise<void>;
}

/** A channel without a sender is left alone: its notifications wait until they expire. */
export type Senders = Readonly<Partial<Record<Channel, Sender>>>;

/** What became of a message that was taken, as its sender tells. */
export interface DeliveryReport {
  /** The id of the notification. */
  id: string;
  state: 'sent' | 'delivered' | 'undelivered' | 'failed';
  /** Its place among the reports about this message: one that comes late changes nothing. */
  sequence: number;
  reference: string | null;
  reason: string | null;
}
