/** RazorpayX's callbacks: signed, one URL, with an event id that a repeat keeps. */
import type { Log } from '../../platform/logger';
import { createCallbacks, type Callbacks } from '../callbacks';
import type { Book } from './book';
import { sign, webhookBody } from './entities';
import type { Hook } from './hooks';
import { isOfValidation, validationWebhook } from './validation-entities';

export interface RazorpayxCallbacksDeps {
  book: Book;
  url: string;
  secret: string;
  nowMs: () => number;
  log: Log;
}

export function createRazorpayxCallbacks({
  book,
  url,
  secret,
  nowMs,
  log,
}: RazorpayxCallbacksDeps): Callbacks<Hook> {
  return createCallbacks<Hook>({
    provider: 'razorpayx',
    book,
    url,
    nowMs,
    log,
    bornAtMs: (hook) => hook.at * 1_000,
    async render(hook) {
      const body = isOfValidation(hook)
        ? await validationWebhook(book, hook)
        : webhookBody(book, await book.payouts.row(hook.slot), hook);
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'Razorpay-Webhook/v1',
        'x-razorpay-signature': sign(body, hook.spec.forged === true ? `not ${secret}` : secret),
        'x-razorpay-event-id': book.ids.bare('evt', hook.eventSeq),
      };
      return { headers, body };
    },
  });
}
