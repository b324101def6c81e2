import type { DeskAnswer } from './calls';
import type { InquiryAnswer, ProviderOutcome } from './outcome';

/**
 * Asks a provider a question while a caller waits. A call that throws has told us nothing, so its answer is
 * unknown, as if none had come. The error is dropped entirely, since it may quote what the call was given (an
 * Aadhaar number, a mobile number).
 */
export async function orUnknown<T>(call: () => Promise<DeskAnswer<T>>): Promise<DeskAnswer<T>> {
  try {
    return await call();
  } catch {
    return { ok: false, kind: 'unknown', rawStatus: '<connector failed>' };
  }
}

/** True when the answer names an amount that is not ours. Then it speaks of some other transaction. */
export function isOfOtherAmount(answer: InquiryAnswer, amountPaise: bigint): boolean {
  return 'amountPaise' in answer && answer.amountPaise !== undefined && answer.amountPaise !== amountPaise;
}

/**
 * True if the answer shows that the provider has a payment under our reference, whatever became of it. From
 * then on "not found" is a contradiction: it allows neither a repeat nor a failure. A refusal without the
 * provider's id shows nothing.
 */
export function showsPayment(answer: InquiryAnswer): boolean {
  if (answer.kind === 'not_found') return false;
  if (answer.kind === 'unknown' || answer.kind === 'failed')
    return answer.foundThere !== undefined || answer.providerReference !== undefined;
  return true;
}

/**
 * An answer about another amount is not an answer about our transaction. It becomes unknown and loses the
 * provider's reference; the raw status tells people why, and the provider is asked again by our reference.
 */
export function checkedAnswer<A extends InquiryAnswer>(answer: A, amountPaise: bigint): A | ProviderOutcome {
  if (answer.kind === 'not_found' || !isOfOtherAmount(answer, amountPaise)) return answer;
  return {
    kind: 'unknown',
    sent: true,
    rawStatus: '<amount mismatch>',
    foundThere: answer.foundThere ?? 'one',
    description:
      `the provider speaks of ${answer.amountPaise} paise` +
      (answer.providerReference === undefined ? '' : ` (${answer.providerReference})`),
  };
}

/**
 * Narrows the answer to one send of a request that was sent before. A refusal speaks of this send only and
 * says nothing about the other one, so only an answer that carries the provider's payout counts. Everything
 * else is unknown, and nothing is certainly unsent.
 */
export function certainOnly<A extends InquiryAnswer>(answer: A): A | ProviderOutcome {
  if (answer.kind === 'not_found') return answer;
  if (answer.kind === 'failed' && answer.providerReference === undefined)
    return { ...answer, kind: 'unknown', sent: true };
  return { ...answer, sent: true };
}
