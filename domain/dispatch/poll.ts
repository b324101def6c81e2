import type { TransactionId } from '../ids/ids';
import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { defined } from '../../platform/defined';
import { DomainError } from '../errors/errors';
import type { Ids } from '../../platform/ids';
import { openCases, transactionCase } from '../cases/cases';
import type { CaseKind } from '../cases/kinds';
import type { Policies, ProviderPolicy } from '../policies/policies';
import { timeoutsOf } from '../policies/timeouts';
import { isDefinite, NOT_FOUND_CONTRADICTED } from '../lifecycle/decide';
import type { Due } from '../lifecycle/due';
import { STATES } from '../lifecycle/lifecycle';
import type { OutcomeRecorder, RecordedOutcome } from '../lifecycle/record-outcome';
import { certainOnly } from '../provider/answers';
import { acknowledgeAttempts, baseOf, readOpenAttempts, renewAttempt, type OpenAttempt } from './attempts';
import { createSetupFaults, type SetupFaults } from './setup-faults';
import type { DispatchCalls, InquiryTarget } from '../provider/calls';
import type { InquiryAnswer, ProviderOutcome } from '../provider/outcome';
import type { ProviderRegistry } from '../provider/provider';
import type { DispatchRegistry } from './service-dispatch';

/**
 * Polling: asks the provider what became of a transaction. "Not found" means nothing until `send_before` plus
 * the provider's window has passed and enough inquiries have found nothing. Then the connector says what that
 * allows: a byte-identical repeat with the same key, a failure, or a case. A payment that the provider has
 * ever shown is neither repeated nor failed because it is not found: a person looks.
 */
export interface Poller {
  poll(ids: readonly string[]): Promise<PollReport>;
}
export interface PollReport {
  due: Due[];
  errors: Error[];
}

export interface PollerDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  policies: Policies;
  providers: ProviderRegistry;
  dispatches: DispatchRegistry;
  recorder: OutcomeRecorder;
  onPoint?(point: 'answered' | 'renewed'): Promise<void> | void;
}

/**
 * States in which the transaction may have reached the provider, so it is asked about when its inquiry is
 * due. A state left out would be claimed again and again but never asked about.
 */
const POLLED: ReadonlySet<string> = new Set(
  STATES.filter((state) => state !== 'accepted' && state !== 'held'),
);

export function createPoller(deps: PollerDependencies): Poller {
  const setupFaults = createSetupFaults(deps);
  return {
    async poll(ids) {
      const report: PollReport = { due: [], errors: [] };
      const attempts = (await readOpenAttempts(deps.knex, ids)).filter((a) => POLLED.has(a.state));
      const payableUntil = await readPayableUntil(deps, attempts);
      await Promise.all(
        attempts.map(async (attempt) => {
          try {
            const due = await pollOne(deps, setupFaults, {
              ...attempt,
              payableUntil: payableUntil.get(attempt.transactionId),
            });
            if (due !== undefined) report.due.push(due);
          } catch (error) {
            report.errors.push(error instanceof Error ? error : new Error('poll failed', { cause: error }));
          }
        }),
      );
      return report;
    },
  };
}

interface PolledAttempt extends OpenAttempt {
  /** Of what a payer is waited for. */
  payableUntil: Date | undefined;
}

/** By transaction, for the services that wait for a payer; one read for each of them. */
async function readPayableUntil(
  { knex, dispatches }: PollerDependencies,
  attempts: readonly OpenAttempt[],
): Promise<ReadonlyMap<string, Date>> {
  const found = await Promise.all(
    Object.entries(dispatches).map(async ([service, dispatch]) => {
      const ids = attempts.filter((one) => one.service === service).map(({ transactionId }) => transactionId);
      return ids.length === 0 ? [] : [...((await dispatch.payableUntil?.(knex, ids)) ?? [])];
    }),
  );
  return new Map(found.flat());
}

async function pollOne(
  deps: PollerDependencies,
  setupFaults: SetupFaults,
  attempt: PolledAttempt,
): Promise<Due | undefined> {
  const connector = deps.providers.get(attempt.provider);
  const dispatch = deps.dispatches[attempt.service];
  const calls = dispatch?.inquiries(connector);
  if (calls === undefined)
    throw new DomainError('PROVIDER_UNKNOWN', {
      detail: `${attempt.provider} does not answer for ${attempt.service}`,
    });
  if (!connector.available(attempt.service)) return undefined; // claimed again at the next gap
  const policy = deps.policies.provider(attempt.provider);
  const askedAt = deps.clock.now();
  const answer = await calls.inquire(targetOf(attempt), {
    timeouts: timeoutsOf(policy),
    transactionId: attempt.transactionId,
  });
  await deps.onPoint?.('answered');
  await setupFaults.heard(attempt.provider, attempt.service, answer);
  const isNothingThere =
    answer.kind === 'not_found' && isWindowOver(attempt, policy, askedAt) && !attempt.mayHaveLaterAttempts;
  const recorded = await deps.recorder.record({
    transactionId: attempt.transactionId,
    attemptNo: attempt.attemptNo,
    source: 'poll',
    askedAt,
    answer,
    recheckSuccessMs: policy.recheckSuccessMs,
    ...(dispatch?.asksAfterFailure === true ? { recheckFailureMs: policy.recheckSuccessMs } : {}),
    driveNo: attempt.driveNo,
    // Of a failed transaction the provider should have nothing. Where somebody said otherwise, the inquiries
    // go on, and people are told after some of them.
    ...(isNothingThere && attempt.state === 'failed' && !attempt.isContradicted ? { agrees: true } : {}),
  });
  await raiseCases(deps, attempt, { answer, policy }, recorded);
  await keepReference(deps, attempt, recorded);
  if (recorded.due !== undefined) return recorded.due;
  if (!isNothingThere || attempt.outcome !== null || attempt.state !== 'dispatched') return undefined;
  const isSeen = attempt.isSeen || recorded.row.spokenOfAttempt === attempt.attemptNo;
  if (!isSeen) return afterNotFound(deps, calls, { attempt, policy, askedAt });
  await openCase(
    deps,
    NOT_FOUND_CONTRADICTED,
    attempt.transactionId,
    'the provider had the payment and does not find it any more; it is neither sent again nor failed',
  );
  return undefined;
}

/** The provider's id of a payment stays with the attempt, where callbacks that name nothing else look for it. */
async function keepReference(
  { knex, clock }: PollerDependencies,
  { transactionId, attemptNo, providerReference: known }: OpenAttempt,
  { row }: RecordedOutcome,
): Promise<void> {
  const { providerReference, statusReason } = row;
  if (known !== null || providerReference === null || row.attemptNo !== attemptNo) return;
  const reason = statusReason ?? row.state;
  const at = clock.now();
  await acknowledgeAttempts(knex, [{ transactionId, attemptNo, reason, providerReference, at }]);
}

/**
 * A known result, posted or not, may have changed since. So may a transaction whose money, according to a
 * callback, came back.
 */
function targetOf({
  ourReference,
  providerReference,
  acceptedAt,
  outcome,
  isReversalTold,
  payableUntil,
}: PolledAttempt): InquiryTarget {
  return {
    ourReference,
    providerReference: providerReference ?? undefined,
    acceptedAt,
    ...defined({ payableUntil }),
    ...(outcome !== null || isReversalTold ? { mayHaveComeBack: true as const } : {}),
  };
}

/**
 * The window counts from the last send to the instant of asking, because the process may have been frozen
 * since. This inquiry counts too.
 */
function isWindowOver(attempt: OpenAttempt, policy: ProviderPolicy, askedAt: Date): boolean {
  return (
    askedAt >= addMs(attempt.sendBefore, policy.notFoundWindowMs) &&
    attempt.notFoundCount + 1 >= policy.notFoundInquiries
  );
}

async function afterNotFound(
  deps: PollerDependencies,
  { notFound: rule }: Pick<DispatchCalls, 'notFound'>,
  { attempt, policy, askedAt }: { attempt: OpenAttempt; policy: ProviderPolicy; askedAt: Date },
): Promise<Due | undefined> {
  const now = deps.clock.now();
  if (rule.then === 'resend_same_key' && now < addMs(attempt.dispatchedAt, rule.keyLifeMs))
    return resend(deps, attempt, policy);
  if (rule.then === 'fail') {
    const answer: ProviderOutcome = {
      kind: 'failed',
      sent: true,
      rawStatus: 'not_found',
      rawReason: 'not_found_after_window',
    };
    return (
      await deps.recorder.record({
        transactionId: attempt.transactionId,
        attemptNo: attempt.attemptNo,
        source: 'poll',
        askedAt,
        answer,
        isPresumed: true,
      })
    ).due;
  }
  await openCase(
    deps,
    'not_found_unresolved',
    attempt.transactionId,
    'the provider knows nothing of it, and its rules allow no repeat',
  );
  return undefined;
}

async function openCase(
  { knex, ids, clock }: PollerDependencies,
  kind: CaseKind,
  transactionId: TransactionId,
  summary: string,
): Promise<void> {
  await openCases(knex, ids, [transactionCase(kind, transactionId, summary)], clock.now());
}

/**
 * Repeats the attempt byte for byte with the same key. Any answer other than a definite state of the payout
 * counts as unknown, never as a failure.
 */
async function resend(
  deps: PollerDependencies,
  attempt: OpenAttempt,
  policy: ProviderPolicy,
): Promise<Due | undefined> {
  const sending = deps.dispatches[attempt.service]?.sending;
  const calls = sending?.calls(deps.providers.get(attempt.provider));
  const instruction = await sending?.repeat?.(
    deps.knex,
    attempt.transactionId,
    baseOf(attempt),
    attempt.refs,
  );
  if (calls === undefined || instruction === undefined)
    throw new DomainError('INTERNAL_ERROR', { detail: `a ${attempt.service} cannot be repeated` });
  const prepared = calls.prepare(instruction);
  if (!prepared.bodyHash.equals(attempt.bodyHash)) {
    await openCase(
      deps,
      'repeat_differs',
      attempt.transactionId,
      'the repeat would not be byte-identical to the first request',
    );
    return undefined;
  }
  const sendBefore = addMs(deps.clock.now(), policy.sendWindowMs);
  const renewed = await deps.knex.transaction(async (trx) => {
    const [open] = await rows<{ id: string }>(
      trx,
      `select id from transactions where id = :transactionId and state = 'dispatched' and outcome is null
        and attempt_no = :attemptNo and restore_id is null
        and spoken_of_attempt is distinct from attempt_no for no key update`,
      { transactionId: attempt.transactionId, attemptNo: attempt.attemptNo },
    );
    return open !== undefined && (await renewAttempt(trx, attempt, sendBefore));
  });
  if (!renewed) return undefined;
  await deps.onPoint?.('renewed');
  const askedAt = deps.clock.now();
  if (askedAt >= sendBefore) return undefined;
  const answer = certainOnly(
    await calls.send(instruction, prepared, {
      sendBefore,
      timeouts: timeoutsOf(policy),
      transactionId: attempt.transactionId,
    }),
  );
  return (
    await deps.recorder.record({
      transactionId: attempt.transactionId,
      attemptNo: attempt.attemptNo,
      source: 'poll',
      askedAt,
      answer,
      nextPollAt: addMs(askedAt, policy.pollScheduleMs[0]!),
    })
  ).due;
}

async function raiseCases(
  deps: PollerDependencies,
  attempt: OpenAttempt,
  { answer, policy }: { answer: InquiryAnswer; policy: ProviderPolicy },
  { row, isOfOtherAmount }: RecordedOutcome,
): Promise<void> {
  const now = deps.clock.now();
  const cases = [];
  const isOpen = row.state === 'dispatched' && row.outcome === null; // with this answer recorded
  const isUnanswered =
    attempt.state !== 'dispatched' &&
    !isDefinite(answer.kind) &&
    attempt.pollNo > policy.pollScheduleMs.length;
  if (isOpen && now >= addMs(attempt.dispatchedAt, policy.pollForMs))
    cases.push(
      transactionCase(
        'polling_exhausted',
        attempt.transactionId,
        'the provider gives no final answer; polling goes on',
      ),
    );
  if (isUnanswered)
    cases.push(
      transactionCase(
        'inquiry_unanswered',
        attempt.transactionId,
        `the provider does not say whether it is still ${attempt.state}; polling goes on`,
      ),
    );
  if (isOfOtherAmount && 'amountPaise' in answer) {
    const summary = `the provider speaks of ${answer.amountPaise} paise, and ours are ${row.amountPaise}`;
    cases.push(transactionCase('amount_mismatch', attempt.transactionId, summary));
  }
  await openCases(deps.knex, deps.ids, cases, now);
}
