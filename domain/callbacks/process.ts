import type { TransactionId } from '../ids/ids';
import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';
import { DomainError } from '../errors/errors';
import type { Ids } from '../../platform/ids';
import type { CallLog } from '../api-log/port';
import { openCases, transactionCase, type NewCase } from '../cases/cases';
import { bringInquiryForward } from '../lifecycle/inquiries';
import type { CallbackHint, ParsedCallback } from '../provider/callback';
import type { ProviderRegistry } from '../provider/provider';
import type { ServiceName } from '../provider/service-name';
import { ABANDONED } from '../lifecycle/decide';
import type { Due } from '../lifecycle/due';
import type { OutcomeRecorder } from '../lifecycle/record-outcome';
import { openBody } from './sealed';

/**
 * Processes stored callbacks. A signed one that matches in reference, amount and account decides; any other
 * is a hint, and the provider is asked. If a hint says that the money came back and the provider denies it, a
 * person looks. A callback with only the provider's reference may arrive before the answer that brings us
 * that reference: it stays due and is read again. Processing a callback twice records a repeat.
 */
export interface CallbackProcessor {
  process(ids: readonly string[]): Promise<{ due: Due[]; errors: Error[] }>;
}

/**
 * Receivers of callbacks about things other than transactions (a bill fetch, a complaint), found by the
 * provider's reference. Each resolves to true if the reference is one of ours that is still open.
 */
export type CallbackHints = Readonly<
  Partial<Record<CallbackHint['about'], (provider: string, reference: string) => Promise<boolean>>>
>;

export interface CallbackProcessorDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  cipher: FieldCipher;
  providers: ProviderRegistry;
  recorder: OutcomeRecorder;
  hints?: CallbackHints;
  /**
   * Services whose callbacks repeat our reference. One that does not is looked up by the provider's reference at the
   * attempt alone: to look at the transaction as well would take an index with four entries for each payout.
   */
  namingOurReference: readonly ServiceName[];
  callLog?: CallLog;
  onPoint?(point: 'recorded'): Promise<void> | void;
}

interface StoredCallback {
  id: string;
  provider: string;
  verdict: 'signed' | 'unsigned';
  bodySealed: string;
  receivedAt: Date;
}
interface MatchedAttempt {
  ourReference: string;
  transactionId: TransactionId;
  attemptNo: number;
  refs: Record<string, string>;
  amountPaise: bigint;
  providerReference: string | null;
}
interface ProcessedCallback {
  id: string;
  ourReference?: string;
  event: string | null;
  transactionId: TransactionId | null;
  result: string;
  opens?: NewCase;
  due?: Due;
}
/** A callback and the data read from it. `shown` is the part that the API log may keep. */
interface ReadCallback {
  stored: StoredCallback;
  parsed: ParsedCallback | Error;
  shown: unknown;
}

/**
 * How long a hint that matches nothing is read again, ms. It is longer than the call whose answer brings the
 * provider's reference, and longer than it takes to replace a process that died with that answer.
 */
export const UNMATCHED_PATIENCE_MS = 120_000;

export function createCallbackProcessor(deps: CallbackProcessorDependencies): CallbackProcessor {
  return {
    async process(ids) {
      const callbacks = (await readStored(deps.knex, ids)).map((stored) => read(deps, stored));
      const matches = await findMatches(deps.knex, deps.namingOurReference, callbacks.flatMap(referencesIn));
      const errors: Error[] = [];
      const results = await Promise.all(
        callbacks.map(async (callback) => {
          try {
            const processed = await processOne(deps, callback, matches);
            if (processed !== undefined) note(deps, callback, processed);
            return processed;
          } catch (error) {
            errors.push(error instanceof Error ? error : new Error('callback failed', { cause: error }));
            return undefined;
          }
        }),
      );
      const processed = results.filter((result) => result !== undefined);
      await deps.onPoint?.('recorded');
      await finish(deps, processed);
      return { due: processed.flatMap(({ due }) => due ?? []), errors };
    },
  };
}

async function readStored(knex: Knex, ids: readonly string[]): Promise<StoredCallback[]> {
  return rows<StoredCallback>(
    knex,
    `
    select id, provider, verdict, body_sealed as "bodySealed", received_at as "receivedAt"
    from callbacks where id = any(?::uuid[]) and state = 'received'`,
    [ids],
  );
}

/** A callback that cannot be read fails alone and does not hold up the others. */
function read(deps: CallbackProcessorDependencies, stored: StoredCallback): ReadCallback {
  let shown: unknown;
  try {
    const connector = deps.providers.get(stored.provider);
    const raw = openBody(deps.cipher, stored.bodySealed, stored.id);
    if (deps.callLog !== undefined) shown = connector.maskCallback?.(raw);
    return { stored, parsed: connector.parseCallback(raw), shown };
  } catch (error) {
    const parsed =
      error instanceof Error ? error : new Error('a callback could not be read', { cause: error });
    return { stored, parsed, shown };
  }
}

interface References {
  provider: string;
  ourReference: string | null;
  providerReference: string | null;
}

function referencesIn({ stored, parsed }: ReadCallback): References[] {
  if (parsed instanceof Error || parsed.target === undefined) return [];
  const { ourReference = null, providerReference = null } = parsed.target;
  return [{ provider: stored.provider, ourReference, providerReference }];
}

/** The API log's line about a callback. The latency is the time from its receipt until now. */
function note(
  { callLog, clock }: CallbackProcessorDependencies,
  { stored, shown }: ReadCallback,
  processed: ProcessedCallback,
): void {
  callLog?.note({
    provider: stored.provider,
    operation: processed.event ?? 'callback',
    method: 'POST',
    route: `/callbacks/${stored.provider}`,
    result: `${stored.verdict}: ${processed.result}`,
    latencyMs: clock.now().getTime() - stored.receivedAt.getTime(),
    at: stored.receivedAt,
    ...(processed.transactionId === null ? {} : { transactionId: processed.transactionId }),
    ...(processed.ourReference === undefined ? {} : { ourReference: processed.ourReference }),
    ...(shown === undefined ? {} : { request: shown }),
  });
}

/** The result of a callback; undefined while it is too early to say. */
async function processOne(
  deps: CallbackProcessorDependencies,
  { stored, parsed }: ReadCallback,
  matches: ReadonlyMap<string, MatchedAttempt>,
): Promise<ProcessedCallback | undefined> {
  const { id, provider, verdict } = stored;
  if (parsed instanceof DomainError && parsed.code === 'CALLBACK_MALFORMED') {
    const summary = `a ${verdict} callback of ${provider} is not in the form of its contract`;
    const evidence = { provider };
    const opens: NewCase = { kind: 'callback_malformed', subject: `callback:${id}`, summary, evidence };
    return { id, event: null, transactionId: null, result: 'malformed', opens };
  }
  if (parsed instanceof Error) throw parsed;
  const unmatched = { id, event: parsed.event, transactionId: null };
  if (parsed.hint !== undefined) {
    const isOurs = await deps.hints?.[parsed.hint.about]?.(provider, parsed.hint.reference);
    return { ...unmatched, result: isOurs === true ? 'hint' : 'hint_unmatched' };
  }
  if (parsed.target === undefined) return { ...unmatched, result: 'no_transaction' };
  const match = matchOf(stored, parsed.target, matches);
  if (match !== undefined) return processMatched(deps, stored, parsed, match);
  if (mayBeEarly(stored, parsed.target, deps.clock.now())) return undefined;
  const summary = `a ${verdict} ${parsed.event} of ${provider} names no attempt of ours`;
  const { ourReference = null, providerReference = null } = parsed.target;
  // The case closes itself when an attempt with one of them turns up.
  const evidence = {
    provider,
    event: parsed.event,
    our_reference: ourReference,
    provider_reference: providerReference,
  };
  const opens: NewCase = { kind: 'callback_unmatched', subject: `callback:${id}`, summary, evidence };
  return { ...unmatched, result: 'unmatched', opens };
}

type Target = NonNullable<ParsedCallback['target']>;

/**
 * By our reference; where a callback has none, by the id that the provider gave the payment and we hold. One
 * with another reference than ours is never matched by the id.
 */
function matchOf(
  { provider }: StoredCallback,
  { ourReference, providerReference }: Target,
  matches: ReadonlyMap<string, MatchedAttempt>,
): MatchedAttempt | undefined {
  return matches.get(
    ourReference === undefined
      ? `${provider}|theirs|${providerReference}`
      : `${provider}|ours|${ourReference}`,
  );
}

/** The answer that brings the provider's reference may still be on its way. */
function mayBeEarly({ receivedAt }: StoredCallback, { ourReference }: Target, now: Date): boolean {
  return ourReference === undefined && now.getTime() - receivedAt.getTime() < UNMATCHED_PATIENCE_MS;
}

/** A signed callback that fits the attempt decides; any other brings the inquiry forward. */
async function processMatched(
  deps: CallbackProcessorDependencies,
  stored: StoredCallback,
  parsed: ParsedCallback,
  match: MatchedAttempt,
): Promise<ProcessedCallback> {
  const { id, verdict, receivedAt } = stored;
  const { transactionId, attemptNo, ourReference } = match;
  const about = { id, event: parsed.event, transactionId, ourReference };
  const difference = differenceOf(parsed, match);
  if (difference !== undefined) {
    await hint(deps, stored, match, false);
    const summary = `a ${verdict} ${parsed.event} speaks of another ${difference}`;
    const opens = transactionCase(`callback_${difference}_mismatch`, transactionId, summary);
    return { ...about, result: `mismatch_${difference}`, opens };
  }
  if (verdict !== 'signed' || parsed.outcome === undefined)
    return { ...about, result: await hint(deps, stored, match, parsed.tellsReversal === true) };
  const { decision, due } = await deps.recorder.record({
    transactionId,
    attemptNo,
    source: 'callback',
    askedAt: receivedAt,
    answer: parsed.outcome,
    callbackId: id,
  });
  return { ...about, result: decision, due };
}

/**
 * Requests an inquiry. An attempt that was given up as never sent cannot be asked about: we record that the
 * provider mentions it, and send nothing more.
 */
async function hint(
  deps: CallbackProcessorDependencies,
  { id, verdict, receivedAt }: StoredCallback,
  { transactionId, attemptNo }: MatchedAttempt,
  isReversalTold: boolean,
): Promise<string> {
  const ask = (): Promise<boolean> =>
    bringInquiryForward(deps.knex, [transactionId], deps.clock.now(), { attemptNo, isReversalTold });
  if (await ask()) return 'hint';
  const { decision } = await deps.recorder.record({
    transactionId,
    attemptNo,
    source: 'callback',
    askedAt: receivedAt,
    answer: { kind: 'unknown', sent: true, rawStatus: `<${verdict} callback>`, rawReason: ABANDONED },
    callbackId: id,
  });
  // Stopped where it stood, the transaction can be asked about: a person wants to know what the provider
  // says.
  await ask();
  return decision;
}

/** The difference between a callback and the attempt that it names, if any. */
function differenceOf(
  { target = {} }: ParsedCallback,
  match: MatchedAttempt,
): 'amount' | 'account' | 'payout' | undefined {
  const { amountPaise, refs = {}, providerReference } = target;
  if (amountPaise !== undefined && amountPaise !== match.amountPaise) return 'amount';
  const isOtherRef = Object.entries(refs).some(
    ([key, value]) => match.refs[key] !== undefined && match.refs[key] !== value,
  );
  if (isOtherRef) return 'account';
  // Two payouts of the provider under one reference of ours: the result of one says nothing about the other.
  const isOtherPayout =
    providerReference !== undefined &&
    match.providerReference !== null &&
    providerReference !== match.providerReference;
  return isOtherPayout ? 'payout' : undefined;
}

/**
 * Finds the attempts that callbacks name, by our reference or, if the provider does not repeat it, by its
 * own.
 */
async function findMatches(
  knex: Knex,
  namingOurReference: readonly ServiceName[],
  wanted: readonly References[],
): Promise<Map<string, MatchedAttempt>> {
  if (wanted.length === 0) return new Map();
  const columns = `
    attempt.provider, attempt.our_reference as "ourReference", attempt.transaction_id as "transactionId",
    attempt.attempt_no as "attemptNo", attempt.refs, t.amount_paise as "amountPaise", coalesce(
      attempt.provider_reference, case when t.attempt_no = attempt.attempt_no then t.provider_reference end
    ) as "providerReference"`;
  const lookedUp = namingOurReference.map((service) => ` and t.service <> '${service}'`).join('');
  const found = await rows<MatchedAttempt & { provider: string }>(
    knex,
    `
    with wanted as (
      select * from unnest(:providers::text[], :ours::text[], :theirs::text[]) as wanted(provider, ours, theirs))
    select ${columns} from wanted
      join dispatch_attempts attempt on attempt.provider = wanted.provider and attempt.our_reference = wanted.ours
      join transactions t on t.id = attempt.transaction_id
    union all
    select ${columns} from wanted
      join dispatch_attempts attempt on wanted.ours is null
        and attempt.provider = wanted.provider and attempt.provider_reference = wanted.theirs
      join transactions t on t.id = attempt.transaction_id
    union all
    select ${columns} from wanted
      join lateral (select distinct o.transaction_id as id from transaction_outcomes o
        where wanted.ours is null and o.provider_reference = wanted.theirs) told on true
      join transactions t on t.id = told.id
        and t.provider = wanted.provider and t.provider_reference = wanted.theirs${lookedUp}
      join dispatch_attempts attempt on attempt.transaction_id = t.id and attempt.attempt_no = t.attempt_no`,
    {
      providers: wanted.map(({ provider }) => provider),
      ours: wanted.map(({ ourReference }) => ourReference),
      theirs: wanted.map(({ providerReference }) => providerReference),
    },
  );
  return new Map(
    found.flatMap((match): [string, MatchedAttempt][] => [
      [`${match.provider}|ours|${match.ourReference}`, match],
      [`${match.provider}|theirs|${match.providerReference}`, match],
    ]),
  );
}

async function finish(
  deps: CallbackProcessorDependencies,
  processed: readonly ProcessedCallback[],
): Promise<void> {
  if (processed.length === 0) return;
  const now = deps.clock.now();
  const cases = processed.flatMap(({ opens }) => opens ?? []);
  await openCases(deps.knex, deps.ids, cases, now);
  await execute(
    deps.knex,
    `
    update callbacks c set state = 'processed', event = n.event, transaction_id = n.transaction_id,
      result = n.result, processed_at = :now, due_at = null
    from unnest(:ids::uuid[], :events::text[], :transactionIds::uuid[], :results::text[])
      as n(id, event, transaction_id, result)
    where c.id = n.id and c.state = 'received'`,
    {
      now,
      ids: processed.map(({ id }) => id),
      events: processed.map(({ event }) => event),
      transactionIds: processed.map(({ transactionId }) => transactionId),
      results: processed.map(({ result }) => result),
    },
  );
}
