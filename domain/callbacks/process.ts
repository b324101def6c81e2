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
import { CALLBACK_BODY } from './sealed';

/**
 * Processing stored callbacks. A signed one that matches in reference, amount and account decides; an unsigned or unmatched one is a hint, and the
 * provider is asked; where such a hint says that the money came back and the provider answers that it did not, people look. One that has only the provider's own reference may come before the answer that told us of it: it stays due, and is read again.
 * Processing one twice records a repeat.
 */
export interface CallbackProcessor {
  process(ids: readonly string[]): Promise<{ due: Due[]; errors: Error[] }>;
}

/** Told of what is no transaction (a fetch, a complaint) by the provider's reference of it; true when it is one of ours that is open. */
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
  /** Services whose callbacks always repeat our reference: none of theirs is looked up by the provider's own. */
  namingOurReference: readonly ServiceName[];
  callLog?: CallLog;
  onPoint?(point: 'recorded'): Promise<void> | void;
}

interface Stored {
  id: string;
  provider: string;
  verdict: 'signed' | 'unsigned';
  bodySealed: string;
  receivedAt: Date;
}
interface Match {
  ourReference: string;
  transactionId: string;
  attemptNo: number;
  refs: Record<string, string>;
  amountPaise: bigint;
  providerReference: string | null;
}
interface Done {
  id: string;
  ourReference?: string;
  event: string | null;
  transactionId: string | null;
  result: string;
  kase?: NewCase;
  due?: Due;
}

/** Longer than a call may take whose answer brings the provider's reference, and than a process that was lost with the answer is without a successor. */
export const UNMATCHED_PATIENCE_MS = 120_000;

export function createCallbackProcessor(deps: CallbackProcessorDependencies): CallbackProcessor {
  return {
    async process(ids) {
      const stored = await rows<Stored>(
        deps.knex,
        'select id, provider, verdict, body_sealed as "bodySealed", received_at as "receivedAt" from callbacks where id = any(?::uuid[]) and state = \'received\'',
        [ids],
      );
      const parsed = stored.map((s) => ({ stored: s, ...read(deps, s) }));
      const matches = await findMatches(
        deps.knex,
        deps.namingOurReference,
        parsed.flatMap(({ stored: s, parsed: p }) =>
          p instanceof Error || p.target === undefined
            ? []
            : [
                {
                  provider: s.provider,
                  ourReference: p.target.ourReference ?? null,
                  providerReference: p.target.providerReference ?? null,
                },
              ],
        ),
      );
      const errors: Error[] = [];
      const done = (
        await Promise.all(
          parsed.map(async ({ stored: s, parsed: p, shown }): Promise<Done | undefined> => {
            try {
              const one = await processOne(deps, s, p, matches);
              if (one !== undefined) note(deps, s, one, shown);
              return one;
            } catch (error) {
              errors.push(error instanceof Error ? error : new Error('callback failed', { cause: error }));
              return undefined;
            }
          }),
        )
      ).filter((d): d is Done => d !== undefined);
      await deps.onPoint?.('recorded');
      await finish(deps, done);
      return { due: done.flatMap((d) => d.due ?? []), errors };
    },
  };
}

/** An error is that callback's own: it must not keep its neighbours from being processed. `shown` is what of it the API log may keep. */
function read(
  deps: CallbackProcessorDependencies,
  s: Stored,
): { parsed: ParsedCallback | Error; shown: unknown } {
  let shown: unknown;
  try {
    const connector = deps.providers.get(s.provider);
    const raw = deps.cipher.openBytes(s.bodySealed, CALLBACK_BODY.place(s.id));
    if (deps.callLog !== undefined) shown = connector.maskCallback?.(raw);
    return { parsed: connector.parseCallback(raw), shown };
  } catch (error) {
    return {
      parsed: error instanceof Error ? error : new Error('a callback could not be read', { cause: error }),
      shown,
    };
  }
}

/** The API log's line about a callback: what came, and what became of it. The latency is that from its receipt until now. */
function note(
  { callLog, clock }: CallbackProcessorDependencies,
  s: Stored,
  done: Done,
  shown: unknown,
): void {
  callLog?.note({
    provider: s.provider,
    operation: done.event ?? 'callback',
    method: 'POST',
    route: `/callbacks/${s.provider}`,
    result: `${s.verdict}: ${done.result}`,
    latencyMs: clock.now().getTime() - s.receivedAt.getTime(),
    at: s.receivedAt,
    ...(done.transactionId === null ? {} : { transactionId: done.transactionId }),
    ...(done.ourReference === undefined ? {} : { ourReference: done.ourReference }),
    ...(shown === undefined ? {} : { request: shown }),
  });
}

/** What became of it; undefined while it is too early to say. */
async function processOne(
  deps: CallbackProcessorDependencies,
  s: Stored,
  p: ParsedCallback | Error,
  matches: ReadonlyMap<string, Match>,
): Promise<Done | undefined> {
  const nothing = { id: s.id, event: null, transactionId: null };
  if (p instanceof DomainError && p.code === 'CALLBACK_MALFORMED')
    return {
      ...nothing,
      result: 'malformed',
      kase: {
        kind: 'callback_malformed',
        subject: `callback:${s.id}`,
        summary: `a ${s.verdict} callback of ${s.provider} is not in the form of its contract`,
      },
    };
  if (p instanceof Error) throw p;
  if (p.hint !== undefined)
    return {
      ...nothing,
      event: p.event,
      result:
        (await deps.hints?.[p.hint.about]?.(s.provider, p.hint.reference)) === true
          ? 'hint'
          : 'hint_unmatched',
    };
  if (p.target === undefined) return { ...nothing, event: p.event, result: 'no_transaction' };
  // Only a hint may go by the provider's own reference: what decides names ours.
  const byTheirs =
    p.target.ourReference === undefined && s.verdict === 'unsigned'
      ? matches.get(`${s.provider}|theirs|${p.target.providerReference}`)
      : undefined;
  const match = matches.get(`${s.provider}|ours|${p.target.ourReference}`) ?? byTheirs;
  if (match === undefined) {
    const mayBeEarly =
      s.verdict === 'unsigned' &&
      p.target.ourReference === undefined &&
      deps.clock.now().getTime() - s.receivedAt.getTime() < UNMATCHED_PATIENCE_MS;
    if (mayBeEarly) return undefined;
    return {
      ...nothing,
      event: p.event,
      result: 'unmatched',
      kase: {
        kind: 'callback_unmatched',
        subject: `callback:${s.id}`,
        summary: `a ${s.verdict} ${p.event} of ${s.provider} names no attempt of ours`,
      },
    };
  }
  const about = {
    id: s.id,
    event: p.event,
    transactionId: match.transactionId,
    ourReference: match.ourReference,
  };
  const differs = differenceOf(p, match);
  if (differs !== undefined || s.verdict !== 'signed' || p.outcome === undefined) {
    const hinted = await hint(deps, s, match, differs === undefined && p.tellsReversal === true);
    return {
      ...about,
      result: differs === undefined ? hinted : `mismatch_${differs}`,
      ...(differs === undefined
        ? {}
        : {
            kase: transactionCase(
              `callback_${differs}_mismatch`,
              match.transactionId,
              `a ${s.verdict} ${p.event} speaks of another ${differs}`,
            ),
          }),
    };
  }
  const recorded = await deps.recorder.record({
    transactionId: match.transactionId,
    attemptNo: match.attemptNo,
    source: 'callback',
    askedAt: s.receivedAt,
    answer: p.outcome,
    callbackId: s.id,
  });
  return { ...about, result: recorded.decision, due: recorded.due };
}

/** The provider is asked. Of an attempt that was given up as never sent there is no inquiry: that the provider speaks of it is recorded, and nothing more is sent. */
async function hint(
  deps: CallbackProcessorDependencies,
  s: Stored,
  { transactionId, attemptNo }: Match,
  isReversalTold: boolean,
): Promise<string> {
  if (await bringInquiryForward(deps.knex, [transactionId], deps.clock.now(), { attemptNo, isReversalTold }))
    return 'hint';
  const answer = {
    kind: 'unknown',
    sent: true,
    rawStatus: `<${s.verdict} callback>`,
    rawReason: ABANDONED,
  } as const;
  const { decision } = await deps.recorder.record({
    transactionId,
    attemptNo,
    source: 'callback',
    askedAt: s.receivedAt,
    answer,
    callbackId: s.id,
  });
  // Stopped as it stood, it can be asked about: a person wants to know what the provider says.
  await bringInquiryForward(deps.knex, [transactionId], deps.clock.now(), { attemptNo, isReversalTold });
  return decision;
}

function differenceOf(p: ParsedCallback, match: Match): 'amount' | 'account' | 'payout' | undefined {
  const target = p.target!;
  if (target.amountPaise !== undefined && target.amountPaise !== match.amountPaise) return 'amount';
  if (
    Object.entries(target.refs ?? {}).some(
      ([key, value]) => match.refs[key] !== undefined && match.refs[key] !== value,
    )
  )
    return 'account';
  // Two payouts of the provider under one reference of ours: what one came to says nothing of the other.
  return target.providerReference !== undefined &&
    match.providerReference !== null &&
    target.providerReference !== match.providerReference
    ? 'payout'
    : undefined;
}

/** The attempts that callbacks name, by our reference or, where the provider does not repeat it, by its own. */
async function findMatches(
  knex: Knex,
  namingOurReference: readonly ServiceName[],
  wanted: readonly { provider: string; ourReference: string | null; providerReference: string | null }[],
): Promise<Map<string, Match>> {
  if (wanted.length === 0) return new Map();
  const columns = `a.provider, a.our_reference as "ourReference", a.transaction_id as "transactionId", a.attempt_no as "attemptNo", a.refs, t.amount_paise as "amountPaise",
    coalesce(a.provider_reference, case when t.attempt_no = a.attempt_no then t.provider_reference end) as "providerReference"`;
  // Spelt as the index of provider references is (transactions_provider_reference), so that it is used.
  const lookedUp = namingOurReference.map((service) => ` and t.service <> '${service}'`).join('');
  const found = await rows<Match & { provider: string }>(
    knex,
    `
    with n as (select * from unnest(?::text[], ?::text[], ?::text[]) as n(provider, ours, theirs))
    select ${columns} from n join dispatch_attempts a on a.provider = n.provider and a.our_reference = n.ours join transactions t on t.id = a.transaction_id
    union all
    select ${columns} from n join dispatch_attempts a on n.ours is null and a.provider = n.provider and a.provider_reference = n.theirs join transactions t on t.id = a.transaction_id
    union all
    select ${columns} from n join transactions t on n.ours is null and t.provider = n.provider and t.provider_reference = n.theirs${lookedUp} join dispatch_attempts a on a.transaction_id = t.id and a.attempt_no = t.attempt_no`,
    [
      wanted.map((w) => w.provider),
      wanted.map((w) => w.ourReference),
      wanted.map((w) => w.providerReference),
    ],
  );
  return new Map(
    found.flatMap((m): [string, Match][] => [
      [`${m.provider}|ours|${m.ourReference}`, m],
      [`${m.provider}|theirs|${m.providerReference}`, m],
    ]),
  );
}

async function finish(deps: CallbackProcessorDependencies, done: readonly Done[]): Promise<void> {
  if (done.length === 0) return;
  const now = deps.clock.now();
  await openCases(
    deps.knex,
    deps.ids,
    done.flatMap((d) => d.kase ?? []),
    now,
  );
  await execute(
    deps.knex,
    `
    update callbacks c set state = 'processed', event = n.event, transaction_id = n.transaction_id, result = n.result, processed_at = ?, due_at = null
    from unnest(?::uuid[], ?::text[], ?::uuid[], ?::text[]) as n(id, event, transaction_id, result) where c.id = n.id and c.state = 'received'`,
    [
      now,
      done.map((d) => d.id),
      done.map((d) => d.event),
      done.map((d) => d.transactionId),
      done.map((d) => d.result),
    ],
  );
}
