/** Cashfree's webhooks: signed over the time of the event and the body, one URL; the docs name no plan of retries. */
import type { Log } from '../../platform/logger';
import { createCallbacks, type Callbacks } from '../callbacks';
import type { Book } from './book';
import { sign } from './entities';
import type { Hook } from './hooks';

export function createCashfreeCallbacks({
  book,
  url,
  secret,
  nowMs,
  log,
}: {
  book: Book;
  url: string;
  secret: string;
  nowMs: () => number;
  log: Log;
}): Callbacks<Hook> {
  return createCallbacks<Hook>({
    provider: 'cashfree',
    book,
    url,
    nowMs,
    log,
    bornAtMs: (hook) => hook.bornAtMs,
    render({ bornAtMs, spec: { body, forged } }) {
      const timestamp = String(bornAtMs);
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'Cashfree-Webhook/2.0',
        'x-webhook-version': '2024-01-01',
        'x-webhook-timestamp': timestamp,
        'x-webhook-signature': sign(timestamp, body, forged === true ? `not ${secret}` : secret),
      };
      return { headers, body };
    },
  });
}
