import { createHmac, randomInt } from 'node:crypto';
import { request } from 'undici';
import type { Log } from '../../platform/logger';
import { runAfter } from '../delays';
import type { MessageState, SandboxMessage } from './messages';

const TRIES = 3;
const RETRY_MS = 500;
const ANSWER_MS = 5_000;

/** Posts a delivery report, signed by V3, to the address of its message; three times at most. */
export function postReport(
  message: SandboxMessage,
  state: MessageState,
  { authToken, log }: { authToken: string; log: Log },
): void {
  message.state = state;
  message.sequence += 1;
  if (message.url === undefined) return;
  const { url, uuid, dst, src, sequence, errorCode } = message;
  const fields = new Map([
    ['MessageUUID', uuid],
    ['To', dst],
    ['From', src],
    ['Type', 'sms'],
    ['Status', state],
    ['Units', '1'],
    ['Sequence', String(sequence)],
    ...(errorCode !== undefined && (state === 'undelivered' || state === 'failed')
      ? ([['ErrorCode', errorCode]] as const)
      : []),
  ]);
  const nonce = String(randomInt(10 ** 12)).padStart(20, '0');
  const names = [...fields.keys()].toSorted();
  const signed = `${url}?${names.map((name) => name + fields.get(name)!).join('')}.${nonce}`;
  const send = (tries: number): void => {
    post(url, new URLSearchParams([...fields]).toString(), {
      'content-type': 'application/x-www-form-urlencoded',
      'x-plivo-signature-v3': createHmac('sha256', authToken).update(signed).digest('base64'),
      'x-plivo-signature-v3-nonce': nonce,
    }).catch((error: unknown) => {
      if (tries > 1) runAfter(RETRY_MS, () => send(tries - 1));
      else log.warn({ error }, 'a delivery report was not taken');
    });
  };
  send(TRIES);
}

async function post(url: string, body: string, headers: Record<string, string>): Promise<void> {
  const answer = await request(url, { method: 'POST', body, headers, headersTimeout: ANSWER_MS });
  await answer.body.dump();
  if (answer.statusCode >= 300) throw new Error(`answered ${answer.statusCode}`);
}
