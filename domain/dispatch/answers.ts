import type { InquiryAnswer, ProviderOutcome } from './provider-port';

/**
 * A definite answer about another amount than ours is not an answer about our transaction. It becomes unknown, and people are told (the outcome's
 * raw status says so); the provider is asked again.
 */
export function checkedAnswer<A extends InquiryAnswer>(answer: A, amountPaise: bigint): A | ProviderOutcome {
  if (answer.kind === 'not_found') return answer;
  if (answer.amountPaise === undefined || answer.amountPaise === amountPaise) return answer;
  return { kind: 'unknown', sent: true, rawStatus: '<amount mismatch>', description: `the provider speaks of ${answer.amountPaise} paise`, providerReference: answer.providerReference };
}
