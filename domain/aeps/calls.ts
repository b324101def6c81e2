import type { OffersAeps } from './port';
import { DomainError, retrySeconds, type Refusal } from '../errors/errors';
import { MAX_AMOUNT_PAISE, paiseToJson, type Paise } from '../../platform/money';
import { scrub } from '../../platform/scrub';
import { orUnknown } from '../provider/answers';
import type { DeskAnswer } from '../provider/calls';
import { NotAsked, ProviderRefusal } from '../provider/desk';
import type { ProviderOutcome } from '../provider/outcome';
import type { ProviderRegistry } from '../provider/provider';
import type { AepsCalls } from './port';

/**
 * Calls to the provider of AEPS: made once, while the terminal waits. Their inputs must not appear in
 * anything that they leave behind.
 */
export interface AepsProvider {
  connector: OffersAeps;
  calls: AepsCalls;
}

/** Throws DomainError PROVIDER_UNAVAILABLE if no provider of AEPS is configured. */
export function providerOf(providers: ProviderRegistry<OffersAeps>, name: string): AepsProvider {
  const connector = providers.has(name) ? providers.get(name) : undefined;
  if (connector?.aeps === undefined)
    throw new DomainError('PROVIDER_UNAVAILABLE', {
      detail: 'no provider of Aadhaar-enabled payments is configured here',
    });
  return { connector, calls: connector.aeps };
}

/** Breaker and rate limit, before anything is written. Throws DomainError PROVIDER_UNAVAILABLE. */
export async function admit(connector: OffersAeps): Promise<void> {
  const admission = await connector.admit('aeps');
  if (!admission.ok)
    throw new DomainError('PROVIDER_UNAVAILABLE', {
      detail: 'the provider takes no more calls now; capture the fingerprint again when you try again',
      retryAfterS: retrySeconds(admission.retryAfterMs),
    });
}

/** A customer's amount as stated by the provider, for display; null if no JSON integer can hold it. */
export function shownPaise(amountPaise: Paise | null | undefined): number | null {
  if (amountPaise === null || amountPaise === undefined) return null;
  return amountPaise > MAX_AMOUNT_PAISE || amountPaise < -MAX_AMOUNT_PAISE ? null : paiseToJson(amountPaise);
}

const LONGEST_REASON = 200;
const SHORTEST_SECRET = 4;

/**
 * A provider's text about a call with the call's inputs removed: echoed values are hidden, and so is anything
 * that looks like a personal number.
 */
export function withoutSecrets(text: string | undefined, secrets: readonly string[]): string | undefined {
  if (text === undefined) return undefined;
  const echoes = secrets.some((secret) => secret.length >= SHORTEST_SECRET && text.includes(secret));
  return echoes ? '[hidden]' : scrub(text.slice(0, LONGEST_REASON));
}

/**
 * An outcome that may be recorded. A refusal of ours before anything was sent is certainly not sent; it is
 * not the provider's word.
 */
export function recordable(answer: ProviderOutcome, secrets: readonly string[]): ProviderOutcome {
  const { rawReason, description, ...rest } = answer;
  const clean = {
    ...rest,
    rawStatus: withoutSecrets(answer.rawStatus, secrets)!,
    ...(rawReason === undefined ? {} : { rawReason: withoutSecrets(rawReason, secrets)! }),
    ...(description === undefined ? {} : { description: withoutSecrets(description, secrets)! }),
  };
  return clean.kind === 'failed' && !clean.sent ? { ...clean, kind: 'unknown' } : clean;
}

/**
 * The value of a call that moves no money. Throws DomainError `refused` if the provider says no,
 * PROVIDER_UNAVAILABLE if no answer was received.
 */
export async function deskValue<T>(
  refused: Refusal,
  secrets: readonly string[],
  call: () => Promise<DeskAnswer<T>>,
): Promise<T> {
  const answer = await orUnknown(call);
  if (answer.ok) return answer.value;
  if (answer.kind === 'unknown')
    throw answer.sent === false ? notAsked(answer) : notLearnt(answer.retryAfterMs);
  throw new ProviderRefusal(refused, {
    detail: `the provider refused it: ${withoutSecrets(answer.rawReason ?? answer.rawStatus, secrets)!}`,
  });
}

function notAsked({ retryAfterMs }: { retryAfterMs?: number }): NotAsked {
  return new NotAsked({
    detail: 'the provider cannot be asked now, and was not; capture the fingerprint again and try again',
    retryAfterS: retrySeconds(retryAfterMs),
  });
}

export function notLearnt(retryAfterMs?: number): DomainError {
  return new DomainError('PROVIDER_UNAVAILABLE', {
    detail: 'the provider gave no usable answer; capture the fingerprint again and try again',
    retryAfterS: retrySeconds(retryAfterMs),
  });
}
