import type { OutcomeKind, ProviderOutcome } from '../domain/provider/outcome';
import { defined } from '../platform/defined';
import type { HttpFailureReason } from '../platform/http-client';

/** The result of a call before its meaning is read (caller.ts makes it). */
export type Reply =
  | Answer
  /** A success whose body is not JSON. */
  | { kind: 'unreadable'; status: number }
  | { kind: 'failure'; reason: HttpFailureReason; sent: boolean; status?: number }
  /** We did not call. */
  | { kind: 'refusal'; word: string; retryAfterMs: number };

export interface Answer {
  kind: 'answer';
  status: number;
  /** Undefined when the body of an error is not JSON. */
  json: unknown;
  retryAfterMs?: number;
}

/** Told of each status word or code that is not documented. */
export type OnUnlisted = (status: string) => void;

/** The words that stand where a provider's status would, when no answer came. */
export const FAILURE_WORDS: Readonly<Record<HttpFailureReason, string>> = {
  connect_refused: '<connection refused>',
  dns: '<name not found>',
  tls: '<tls failed>',
  connect_timeout: '<no connection in time>',
  unreachable: '<unreachable>',
  timeout: '<timeout>',
  reset: '<connection reset>',
  too_large: '<answer too large>',
  protocol: '<no http answer>',
  aborted: '<aborted>',
  too_late: '<too late>',
  closed: '<client closed>',
  invalid_request: '<request not formed>',
};

/** The prepared bytes differ from those that the instruction makes: nothing was sent. */
export const REQUEST_ALTERED = { kind: 'unknown', sent: false, rawStatus: '<request altered>' } as const;

/** Nothing is known of the outcome, and the request may have arrived. Keys without a value are left out. */
export function unknown(
  rawStatus: string,
  more: Partial<
    Pick<
      ProviderOutcome,
      'httpStatus' | 'rawReason' | 'description' | 'providerReference' | 'foundThere' | 'retryAfterMs'
    >
  > = {},
): ProviderOutcome {
  return { kind: 'unknown', sent: true, rawStatus, ...defined(more) };
}

/** An answer in which a field breaks the contract. */
export function unrecognised(field: string, httpStatus: number): ProviderOutcome {
  return unknown('<unrecognised answer>', {
    httpStatus,
    description: `the field ${field} breaks the contract`,
  });
}

/**
 * An error that is not in the form of the provider's. Below 500 and without JSON it comes from somebody else:
 * a wrong address, a page of a proxy.
 */
export function strangeError({ status, json, retryAfterMs }: Answer): ProviderOutcome {
  const isElsewhere = json === undefined && status < 500 && status !== 429;
  return {
    ...unknown(`<http ${status}>`, { httpStatus: status, retryAfterMs }),
    ...(isElsewhere ? { isSetupFault: true as const } : {}),
  };
}

/**
 * What a refusal is about: this transaction; our ids of its beneficiary; or us. Nothing was created in any of
 * these cases.
 */
export type Refused = 'content' | 'refs' | 'setup';

export function refusal(outcome: ProviderOutcome, refused: Refused): ProviderOutcome {
  if (refused === 'content') return { ...outcome, kind: 'failed' };
  const about = refused === 'refs' ? ({ refusesRefs: true } as const) : ({ isSetupFault: true } as const);
  return { ...outcome, sent: false, ...about };
}

/** The outcome where no answer came: unknown, and `sent: false` only where not one byte was written. */
export function outcomeOfNoAnswer(reply: Exclude<Reply, Answer>): ProviderOutcome {
  if (reply.kind === 'refusal')
    return { kind: 'unknown', sent: false, rawStatus: reply.word, retryAfterMs: reply.retryAfterMs };
  if (reply.kind === 'unreadable')
    return { ...unknown('<unreadable answer>', { httpStatus: reply.status }), isSetupFault: true };
  return { ...unknown(FAILURE_WORDS[reply.reason], { httpStatus: reply.status }), sent: reply.sent };
}

/** An inquiry that failed says nothing about the transaction, least of all that it was not sent. */
export function asInquiry(outcome: ProviderOutcome): ProviderOutcome {
  return { ...outcome, sent: true };
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** The entry for a word in a table of documented words; undefined for a word that the table does not list. */
export function listed<T>(table: Readonly<Record<string, T>>, word: string): T | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}

/** The meaning of a status word. One that is not documented is pending, and reported. */
export function kindOf(
  table: Readonly<Record<string, OutcomeKind>>,
  status: string,
  onUnlisted: OnUnlisted,
): OutcomeKind {
  const kind = listed(table, status);
  if (kind === undefined) onUnlisted(status);
  return kind ?? 'pending';
}
