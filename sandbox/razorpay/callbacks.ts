/** Razorpay's webhooks: signed, one URL, with an event id that a repeat keeps. */
import type { Log } from '../../platform/logger';
import { createCallbacks, type Callbacks } from '../callbacks';
import { sign } from '../razorpayx/entities';
import type { Book } from './book';
import type { Hook } from './hooks';

export interface RazorpayCallbacksDeps {
  book: Book;
  url: string;
  secret: string;
  nowMs: () => number;
  log: Log;
}

export function createRazorpayCallbacks({
  book,
  url,
  secret,
  nowMs,
  log,
}: RazorpayCallbacksDeps): Callbacks<Hook> {
  return createCallbacks<Hook>({
    provider: 'razorpay',
    book,
    url,
    nowMs,
    log,
    bornAtMs: (hook) => hook.bornAtMs,
    render({ eventSeq, spec: { body, forged } }) {
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'Razorpay-Webhook/v1',
        'x-razorpay-signature': sign(body, forged === true ? `not ${secret}` : secret),
        'x-razorpay-event-id': book.ids.bare('evt', eventSeq),
      };
      return { headers, body };
    },
  });
}
