import { hash, timingSafeEqual } from 'node:crypto';
import type { Knex } from 'knex';
import type { Networks } from '../../platform/addresses';
import type { Clock } from '../../platform/clock';
import type { FieldCipher, KeyedDigest } from '../../platform/encryption';
import { DomainError } from '../errors/errors';
import { aloneAfter, createGather } from '../../platform/gather';
import type { Ids } from '../../platform/ids';
import { rows } from '../../platform/database';
import { bytea, insertNew, jsonb, table, text, timestamptz, uuid } from '../../platform/sql';
import type { CallLog } from '../api-log/port';
import type { CallbackCheck } from '../provider/callback';
import type { ProviderRegistry } from '../provider/provider';
import { firstDriveAt, type Due } from '../lifecycle/due';
import { createAllowance, type Allowance, QUARANTINE, UNSIGNED_BYTES } from './allowances';
import { bodyDigests, sealBody } from './sealed';
import { compareTexts } from '../../platform/order';

/**
 * Callbacks are stored before they are believed: the raw bytes, sealed, with the verdict on their signature.
 * An event is stored once by its id and by its bytes, however often and under however many ids it is sent. A
 * forged one is quarantined under a digest, so that it cannot take a real event's place. If too many forged ones
 * come, they are only counted; of unsigned ones, which whoever knows the address can write, so many bytes are
 * taken.
 */
export interface CallbackReceiver {
  /**
   * Stores a callback and resolves after the commit. `path` is the rest of the address after
   * `/callbacks/{provider}/`: a provider that signs nothing is given an unguessable address, and may append
   * to it. `from` is where it was posted. Throws CALLBACK_ADDRESS_NOT_ALLOWED for one from elsewhere than the
   * provider posts, kept or not like a forged one; DomainError PROVIDER_UNKNOWN, CALLBACK_SIGNATURE_INVALID (for a forged callback, kept or
   * not), REQUEST_TOO_LARGE and RATE_LIMITED (unsigned ones beyond their bounds), SERVICE_UNAVAILABLE (the
   * provider sends it again).
   */
  receive(
    provider: string,
    headers: Readonly<Record<string, string | undefined>>,
    raw: Buffer,
    at?: { path?: string; from?: string },
  ): Promise<{ duplicate: boolean; due: Due | undefined }>;
}

interface StoredCallback {
  id: string;
  provider: string;
  eventKey: string;
  verdict: 'signed' | 'unsigned' | 'forged';
  headers: Record<string, string>;
  bodySealed: string;
  /** Keyed digest of the bytes; not of a forged one, which must not take a real event's place. */
  bodyDigest: Buffer | null;
  /** The same under the other keys that are valid: it may be stored under one of them. */
  otherDigests: readonly Buffer[];
  receivedAt: Date;
}

/** The largest body of a callback that is not signed; a list of bills of any provider fits. */
const UNSIGNED_MAX_BYTES = 65_536;
const RETRY_S = 60;
/**
 * The number of bytes kept of a forged callback. Anybody can send one, so they must not fill the disk; a
 * whole event of any provider fits.
 */
const FORGED_KEPT_BYTES = 8_192;
const KEPT_HEADERS = /^(x-razorpay-event-id|content-type|user-agent)$/;

export interface CallbackReceiverDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  cipher: FieldCipher;
  digest: KeyedDigest;
  providers: ProviderRegistry;
  /** The unguessable part of the callback address of each provider that signs nothing. */
  tokens?: Readonly<Record<string, string>>;
  /** From where each provider posts; one that is not there may post from anywhere. */
  networks?: Readonly<Record<string, Networks>> | undefined;
  /** Called for each callback from elsewhere than its provider posts; for metrics. */
  onElsewhere?(provider: string): void;
  /** Called for each forged callback with whether it is kept; for metrics. */
  onForged?(provider: string, kept: boolean): void;
  /** Called for each unsigned callback that is refused for its size or the sum of them; for metrics. */
  onOverBound?(provider: string): void;
  /** Notes callbacks that are not processed (forged ones and repeats), without their bodies. */
  callLog?: CallLog;
  onPoint?(point: 'stored'): Promise<void> | void;
}

export function createCallbackReceiver(deps: CallbackReceiverDependencies): CallbackReceiver {
  const quarantine = createAllowance(deps, QUARANTINE);
  const unsigned = createAllowance(deps, UNSIGNED_BYTES);
  const gather = createGather<StoredCallback, boolean>((list) => insertCallbacks(deps.knex, list), {
    maxBatch: 200,
    maxRunning: 2,
    onBatchError: aloneAfter({
      unconfirmed: (cause) => new DomainError('SERVICE_UNAVAILABLE', { retryAfterS: 1, cause }),
    }),
  });
  return {
    async receive(provider, headers, raw, { path = '', from = '' } = {}) {
      if (!deps.providers.has(provider)) throw new DomainError('PROVIDER_UNKNOWN');
      const token = deps.tokens?.[provider];
      if (token === undefined && path !== '') throw new DomainError('REQUEST_PATH_UNKNOWN');
      const isElsewhere = deps.networks?.[provider]?.has(from) === false;
      const check: CallbackCheck =
        isElsewhere || (token !== undefined && !beginsWith(path, token))
          ? { verdict: 'forged', reason: 'another address' }
          : deps.providers.get(provider).checkCallback(headers, raw);
      const refusal = isElsewhere ? elsewhere : forged;
      if (check.verdict === 'forged') {
        const kept = quarantine.take(provider);
        if (isElsewhere) deps.onElsewhere?.(provider);
        else deps.onForged?.(provider, kept);
        if (!kept) throw refusal();
      }
      if (check.verdict === 'unsigned' && !isWithinBounds(unsigned, provider, raw)) {
        deps.onOverBound?.(provider);
        throw overBound(raw);
      }
      const id = deps.ids.uuid();
      const digests = check.verdict === 'forged' ? [] : bodyDigests(deps.digest, raw);
      const stored: StoredCallback = {
        id,
        provider,
        verdict: check.verdict,
        receivedAt: deps.clock.now(),
        eventKey:
          check.verdict === 'forged' ? `forged:${hash('sha256', raw, 'hex')}` : check.eventId.slice(0, 200),
        headers: Object.fromEntries(
          Object.entries(headers).flatMap(([k, v]) =>
            v !== undefined && KEPT_HEADERS.test(k) ? [[k, v.slice(0, 200)]] : [],
          ),
        ),
        bodySealed: sealBody(
          deps.cipher,
          check.verdict === 'forged' ? raw.subarray(0, FORGED_KEPT_BYTES) : raw,
          id,
        ),
        bodyDigest: digests[0] ?? null,
        otherDigests: digests.slice(1),
      };
      const inserted = await gather(stored);
      if (check.verdict === 'unsigned' && !inserted) unsigned.giveBack(provider, raw.length);
      await deps.onPoint?.('stored');
      if (check.verdict === 'forged' || !inserted) note(deps, stored, resultOf(check.verdict, isElsewhere));
      if (check.verdict === 'forged') throw refusal();
      return {
        duplicate: !inserted,
        due: inserted ? { job: 'callback', lane: provider, id, driveNo: 0 } : undefined,
      };
    },
  };
}

function isWithinBounds(allowance: Allowance, provider: string, raw: Buffer): boolean {
  return raw.length <= UNSIGNED_MAX_BYTES && allowance.take(provider, raw.length);
}

function overBound(raw: Buffer): DomainError {
  return raw.length > UNSIGNED_MAX_BYTES
    ? new DomainError('REQUEST_TOO_LARGE', {
        detail: `a callback that is not signed may hold ${UNSIGNED_MAX_BYTES} bytes`,
      })
    : new DomainError('RATE_LIMITED', {
        detail: 'too many callbacks that are not signed; send them again later',
        retryAfterS: RETRY_S,
      });
}

/** True if the path begins with the token. Compared in constant time. */
function beginsWith(path: string, token: string): boolean {
  const digest = (text: string): Buffer => hash('sha256', text, 'buffer');
  return timingSafeEqual(digest(path.split('/')[0] ?? ''), digest(token));
}

function note(
  deps: CallbackReceiverDependencies,
  { provider, receivedAt }: StoredCallback,
  result: string,
): void {
  deps.callLog?.note({
    provider,
    operation: 'callback',
    method: 'POST',
    route: `/callbacks/${provider}`,
    result,
    latencyMs: deps.clock.now().getTime() - receivedAt.getTime(),
    at: receivedAt,
  });
}

function resultOf(verdict: CallbackCheck['verdict'], isElsewhere: boolean): string {
  if (isElsewhere) return 'forged: from elsewhere';
  return verdict === 'forged' ? 'forged' : 'duplicate';
}

/** Says neither from where it would be taken nor whether it was signed. */
function elsewhere(): DomainError {
  return new DomainError('CALLBACK_ADDRESS_NOT_ALLOWED');
}

function forged(): DomainError {
  return new DomainError('CALLBACK_SIGNATURE_INVALID', {
    detail: 'the signature does not match the body, or this is not the address that the provider was given',
  });
}

const CALLBACKS = table<StoredCallback>('callbacks', {
  id: uuid((c) => c.id),
  provider: text((c) => c.provider),
  event_key: text((c) => c.eventKey),
  verdict: text((c) => c.verdict),
  state: text((c) => (c.verdict === 'forged' ? 'quarantined' : 'received')),
  headers: jsonb((c) => c.headers),
  body_sealed: text((c) => c.bodySealed),
  body_digest: bytea((c) => c.bodyDigest),
  received_at: timestamptz((c) => c.receivedAt),
  due_at: timestamptz((c) => (c.verdict === 'forged' ? null : firstDriveAt(c.receivedAt))),
});

const NONE = Buffer.alloc(0);

/** While a key is replaced: those whose bytes are stored under the key that we do not write with. */
async function storedUnderOthers(knex: Knex, list: readonly StoredCallback[]): Promise<ReadonlySet<string>> {
  const looked = list.flatMap(({ id, provider, otherDigests }) =>
    otherDigests.map((digest) => ({ id, provider, digest })),
  );
  if (looked.length === 0) return new Set();
  const found = await rows<{ id: string }>(
    knex,
    `
    select n.id from unnest(:ids::uuid[], :providers::text[], :digests::bytea[]) as n(id, provider, digest)
    where exists (select from callbacks c where c.provider = n.provider and c.body_digest = n.digest)`,
    {
      ids: looked.map(({ id }) => id),
      providers: looked.map(({ provider }) => provider),
      digests: looked.map(({ digest }) => digest),
    },
  );
  return new Set(found.map(({ id }) => id));
}

async function insertCallbacks(knex: Knex, list: readonly StoredCallback[]): Promise<boolean[]> {
  // Sorted by the unique keys, so that two processes that receive the same events do not wait for each other.
  const sorted = list.toSorted(
    (a, b) =>
      compareTexts(a.provider, b.provider) ||
      (a.bodyDigest ?? NONE).compare(b.bodyDigest ?? NONE) ||
      compareTexts(a.eventKey, b.eventKey),
  );
  const known = await storedUnderOthers(knex, list);
  const missing = sorted.filter(({ id }) => !known.has(id));
  const inserted = await insertNew(knex, CALLBACKS, missing, { conflict: '', returning: 'id' });
  const ids = new Set(inserted);
  return list.map((c) => ids.has(c.id));
}
