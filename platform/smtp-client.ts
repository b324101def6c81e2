import { createTransport } from 'nodemailer';

/**
 * Mail over SMTP. nodemailer drops an address that it cannot read, and tells a connection that was lost after the
 * message like one that never stood: addresses are checked before, and only an answer of the server (its code) says
 * that a message was certainly not taken.
 */
export interface SmtpClient {
  send(mail: Mail): Promise<MailAnswer>;
  close(): void;
}

export interface Mail {
  /** The same each time that it is sent: programs that read mail show it once. */
  id: string;
  to: string;
  subject: string;
  text: string;
  language: string;
}
export type MailAnswer =
  | { kind: 'taken'; reference: string }
  | { kind: 'refused' | 'not_sent' | 'unknown'; reason: string };

export interface SmtpOptions {
  /** `smtps://user:password@host:465`, or `smtp://…:587`, which must offer STARTTLS unless it is this machine. */
  url: string;
  /** An address, or `Name <address>`. */
  from: string;
  timeoutMs?: number;
}

/** One address, and nothing that could be read as a second one, a name or a header. */
const ADDRESS = /^[^\s@<>()[\]\\,;:"\p{C}]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,188}[a-z0-9])$/iu;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i;
const TIMEOUT_MS = 15_000;
/** Of our sign-in at the server: a fault of all mails, none of this one. */
const SET_UP: ReadonlySet<number> = new Set([502, 503, 504, 530, 534, 535, 538]);

export function isMailAddress(text: string): boolean {
  return ADDRESS.test(text) && !text.includes('..');
}

/** Throws TypeError for an address of the server that is not usable. */
export function createSmtpClient({ url, from, timeoutMs = TIMEOUT_MS }: SmtpOptions): SmtpClient {
  const { protocol, hostname, port, username, password } = new URL(url);
  if (protocol !== 'smtp:' && protocol !== 'smtps:')
    throw new TypeError('the address of the mail server must begin with smtp:// or smtps://');
  const isSecure = protocol === 'smtps:';
  const transport = createTransport({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (isSecure ? 465 : 587) : Number(port),
    secure: isSecure,
    requireTLS: !isSecure && !LOOPBACK.test(hostname),
    ...(username === ''
      ? {}
      : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = /@([^\s>]+)>?$/.exec(from)?.[1] ?? 'localhost';
  return {
    async send({ id, to, subject, text, language }) {
      if (!isMailAddress(to)) return { kind: 'refused', reason: 'not an e-mail address' };
      try {
        const { accepted } = await transport.sendMail({
          from,
          to: { name: '', address: to },
          subject,
          text,
          messageId: `<${id}@${domain}>`,
          headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': language },
        });
        return accepted.length === 1
          ? { kind: 'taken', reference: id }
          : { kind: 'refused', reason: 'the server took no address' };
      } catch (error) {
        return answerOf(error);
      }
    },
    close: () => {
      transport.close();
    },
  };
}

function answerOf(error: unknown): MailAnswer {
  const { responseCode, code } = error as { responseCode?: unknown; code?: unknown };
  if (typeof responseCode === 'number' && responseCode >= 400) {
    const reason = `answered ${responseCode}`;
    return { kind: responseCode >= 500 && !SET_UP.has(responseCode) ? 'refused' : 'not_sent', reason };
  }
  return { kind: 'unknown', reason: typeof code === 'string' ? code : 'no answer' };
}
