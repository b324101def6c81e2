/**
 * A provider in memory, with a book of what it really paid. It keeps its contract (one payout for one key, definite refusals create nothing, signed callbacks
 * told the truth when they were written) and is as unpleasant as that allows: it times out done or not done or done later, fails with 500, refuses, forgets
 * callbacks, sends them twice and out of order, reverses, and now and then turns a failure into a success. Where it offers refunds, it may keep the money of what
 * failed until the customer consents, and may do it after all.
 */
import type { InquiryAnswer, PreparedRequest, ProviderOutcome } from '../../../domain/dispatch/provider-port';
import type { PayoutInstruction } from '../../../domain/payouts/port';
import { callbackBody, failed, notFound, refused, signedHeaders, timedOut, unsignedHeaders } from '../../support/scripted-connector';
import type { Random } from './random';

export type PayoutStatus = 'processing' | 'processed' | 'failed' | 'reversed' | 'refund_pending' | 'refunded';
export interface BookedPayout { id: string; key: string; reference: string; body: string; amountPaise: bigint; label: string; refs: Record<string, string>; status: PayoutStatus; changedAt: number }
export interface Letter { headers: Record<string, string>; raw: Buffer; what: string }
interface InFlight { instruction: PayoutInstruction; body: string; lostAt: number }

export interface ProviderBook {
  payouts: readonly BookedPayout[];
  /** Callbacks on their way. */
  letters: Letter[];
  /** No more faults: the truth, at once, and every letter is delivered. */
  calm: boolean;
  /** A request; `repeats` counts those before it under the same key. */
  send(instruction: PayoutInstruction, prepared: PreparedRequest, repeats: number, windowEndsAt: number): ProviderOutcome;
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

/** `isRefundable` says of which payouts (by their label) the money may wait for the customer; those cost no charge of the provider's own. */
export function createProviderBook(random: Random, now: () => number, isRefundable: (label: string) => boolean = () => false): ProviderBook {
  const payouts: BookedPayout[] = [];
  const byKey = new Map<string, BookedPayout>();
  let inFlight: InFlight[] = [];
  let events = 0;

  function create(instruction: PayoutInstruction, body: string, status: PayoutStatus): BookedPayout | undefined {
    const known = byKey.get(instruction.idempotencyKey);
    if (known !== undefined) return known.body === body ? known : undefined;
    const payout: BookedPayout = {
      id: `pout_${payouts.length + 1}`, key: instruction.idempotencyKey, reference: instruction.ourReference, body, amountPaise: instruction.amountPaise, label: instruction.narration ?? '', refs: instruction.refs, status, changedAt: now(),
    };
    payouts.push(payout);
    byKey.set(payout.key, payout);
    if (status !== 'processing') tell(payout);
    return payout;
  }

  function answerOf(p: BookedPayout): ProviderOutcome {
    const base = { sent: true, rawStatus: p.status, providerReference: p.id, amountPaise: p.amountPaise };
    switch (p.status) {
      case 'processing': return { ...base, kind: 'pending' };
      case 'processed': return { ...base, kind: 'succeeded', utr: p.id, ...(isRefundable(p.label) ? {} : CHARGE) };
      case 'failed': return { ...base, kind: 'failed', rawReason: 'beneficiary_bank_rejected' };
      case 'reversed': return { ...base, kind: 'reversed', rawReason: 'beneficiary_bank_rejected' };
      case 'refund_pending': case 'refunded': return { ...base, kind: p.status };
    }
  }

  function letter(p: BookedPayout, answer: ProviderOutcome, headers: Record<string, string>): Letter {
    const text = (_k: string, v: unknown): unknown => (typeof v === 'bigint' ? v.toString() : v);
    const outcome = JSON.parse(JSON.stringify(answer, text)) as never;
    return { headers, what: `${p.id} ${answer.rawStatus}`, raw: callbackBody({ event: `payout.${answer.rawStatus}`, target: { ourReference: p.reference, providerReference: p.id, amountPaise: p.amountPaise.toString(), refs: p.refs }, outcome }) };
  }

  function tell(p: BookedPayout, surely = false): void {
    events += 1;
    const genuine = letter(p, answerOf(p), signedHeaders(`evt_${events}`));
    if (book.calm || surely || random.chance(0.8)) book.letters.push(genuine);
    if (book.calm) return;
    if (random.chance(0.15)) book.letters.push(genuine);
    if (random.chance(0.1)) book.letters.push(letter(p, failed({ providerReference: p.id }), { 'x-test-signature': 'guess', 'x-test-event-id': `evt_${events}` }));
    if (random.chance(0.1)) book.letters.push(letter(p, failed({ providerReference: p.id }), unsignedHeaders(`hint_${events}`)));
    if (random.chance(0.05)) book.letters.push({ headers: signedHeaders(`bad_${events}`), raw: Buffer.from('{'), what: 'garbage' });
  }

  function move(p: BookedPayout, to: PayoutStatus, surely = false): string {
    const from = p.status;
    p.status = to;
    p.changedAt = now();
    tell(p, surely);
    return `${p.id} ${from} to ${to}`;
  }

  const behaviours = { answer: 50, done_silent: 10, not_done_silent: 8, later_silent: 6, server_error_done: 5, server_error: 5, refusal: 6, unreachable: 6, other_amount: 2 };

  const book: ProviderBook = {
    payouts, letters: [], calm: false,
    send(instruction, prepared, repeats, windowEndsAt) {
      const status = random.weighted<PayoutStatus>({ processing: 5, processed: 5, failed: 1, reversed: 0, refund_pending: 0, refunded: 0 });
      const behaviour = book.calm ? 'answer' : random.weighted(behaviours);
      switch (behaviour) {
        case 'not_done_silent': return timedOut();
        case 'server_error': return { kind: 'unknown', sent: true, rawStatus: '<http 500>', httpStatus: 500 };
        case 'unreachable': return refused();
        case 'later_silent':
          inFlight.push({ instruction, body: prepared.body, lostAt: windowEndsAt });
          return timedOut();
        // A refusal at the first request means that there is no payout; at a repeat it may come although there is one.
        case 'refusal': return failed({ providerReference: undefined, rawStatus: 'BAD_REQUEST_ERROR', rawReason: 'input_validation_failed', httpStatus: 400 });
        default: break;
      }
      const payout = create(instruction, prepared.body, status);
      if (payout === undefined) return { kind: 'unknown', sent: true, rawStatus: 'idempotency_conflict', httpStatus: 400 };
      if (behaviour === 'done_silent') return timedOut();
      if (behaviour === 'server_error_done') return { kind: 'unknown', sent: true, rawStatus: '<http 502>', httpStatus: 502 };
      return behaviour === 'other_amount' && repeats === 0 ? { ...answerOf(payout), amountPaise: payout.amountPaise + 1n } : answerOf(payout);
    },
    refund(providerReference) {
      const payout = payouts.find((p) => p.id === providerReference);
      if (payout === undefined || (!book.calm && random.chance(0.15))) return timedOut();
      if (payout.status === 'refund_pending') move(payout, 'refunded');
      return !book.calm && random.chance(0.15) ? timedOut() : answerOf(payout);
    },
    inquire(target) {
      if (!book.calm && random.chance(0.15)) return random.chance(0.5) ? timedOut() : { kind: 'unknown', sent: true, rawStatus: '<http 503>', httpStatus: 503 };
      const payout = payouts.find((p) => (target.providerReference === undefined ? p.reference === target.ourReference : p.id === target.providerReference));
      return payout === undefined ? notFound() : answerOf(payout);
    },
    stir() {
      const open = payouts.filter((p) => p.status === 'processing');
      const paid = payouts.filter((p) => p.status === 'processed' && now() - p.changedAt < REVERSES_WITHIN_MS);
      const lost = payouts.filter((p) => p.status === 'failed');
      const waiting = payouts.filter((p) => p.status === 'refund_pending');
      if (open.length > 0 && random.chance(0.8)) {
        const p = random.pick(open);
        return move(p, random.weighted<PayoutStatus>({ processed: 6, failed: 2, reversed: 2, processing: 0, refund_pending: isRefundable(p.label) ? 3 : 0, refunded: isRefundable(p.label) ? 1 : 0 }));
      }
      // It is given back over another counter, or done after all.
      if (waiting.length > 0 && random.chance(0.2)) return move(random.pick(waiting), random.chance(0.7) ? 'refunded' : 'processed');
      if (paid.length > 0 && random.chance(0.25)) {
        const p = random.pick(paid);
        return move(p, isRefundable(p.label) && random.chance(0.6) ? (random.chance(0.8) ? 'refund_pending' : 'refunded') : 'reversed');
      }
      // Against its own documents; people find out because it tells them.
      if (lost.length > 0 && random.chance(0.1)) return move(random.pick(lost), 'processed', true);
      return undefined;
    },
    passTime(at) {
      const due = inFlight.filter((f) => book.calm || f.lostAt <= at || random.chance(0.2));
      inFlight = inFlight.filter((f) => !due.includes(f));
      for (const f of due) if (random.chance(0.7)) create(f.instruction, f.body, 'processing');
    },
    finish() {
      book.passTime(Number.POSITIVE_INFINITY);
      for (const p of payouts.filter((x) => x.status === 'processing')) move(p, random.chance(0.7) ? 'processed' : 'failed');
    },
    problems() {
      const found: string[] = [];
      const moneyOf = new Map<string, BookedPayout[]>();
      for (const p of payouts.filter((x) => x.status === 'processed' || x.status === 'processing' || x.status === 'refund_pending')) moneyOf.set(p.label, [...(moneyOf.get(p.label) ?? []), p]);
      for (const [label, list] of moneyOf) if (list.length > 1) found.push(`P4 ${label} is paid by ${list.map((p) => `${p.id} (${p.status})`).join(' and ')}`);
      return found;
    },
  };
  return book;
}
