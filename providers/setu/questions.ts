import type { DeskAnswer, ProviderCallOptions } from '../../domain/provider/calls';
import { DomainError } from '../../domain/errors/errors';
import { isSuccess } from '../answers';
import type { Reading } from '../reading';
import type { Call, SetuClient } from './client';
import { questionProblem } from './transformers';

/**
 * A question that moves no money, read by its schema; a `field` instead of a value names the field that
 * breaks the contract.
 */
export async function ask<T>(
  client: SetuClient,
  { operation, ...call }: Call & { operation: string },
  read: (json: unknown) => Reading<T>,
  options: ProviderCallOptions,
): Promise<DeskAnswer<T>> {
  const reply = await client.call(operation, call, options);
  if (reply.kind !== 'answer' || !isSuccess(reply.status)) return questionProblem(reply);
  const value = read(reply.json);
  return value.ok ? value : questionProblem(reply, value.field);
}

export async function mapped<T, V>(
  answer: Promise<DeskAnswer<T>>,
  make: (value: T) => V,
): Promise<DeskAnswer<V>> {
  const given = await answer;
  return given.ok ? { ok: true, value: make(given.value) } : given;
}

/** The body of a question, or a refusal when the contract cannot express it; then nothing is sent. */
export function bodyOf(
  make: () => string,
): { ok: true; value: string } | Extract<DeskAnswer<never>, { ok: false }> {
  try {
    return { ok: true, value: make() };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { ok: false, kind: 'refused', rawStatus: '<not sendable>', rawReason: error.detail };
  }
}
