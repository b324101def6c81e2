/**
 * Providers in memory, with one book of what they really did: payments out, and withdrawals that a customer's
 * bank pays. They keep their contract (one payment for one key, definite refusals create nothing, signed
 * callbacks told the truth when they were written) and are as unpleasant as that allows: they time out done
 * or not done or done later, fail with 500, refuse, forget callbacks, send them twice and out of order,
 * reverse, fail for our balance, and now and then turn a failure into a success. Where they offer refunds, they may keep the money
 * of what failed until the customer consents, and may do it after all.
 */
import type { InquiryAnswer, ProviderOutcome } from '../../../domain/provider/outcome';
import {
  callbackBody,
  failed,
  notFound,
  refused,
  signedHeaders,
  timedOut,
  unsignedHeaders,
} from '../../support/scripted-connector';
import type { Random } from './random';

export type PaymentStatus =
  | 'processing'
  | 'processed'
  | 'failed'
  | 'reversed'
  | 'refund_pending'
  | 'refunded';
export interface BookedPayment {
  id: string;
  key: string;
  reference: string;
  body: string;
  amountPaise: bigint;
  label: string;
  refs: Record<string, string>;
  status: PaymentStatus;
  /** It failed because our account holds too little: it stays failed. */ isShort: boolean;
  changedAt: number;
}
export interface Letter {
  /** Whose payment it is about. */ label: string;
  headers: Record<string, string>;
  raw: Buffer;
  what: string;
}
/** A request: `label` says for whom, and is told to nobody. */
export interface Order {
  idempotencyKey: string;
  ourReference: string;
  amountPaise: bigint;
  label: string;
  refs: Record<string, string>;
  body: string;
}
/** What differs from one payment (by its label) to another. */
export interface Traits {
  /** The money of what failed may wait for the customer. */ isRefundable?: (label: string) => boolean;
  /** It may fail for our balance. */ mayBeShort?: (label: string) => boolean;
  /** Callbacks are signed; where they are not they are hints. */ isSigned?: (label: string) => boolean;
}
interface InFlight {
  order: Order;
  lostAt: number;
}

export interface ProviderBook {
  payments: readonly BookedPayment[];
  /** Callbacks on their way. */
  letters: Letter[];
  /** No more faults: the truth, at once, and every letter is delivered. */
  calm: boolean;
  /** A request; `repeats` counts those before it under the same key. */
  send(order: Order, repeats: number, windowEndsAt: number): ProviderOutcome;
  /** The customer's consent to a refund that is waiting; done, done without an answer, or lost. */
  refund(providerReference: string): ProviderOutcome;
  inquire(target: { ourReference: string; providerReference?: string }): InquiryAnswer;
  /** Something happens at the provider; says what, or undefined. */
  stir(): string | undefined;
  /** Requests that are still on their way arrive, or are lost, when the clock goes to `at`. */
  passTime(at: number): void;
  /** Everything that is processing ends. */
  finish(): void;
  /** What it paid for whom, beyond what it may have. */
  problems(): string[];
}

const CHARGE = { providerFeePaise: 300n, providerTaxPaise: 54n };

const REVERSES_WITHIN_MS = 2 * 86_400_000; // documented: T+1 to T+3; it is asked about until three days after it was final with us

export function createProviderBook(
  random: Random,
  now: () => number,
  { isRefundable = () => false, mayBeShort = () => false, isSigned = () => true }: Traits = {},
): ProviderBook {
  const payments: BookedPayment[] = [];
  const byKey = new Map<string, BookedPayment>();
  let inFlight: InFlight[] = [];
  let events = 0;

  function create(order: Order, status: PaymentStatus): BookedPayment | undefined {
    const known = byKey.get(order.idempotencyKey);
    if (known !== undefined) return known.body === order.body ? known : undefined;
    const payment: BookedPayment = {
      id: `pout_${payments.length + 1}`,
      key: order.idempotencyKey,
      reference: order.ourReference,
      body: order.body,
      amountPaise: order.amountPaise,
      label: order.label,
      refs: order.refs,
      status,
      isShort: isShort(order.label, status),
      changedAt: now(),
    };
    payments.push(payment);
    byKey.set(payment.key, payment);
    if (status !== 'processing') tell(payment);
    return payment;
  }

  const isShort = (label: string, status: PaymentStatus): boolean =>
    status === 'failed' && !book.calm && mayBeShort(label) && random.chance(0.4);

  function answerOf(p: BookedPayment): ProviderOutcome {
    const base = { sent: true, rawStatus: p.status, providerReference: p.id, amountPaise: p.amountPaise };
    switch (p.status) {
      case 'processing':
        return { ...base, kind: 'pending' };
      case 'processed':
        return { ...base, kind: 'succeeded', utr: p.id, ...CHARGE };
      case 'failed':
        return p.isShort
          ? { ...base, kind: 'failed', rawReason: 'insufficient_funds', isShortOfFunds: true }
          : { ...base, kind: 'failed', rawReason: 'beneficiary_bank_rejected' };
      case 'reversed':
        return { ...base, kind: 'reversed', rawReason: 'beneficiary_bank_rejected' };
      case 'refund_pending':
      case 'refunded':
        return { ...base, kind: p.status };
    }
  }

  function letter(p: BookedPayment, answer: ProviderOutcome, headers: Record<string, string>): Letter {
    const text = (_k: string, v: unknown): unknown => (typeof v === 'bigint' ? v.toString() : v);
    const outcome = JSON.parse(JSON.stringify(answer, text)) as never;
    return {
      label: p.label,
      headers,
      what: `${p.id} ${answer.rawStatus}`,
      raw: callbackBody({
        event: `payout.${answer.rawStatus}`,
        target: {
          ourReference: p.reference,
          providerReference: p.id,
          amountPaise: p.amountPaise.toString(),
          refs: p.refs,
        },
        outcome,
      }),
    };
  }

  function tell(p: BookedPayment, surely = false): void {
    events += 1;
    const genuine = letter(
      p,
      answerOf(p),
      isSigned(p.label) ? signedHeaders(`evt_${events}`) : unsignedHeaders(`evt_${events}`),
    );
    if (book.calm || surely || random.chance(0.8)) book.letters.push(genuine);
    if (book.calm) return;
    if (random.chance(0.15)) book.letters.push(genuine);
    if (random.chance(0.1))
      book.letters.push(
        letter(p, failed({ providerReference: p.id }), {
          'x-test-signature': 'guess',
          'x-test-event-id': `evt_${events}`,
        }),
      );
    if (random.chance(0.1))
      book.letters.push(letter(p, failed({ providerReference: p.id }), unsignedHeaders(`hint_${events}`)));
    if (random.chance(0.05))
      book.letters.push({
        label: p.label,
        headers: signedHeaders(`bad_${events}`),
        raw: Buffer.from('{'),
        what: 'garbage',
      });
  }

  function move(p: BookedPayment, to: PaymentStatus, surely = false): string {
    const from = p.status;
    p.status = to;
    p.isShort = isShort(p.label, to);
    p.changedAt = now();
    tell(p, surely);
    return `${p.id} ${from} to ${to}`;
  }

  const behaviours = {
    answer: 50,
    done_silent: 10,
    not_done_silent: 8,
    later_silent: 6,
    server_error_done: 5,
    server_error: 5,
    refusal: 6,
    unreachable: 6,
    other_amount: 2,
  };

  const book: ProviderBook = {
    payments,
    letters: [],
    calm: false,
    send(order, repeats, windowEndsAt) {
      const status = random.weighted<PaymentStatus>({
        processing: 5,
        processed: 5,
        failed: 1,
        reversed: 0,
        refund_pending: isRefundable(order.label) ? 2 : 0,
        refunded: 0,
      });
      const behaviour = book.calm ? 'answer' : random.weighted(behaviours);
      switch (behaviour) {
        case 'not_done_silent':
          return timedOut();
        case 'server_error':
          return { kind: 'unknown', sent: true, rawStatus: '<http 500>', httpStatus: 500 };
        case 'unreachable':
          return refused();
        case 'later_silent':
          inFlight.push({ order, lostAt: windowEndsAt });
          return timedOut();
        // A refusal at the first request means that there is no payment; at a repeat it may come although there is one.
        case 'refusal':
          return failed({
            providerReference: undefined,
            rawStatus: 'BAD_REQUEST_ERROR',
            rawReason: 'input_validation_failed',
            httpStatus: 400,
          });
        default:
          break;
      }
      const payment = create(order, status);
      if (payment === undefined)
        return { kind: 'unknown', sent: true, rawStatus: 'idempotency_conflict', httpStatus: 400 };
      if (behaviour === 'done_silent') return timedOut();
      if (behaviour === 'server_error_done')
        return { kind: 'unknown', sent: true, rawStatus: '<http 502>', httpStatus: 502 };
      return behaviour === 'other_amount' && repeats === 0
        ? { ...answerOf(payment), amountPaise: payment.amountPaise + 1n }
        : answerOf(payment);
    },
    refund(providerReference) {
      const payment = payments.find((p) => p.id === providerReference);
      if (payment === undefined || (!book.calm && random.chance(0.15))) return timedOut();
      if (payment.status === 'refund_pending') move(payment, 'refunded');
      return !book.calm && random.chance(0.15) ? timedOut() : answerOf(payment);
    },
    inquire(target) {
      if (!book.calm && random.chance(0.15))
        return random.chance(0.5)
          ? timedOut()
          : { kind: 'unknown', sent: true, rawStatus: '<http 503>', httpStatus: 503 };
      const payment = payments.find((p) =>
        target.providerReference === undefined
          ? p.reference === target.ourReference
          : p.id === target.providerReference,
      );
      return payment === undefined ? notFound() : answerOf(payment);
    },
    stir() {
      const open = payments.filter((p) => p.status === 'processing');
      const paid = payments.filter(
        (p) => p.status === 'processed' && now() - p.changedAt < REVERSES_WITHIN_MS,
      );
      const lost = payments.filter((p) => p.status === 'failed' && !p.isShort);
      const waiting = payments.filter((p) => p.status === 'refund_pending');
      if (open.length > 0 && random.chance(0.8)) {
        const p = random.pick(open);
        return move(
          p,
          random.weighted<PaymentStatus>({
            processed: 6,
            failed: 2,
            reversed: 2,
            processing: 0,
            refund_pending: isRefundable(p.label) ? 3 : 0,
            refunded: isRefundable(p.label) ? 1 : 0,
          }),
        );
      }
      // It is given back over another counter, or done after all.
      if (waiting.length > 0 && random.chance(0.05))
        return move(random.pick(waiting), random.chance(0.7) ? 'refunded' : 'processed');
      if (paid.length > 0 && random.chance(0.25)) {
        const p = random.pick(paid);
        return move(
          p,
          isRefundable(p.label) && random.chance(0.6)
            ? random.chance(0.8)
              ? 'refund_pending'
              : 'refunded'
            : 'reversed',
        );
      }
      // Against its own documents; people find out because it tells them.
      if (lost.length > 0 && random.chance(0.1)) return move(random.pick(lost), 'processed', true);
      return undefined;
    },
    passTime(at) {
      const due = inFlight.filter((f) => book.calm || f.lostAt <= at || random.chance(0.2));
      inFlight = inFlight.filter((f) => !due.includes(f));
      for (const f of due) if (random.chance(0.7)) create(f.order, 'processing');
    },
    finish() {
      book.passTime(Number.POSITIVE_INFINITY);
      for (const p of payments.filter((x) => x.status === 'processing'))
        move(p, random.chance(0.7) ? 'processed' : 'failed');
    },
    problems() {
      const found: string[] = [];
      const moneyOf = new Map<string, BookedPayment[]>();
      for (const p of payments.filter(
        (x) => x.status === 'processed' || x.status === 'processing' || x.status === 'refund_pending',
      ))
        moneyOf.set(p.label, [...(moneyOf.get(p.label) ?? []), p]);
      for (const [label, list] of moneyOf)
        if (list.length > 1)
          found.push(`P4 ${label} is paid by ${list.map((p) => `${p.id} (${p.status})`).join(' and ')}`);
      return found;
    },
  };
  return book;
}
