import { setTimeout as pause } from 'node:timers/promises';
import { parsePublicId } from '../../../platform/ids';
import { ApiGoneError, type DemoApi, type TransactionAnswer } from '../api';
import type { People } from './people';
import type { SandboxPhone } from './phone';
import type { CounterScenario } from './scenarios';

/** What became of a transaction at the counter, as the API tells it. */
export interface Taken {
  scenario: CounterScenario;
  label: string;
  /** UUID of the transaction; undefined when it was not accepted. */
  id: string | undefined;
  publicId: string | undefined;
  status: string;
  /** From acceptance to the end, by the platform's own clock. */
  toFinalMs: number | undefined;
  /** Why it was not accepted or not followed to its end. */
  problem?: string;
}

/** What each service's counter works with. */
export interface Counter {
  api: DemoApi;
  people: People;
  phone: SandboxPhone;
  /** Has the provider asked about a transaction again, as whoever doubts it would. */
  doubt: (id: string) => Promise<void>;
  onDone(): void;
}

const FINAL_WITHIN_MS = 90_000;
const REREAD_MS = 400;
const WAIT_S = 5;
const DOUBTED_EVERY_MS = 1_500;

/**
 * Makes one transaction, does what it needs besides, and follows it to its end. What goes wrong with one
 * stops nobody; throws ApiGoneError.
 */
export async function take(
  counter: Counter,
  { scenario, label }: Pick<Taken, 'scenario' | 'label'>,
  place: () => Promise<string>,
  besides?: (publicId: string) => Promise<void>,
): Promise<Taken> {
  let publicId: string | undefined;
  try {
    publicId = await place();
    await besides?.(publicId);
    return await followed(counter, scenario, label, publicId);
  } catch (error) {
    if (error instanceof ApiGoneError) throw error;
    const id = publicId === undefined ? undefined : parsePublicId('transaction', publicId);
    return {
      scenario,
      label,
      id,
      publicId,
      status: id === undefined ? 'NOT ACCEPTED' : 'UNKNOWN',
      toFinalMs: undefined,
      problem: (error as Error).message,
    };
  } finally {
    counter.onDone();
  }
}

/** Follows a transaction to its end, or into review. */
async function followed(
  { api, doubt }: Counter,
  scenario: CounterScenario,
  label: string,
  publicId: string,
): Promise<Taken> {
  const base = { scenario, label, publicId, id: parsePublicId('transaction', publicId) };
  const deadline = Date.now() + FINAL_WITHIN_MS;
  const isAtOnce = scenario.service === 'aeps';
  for (;;) {
    const t = (
      await api.call('GET', `/v1/transactions/${publicId}`, undefined, isAtOnce ? {} : { waitS: WAIT_S })
    ).body as unknown as TransactionAnswer;
    const isOver = Date.now() > deadline;
    if (t.status === 'PENDING' && (isAtOnce || isOver)) {
      const reviewedAt = await reviewed(api, publicId);
      if (reviewedAt !== undefined)
        return { ...base, status: 'IN REVIEW', toFinalMs: reviewedAt - Date.parse(t.created_at) };
    }
    const mayCome =
      t.status === 'PENDING' || (t.status === 'SUCCESS' && !scenario.endsAs.includes('SUCCESS'));
    if (!mayCome || isOver)
      return {
        ...base,
        status: t.status,
        toFinalMs: t.finished_at === null ? undefined : Date.parse(t.finished_at) - Date.parse(t.created_at),
      };
    if (t.status === 'SUCCESS' && scenario.isDoubted === true) {
      await doubt(base.id!);
      await pause(DOUBTED_EVERY_MS);
    } else await pause(REREAD_MS);
  }
}

/** When it went into review, if it is there; in ms. */
async function reviewed(api: DemoApi, publicId: string): Promise<number | undefined> {
  const events = (await api.call('GET', `/v1/transactions/${publicId}/events`)).body.data as {
    to: string;
    at: string;
  }[];
  const last = events.at(-1);
  return last?.to === 'in_review' ? Date.parse(last.at) : undefined;
}
