/**
 * One financial attempt, the same way for every service: the client_ref_id must be new, then a scenario is chosen, then everything is booked in one
 * synchronous step. Between `requireNewReference` and the booking a handler awaits nothing, so that the same reference cannot pass twice.
 */
import { NONE, UNREAD } from '../book/lookup';
import type { ScenarioCode } from '../scenarios';
import { scenarioOfEnding } from '../scenarios';
import { duplicateReference, serverError, tooManyRequests } from './answers';
import type { NewTransaction } from './book';
import type { TxStatus } from './entries';
import type { EkoDeps } from './requests';
import { hooksOf, planOf, type Plan } from './scenarios';
import { isoDateTime, bankReference } from './times';
import { tidOf } from './transactions';

const MOST_CALLBACKS_OWED = 500_000;

export type Attempt = Omit<NewTransaction, 'status' | 'scenario' | 'reason' | 'hooks'>;

/** What was booked, as an answer needs it. `at` is milliseconds since the epoch. */
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

/** Throws, and notes the repeat, when a client_ref_id was used before. */
export async function requireNewReference(deps: EkoDeps, ref: string | null): Promise<void> {
  const slot = ref === null ? NONE : await slotOfReference(deps, ref);
  if (slot === NONE) return;
  deps.book.noteRepeat(slot);
  throw duplicateReference();
}

/** The scenario that was ordered, or that the ending of the key stands for. Throws the 500 of those that answer so: nothing is booked. */
export function chooseScenario(
  { book, orders }: EkoDeps,
  { service, key, ref }: { service: Attempt['service']; key: string; ref: string | null },
): ScenarioCode {
  if (book.hooks.counts().pending >= MOST_CALLBACKS_OWED) throw tooManyRequests(30);
  const accountEnding = key.slice(-4);
  const code = orders.takeScenario({ accountEnding, referenceId: ref }) ?? scenarioOfEnding(accountEnding);
  if (planOf(service, code).answer === 'error') throw serverError();
  return code;
}

/** Books an attempt as its scenario has it, plans what comes next, and owes the callbacks of what is final already. */
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
    ...(hooks.length > 0 ? { hooks } : {}),
  });
  const tell = (): void => {
    if (status !== '1') deps.lifecycle.begin(slot);
    deps.owe(owed);
  };
  deps.book.flushed().then(tell, () => undefined); // a disk that fails has its own way out
  return bookedOf(deps, slot, plan);
}

/** Books an attempt that is declined before anything happens: it has a tid and is found by inquiry, and nobody is told. */
export function declineAttempt(deps: EkoDeps, attempt: Omit<Attempt, 'otp'>, reason: string): Booked {
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
