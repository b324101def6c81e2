import { parsePublicId } from '../../platform/ids';
import { ApiGoneError, type DemoApi } from './api';
import type { PlannedPayout } from './plan';

/** What became of a planned payout, as the API tells it. */
export interface PushedPayout {
  planned: PlannedPayout;
  /** UUID of the transaction; undefined when the payout was not accepted. */
  id: string | undefined;
  status: string;
  /** From acceptance to the end, by the platform's own clock. */
  toFinalMs: number | undefined;
  /** Why it was not accepted or not followed to its end. */
  problem?: string;
}

const FINAL_WITHIN_MS = 90_000;

/**
 * Sends the payouts, the callers in turn and so many at a time, each followed to its end. One that goes wrong stops nobody; throws
 * AbortError when the signal is given, ApiGoneError when the API is gone.
 */
export async function pushAll(
  plan: readonly PlannedPayout[],
  apis: readonly Pick<DemoApi, 'send' | 'finalOf'>[],
  options: { concurrency: number; onDone: () => void; signal: AbortSignal },
): Promise<PushedPayout[]> {
  const pushed = Array.from<PushedPayout>({ length: plan.length });
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < plan.length; i = next++) {
      pushed[i] = await pushOne(plan[i]!, apis[i % apis.length]!);
      options.signal.throwIfAborted();
      options.onDone();
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, lane));
  return pushed;
}

async function pushOne(
  planned: PlannedPayout,
  api: Pick<DemoApi, 'send' | 'finalOf'>,
): Promise<PushedPayout> {
  let publicId: string | undefined;
  const idOf = (): string | undefined =>
    publicId === undefined ? undefined : parsePublicId('transaction', publicId);
  try {
    publicId = await api.send(planned.body, planned.idempotencyKey);
    const final = await api.finalOf(publicId, planned.scenario.endsAs, Date.now() + FINAL_WITHIN_MS);
    const toFinalMs =
      final.finished_at === null ? undefined : Date.parse(final.finished_at) - Date.parse(final.created_at);
    return { planned, id: idOf(), status: final.status, toFinalMs };
  } catch (error) {
    if (error instanceof ApiGoneError) throw error;
    return {
      planned,
      id: idOf(),
      status: publicId === undefined ? 'NOT ACCEPTED' : 'UNKNOWN',
      toFinalMs: undefined,
      problem: error instanceof Error ? error.message : 'it went wrong',
    };
  }
}
