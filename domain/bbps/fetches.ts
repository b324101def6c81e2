import type { UserId } from '../ids/ids';
import type { OffersBills } from './port';
import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import type { FieldCipher } from '../../platform/encryption';
import { DomainError, fieldError } from '../errors/errors';
import { BBPS_ERRORS } from './errors';
import { derivedReference, type Ids } from '../../platform/ids';
import type { Caller } from '../auth/api-keys';
import { orUnknown } from '../provider/answers';
import type { DeskAnswer } from '../provider/calls';
import type { ProviderRegistry } from '../provider/provider';
import type { Policies } from '../policies/policies';
import type { Catalogue } from './catalogue';
import {
  bringForward,
  claimAsk,
  finishFetch,
  insertFetch,
  noteProcessing,
  openResult,
  readFetch,
  type FetchRow,
  type FetchEnding,
} from './fetch-rows';
import { checkParameters } from './parameters';
import type { BbpsPolicies } from './policies';
import type { Biller, BillCalls, FetchedBill } from './port';
import type { FetchRequest } from './sealed';
import { fetchView, type FetchView } from './views';

/**
 * Fetches a bill. The row is committed, then the process that serves the customer asks the provider. Nothing
 * is queued, since only that customer waits. While the provider works on the fetch, it is asked again
 * whenever the fetch is read, at most once a second over all processes; a callback only brings that forward.
 * A fetch moves no money: without an answer it fails, and another one may be made.
 */
export interface Fetches {
  /**
   * Commits a fetch and begins it; `begun` resolves when the provider has answered, and never rejects. Throws
   * DomainError BBPS_BILLER_UNKNOWN, BBPS_BILLER_UNAVAILABLE, BBPS_FETCH_NOT_SUPPORTED,
   * BBPS_PARAMETER_INVALID, PROVIDER_UNAVAILABLE, SERVICE_UNAVAILABLE.
   */
  start(
    caller: Caller,
    billerId: string,
    request: FetchRequest,
  ): Promise<{ id: string; begun: Promise<void> }>;
  /** The user's fetch, after asking the provider if that is due. Throws DomainError BBPS_FETCH_NOT_FOUND. */
  get(userId: UserId, id: string): Promise<FetchView>;
  /** How long a caller that does not want to wait is kept waiting, ms. */
  answerMs(): number;
  /**
   * A provider says that the fetch of this reference has changed. True when it is one of ours that is open.
   */
  hint(provider: string, reference: string): Promise<boolean>;
}
export interface FetchDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  cipher: FieldCipher;
  providers: ProviderRegistry<OffersBills>;
  policies: Policies;
  bbpsPolicies: BbpsPolicies;
  catalogue: Catalogue;
  /** Wakes those who wait for the row. */
  announce?(ids: readonly string[]): void;
  onError?(error: unknown): void;
}

const MIN_GAP_MS = 1_000;
const MAX_ASK_MS = 10_000;
export const GRACE_MS = 5_000; // for an answer that came in time and is being written
const MAX_BEGINNING = 500;

export function createFetches(deps: FetchDependencies): Fetches {
  let beginning = 0;
  return {
    async start(caller, billerId, request) {
      const found = await deps.catalogue.find(billerId);
      if (found === undefined) throw billerUnknown();
      const { provider, biller } = found;
      checkFetchable(biller, request);
      if (beginning >= MAX_BEGINNING)
        throw new DomainError('SERVICE_UNAVAILABLE', {
          detail: 'too many bills are being fetched; try again shortly',
          retryAfterS: 1,
        });
      const { fetchStartMs, fetchValidMs } = deps.bbpsPolicies.timings();
      const now = deps.clock.now();
      const id = deps.ids.uuid();
      const ourReference = derivedReference(id, 'fetch');
      await insertFetch(deps.knex, deps.cipher, {
        id,
        userId: caller.userId,
        provider,
        billerId,
        ourReference,
        request,
        createdAt: now,
        startBefore: addMs(now, fetchStartMs),
        expiresAt: addMs(now, fetchValidMs),
      });
      beginning += 1;
      const begun = begin(deps, { id, userId: caller.userId, ourReference, provider, biller, request })
        .catch((error: unknown) => deps.onError?.(error))
        .finally(() => {
          beginning -= 1;
        });
      return { id, begun };
    },
    async get(userId, id) {
      const row = await readFetch(deps.knex, userId, id);
      if (row === undefined) throw new DomainError(BBPS_ERRORS.BBPS_FETCH_NOT_FOUND);
      if (row.state !== 'processing') return fetchView(row, openResult(deps.cipher, row));
      await askAgain(deps, row);
      const after = (await readFetch(deps.knex, userId, id))!;
      return fetchView(after, openResult(deps.cipher, after));
    },
    answerMs: () => deps.bbpsPolicies.timings().fetchAnswerMs,
    async hint(provider, reference) {
      const ids = await bringForward(deps.knex, provider, reference, deps.clock.now());
      if (ids.length > 0) deps.announce?.(ids);
      return ids.length > 0;
    },
  };
}

const failed = (reason: string): FetchEnding => ({
  state: 'failed',
  reference: null,
  result: { bills: [], exactness: null, reason, additional: [] },
});

async function finish(deps: FetchDependencies, id: string, ending: FetchEnding): Promise<void> {
  if (await finishFetch(deps.knex, deps.cipher, { id, ...ending, at: deps.clock.now() }))
    deps.announce?.([id]);
}

/** Writes what the provider knows; `processing` is written once, with its reference. */
async function record(deps: FetchDependencies, id: string, fetched: FetchedBill): Promise<void> {
  const { refId, state, bills, exactness, additional } = fetched;
  if (state === 'processing')
    return noteProcessing(deps.knex, id, refId, addMs(deps.clock.now(), MIN_GAP_MS));
  const reason = state === 'failed' ? (fetched.reason ?? 'refused by the biller') : null;
  await finish(deps, id, { state, reference: refId, result: { bills, exactness, reason, additional } });
}

interface Begun {
  id: string;
  userId: UserId;
  ourReference: string;
  provider: string;
  biller: Biller;
  request: FetchRequest;
}

async function begin(
  deps: FetchDependencies,
  { id, userId, ourReference, provider, biller, request }: Begun,
): Promise<void> {
  const calls = callsOf(deps, provider);
  const answer = await orUnknown(() =>
    calls.startFetch(
      { ourReference, biller: { id: biller.id, category: biller.category }, ...request },
      { timeouts: { totalMs: deps.bbpsPolicies.timings().fetchStartMs }, who: userId },
    ),
  );
  if (answer.ok) return record(deps, id, answer.value);
  await finish(deps, id, failed(refusalOf(answer)));
}

async function askAgain(deps: FetchDependencies, row: FetchRow): Promise<void> {
  const now = deps.clock.now();
  if (now >= row.expiresAt || (row.providerReference === null && now >= addMs(row.startBefore, GRACE_MS)))
    return finish(deps, row.id, failed('no answer in time; fetch again'));
  if (row.providerReference === null || row.nextAskAt === null || row.nextAskAt > now) return;
  const gap = { gapMs: deps.bbpsPolicies.timings().fetchAskGapMs, minGapMs: MIN_GAP_MS };
  if (!deps.providers.get(row.provider).available('bbps') || !(await claimAsk(deps.knex, row.id, now, gap)))
    return;
  const [calls, reference] = [callsOf(deps, row.provider), row.providerReference];
  const answer = await orUnknown(() =>
    calls.fetched(reference, {
      timeouts: { totalMs: Math.min(deps.policies.provider(row.provider).totalTimeoutMs, MAX_ASK_MS) },
    }),
  );
  if (answer.ok) await record(deps, row.id, answer.value);
  else if (answer.kind === 'refused') await finish(deps, row.id, failed(refusalOf(answer)));
}

export function billerUnknown(pointer = '#/biller'): DomainError {
  const detail = 'take the id of a biller from GET /v1/bbps/billers';
  return fieldError(BBPS_ERRORS.BBPS_BILLER_UNKNOWN, pointer, detail);
}

export function refuseUnavailable(biller: Biller): void {
  if (!biller.isAvailable)
    throw new DomainError(BBPS_ERRORS.BBPS_BILLER_UNAVAILABLE, {
      detail: 'the biller takes no payments now; try again later',
    });
}

function checkFetchable(biller: Biller, request: FetchRequest): void {
  if (biller.fetch === 'not_supported')
    throw new DomainError(BBPS_ERRORS.BBPS_FETCH_NOT_SUPPORTED, {
      detail: 'this biller has no bills to fetch: pay with biller, customer and counter',
    });
  refuseUnavailable(biller);
  checkParameters(biller.parameters, request.customer.parameters);
}

export function callsOf(deps: { providers: ProviderRegistry<OffersBills> }, provider: string): BillCalls {
  const calls = deps.providers.get(provider).bbps;
  if (calls === undefined)
    throw new DomainError('PROVIDER_UNKNOWN', { detail: `${provider} has no bill payment` });
  return calls;
}

/** The provider's code where it has one; of no answer at all only that. */
function refusalOf(answer: Extract<DeskAnswer<unknown>, { ok: false }>): string {
  return answer.kind === 'refused' ? (answer.rawReason ?? answer.rawStatus) : 'no answer; fetch again';
}
