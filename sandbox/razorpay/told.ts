/** Which webhooks tell of a payment's new status, by the scenario of its order. */
import type { Scenario } from '../scenarios';
import type { Book } from './book';
import { webhookBody } from './entities';
import type { HookSpec, PaymentStatus } from './entries';
import type { Payment } from './tables';

/** `payment` is given as it is after the change, which came at `atMs`. */
export function hooksOf(
  book: Book,
  payment: Payment,
  style: Scenario['callbacks'],
  atMs: number,
): HookSpec[] {
  const told = (event: string, as: PaymentStatus = payment.status, at = atMs): string =>
    webhookBody(book, { event, payment, as, atMs: at });
  switch (payment.status) {
    case 'authorized':
      // Where they come out of order, this one comes after the capture.
      return style === 'disordered' ? [] : [{ body: told('payment.authorized'), afterMs: 0 }];
    case 'failed':
      return [{ body: told('payment.failed'), afterMs: 0 }];
    case 'captured': {
      const [paid, captured] = [told('order.paid'), told('payment.captured')];
      if (style !== 'disordered') return [captured, paid].map((body) => ({ body, afterMs: 0 }));
      return [
        { body: paid, afterMs: 0 },
        { body: captured, afterMs: 200 },
        { body: captured, afterMs: 300, sameIdAs: 1 },
        { body: told('payment.captured', 'captured', atMs + 1_000), afterMs: 400 },
        { body: told('payment.authorized', 'authorized'), afterMs: 500 },
        { body: captured, afterMs: 0, forged: true },
      ];
    }
    default:
      return [];
  }
}
