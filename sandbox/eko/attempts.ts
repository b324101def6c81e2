/**
 * The booking of a financial request, the same for every service: the client_ref_id must be new, a scenario
 * is chosen, then everything is booked in one synchronous step. A handler awaits nothing between
 * `requireNewReference` and the booking, so the same reference cannot be booked twice.
 */
import { rupeesFromPaise } from '../../platform/decimal';
import { NONE, UNREAD } from '../book/lookup';
import { scenarioOfEnding, type ScenarioCode } from '../scenarios';
import {
  duplicateReference,
  failed,
  serverError,
  tooManyRequests,
  type Data,
  type EkoRefusal,
  type Reply,
} from './answers';
import type { NewTransaction } from './book';
import type { TxStatus } from './entries';
import type { EkoDeps } from './requests';
import { hooksOf, planOf, type Plan } from './scenarios';
import { isoDateTime, bankReference } from './times';
import { tidOf } from './transactions';

const MAX_CALLBACKS_OWED = 500_000;

export type Attempt = Omit<NewTransaction, 'status' | 'scenario' | 'reason' | 'hooks'>;

/** A booked attempt, for its answer. `at` is milliseconds since the epoch. */
export interface Booked {
  slot: number;
  tid: string;
  status: TxStatus;
  plan: Plan;
  at: number;
  timestamp: string;
  bankReference: string;
}

export async function slotOfReference({ book }: EkoDeps, ref: string): Promise<number> {
  let slot = book.transactions.slotByRef(ref);
  while (slot === UNREAD) {
    await book.transactions.loadRef(ref);
    slot = book.transactions.slotByRef(ref);
  }
  return slot;
}

/** Throws, and notes the repeat, when the client_ref_id was used before. */
export async function requireNewReference(deps: EkoDeps, ref: string | null): Promise<void> {
  const slot = ref === null ? NONE : await slotOfReference(deps, ref);
  if (slot === NONE) return;
  deps.book.noteRepeat(slot);
  throw duplicateReference();
}

/**
 * The scenario that was ordered, or else that of the key's ending. Throws when the scenario is to answer 500;
 * then nothing is booked.
 */
export function chooseScenario(
  { book, orders }: EkoDeps,
  { service, ref }: Pick<Attempt, 'service' | 'ref'>,
  key: string,
): ScenarioCode {
  if (book.hooks.counts().pending >= MAX_CALLBACKS_OWED) throw tooManyRequests(30);
  const accountEnding = key.slice(-4);
  const code = orders.takeScenario({ accountEnding, referenceId: ref }) ?? scenarioOfEnding(accountEnding);
  if (planOf(service, code).answer === 'error') throw serverError();
  return code;
}

/** Books an attempt according to the scenario of its key. Throws when the scenario is to answer 500. */
export const bookByScenario = (deps: EkoDeps, attempt: Attempt, key: string): Booked =>
  bookAttempt(deps, attempt, chooseScenario(deps, attempt, key));

/**
 * Books an attempt according to its scenario, plans the next step and sends the callbacks of a final status.
 */
export function bookAttempt(
  deps: EkoDeps,
  attempt: Attempt,
  scenario: ScenarioCode,
  status: TxStatus = planOf(attempt.service, scenario).status,
): Booked {
  const plan = planOf(attempt.service, scenario);
  const hooks = deps.settings.callbacksOn ? hooksOf(attempt.service, plan, { from: '2', to: status }) : [];
  const { slot, hooks: owed } = deps.book.addTransaction({
    ...attempt,
    status,
    scenario,
    reason: status === '1' ? 'declined' : null,
    hooks: hooks.length > 0 ? hooks : undefined,
  });
  const tell = (): void => {
    if (status !== '1') deps.lifecycle.begin(slot);
    deps.owe(owed);
  };
  deps.book.flushed().then(tell, () => undefined); // a failing disk is reported elsewhere (onFailure)
  return bookedOf(deps, slot, plan);
}

/**
 * Books an attempt that is declined before it starts. It has a tid and is found by inquiry, but has no
 * callback.
 */
export function declineAttempt(deps: EkoDeps, attempt: Attempt, reason: string): Booked {
  const { slot } = deps.book.addTransaction({ ...attempt, status: '1', scenario: '0000', reason });
  return bookedOf(deps, slot, planOf(attempt.service, '1111'));
}

function bookedOf({ book }: EkoDeps, slot: number, plan: Plan): Booked {
  const { status, at } = book.transactions.state(slot);
  return {
    slot,
    tid: tidOf(slot),
    status,
    plan,
    at,
    timestamp: isoDateTime(at),
    bankReference: bankReference(slot, at),
  };
}

/** An awaited transaction has no `response_type_id` in the sample, whatever the service. */
export const awaited = ({ tid }: Booked, amountPaise: bigint): Reply => ({
  status: 0,
  response_status_id: 0,
  message: 'Transaction in progress',
  data: { tx_status: '2', txstatus_desc: 'Awaited', tid, amount: rupeesFromPaise(amountPaise) },
});

/** The samples show a declined transfer only; bills and settlements are declined with the same text. */
export const declined = (reason: string, more: Data): EkoRefusal =>
  failed(55, 'Transaction declined. Please try after sometime.', {
    tx_status: '1',
    txstatus_desc: 'Failed',
    reason,
    ...more,
  });
