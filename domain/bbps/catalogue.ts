import type { OffersBills } from './port';
import type { Knex } from 'knex';
import { LRUCache } from 'lru-cache';
import { addMs, type Clock } from '../../platform/clock';
import type { Cursors } from '../errors/cursor';
import { DomainError, fieldError } from '../errors/errors';
import { BBPS_ERRORS } from './errors';
import type { Ids } from '../../platform/ids';
import { openCases } from '../cases/cases';
import { orUnknown } from '../provider/answers';
import type { DeskAnswer } from '../provider/calls';
import type { ProviderRegistry } from '../provider/provider';
import type { Page } from '../../platform/page';
import { keepBiller, readBiller } from './biller-json';
import {
  ALL,
  claimBiller,
  claimList,
  pageOfBillers,
  readBillerRow,
  readList,
  writeBiller,
  writeBillers,
  writeCategories,
  type ListRow,
} from './catalogue-rows';
import { unusablePatterns } from './parameters';
import type { Roads } from '../routing/roads';
import type { BbpsPolicies } from './policies';
import type { Biller, BillCalls, Category } from './port';
import { createSingleFlight, type SingleFlight } from '../../platform/single-flight';
import { atMost } from '../../platform/time-limit';

/**
 * Categories and billers. They are read from the provider if the copy is older than its policy, by one
 * process at a time; while the provider is down or slow, the old copy is served. The first provider of the
 * route that answers serves the request, because ids of categories and billers are its own.
 */
export interface Catalogue {
  /** Throws DomainError PROVIDER_UNAVAILABLE if nothing is stored yet and no provider answers. */
  categories(): Promise<Category[]>;
  /** Throws DomainError BBPS_CATEGORY_UNKNOWN, PROVIDER_UNAVAILABLE, REQUEST_FIELD_INVALID (cursor). */
  billers(category: string, page: { limit: number; cursor?: string }): Promise<Page<Biller>>;
  /**
   * The biller with its parameters and its provider; undefined if no provider knows it. Throws DomainError
   * PROVIDER_UNAVAILABLE.
   */
  find(billerId: string): Promise<FoundBiller | undefined>;
  /** The biller as this provider has it. */
  ofProvider(provider: string, billerId: string): Promise<Biller | undefined>;
}
export interface FoundBiller {
  provider: string;
  biller: Biller;
}
export interface CatalogueDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  providers: ProviderRegistry<OffersBills>;
  policies: BbpsPolicies;
  roads: Pick<Roads, 'openFirst'>;
  cursors: Cursors;
  onError?(error: unknown): void;
}

const BILLER_ID = /^[A-Za-z0-9]{1,40}$/;
const MAX_BILLERS = 20_000; // of one category; India has some 22,000 in all
const MAX_CATEGORIES = 500;
const UNKNOWN_IDS = { max: 10_000, ttl: 60_000 }; // unknown ids are asked about again after a minute
const MAX_READINGS = 200;

export function createCatalogue(given: CatalogueDependencies): Catalogue {
  const deps: CatalogueParts = {
    ...given,
    unknown: new LRUCache<string, true>(UNKNOWN_IDS),
    once: createSingleFlight({ max: MAX_READINGS, refusal: tooManyReadings }),
  };
  return {
    async categories() {
      for (const provider of offering(deps, {})) {
        const categories = await categoriesOf(deps, provider);
        if (categories !== undefined) return categories;
      }
      throw unreadable();
    },
    async billers(category, page) {
      const provider = await providerOf(deps, category);
      const { decode, encode } = deps.cursors.of(JSON.stringify(['bbps_billers', provider, category]));
      const after = decode(page.cursor);
      const list = await freshList(deps, provider, category, async (calls, now) => {
        const answer = await orUnknown(() => calls.billers(category));
        if (answer.ok) await writeBillers(deps.knex, { provider, category }, wellFormed(answer.value), now);
        return answer;
      });
      if (list === undefined) throw unreadable();
      return pageOfBillers(deps.knex, { provider, category }, { limit: page.limit, after, encode });
    },
    find: (billerId) => findBiller(deps, billerId),
    ofProvider: (provider, billerId) => detailed(deps, provider, billerId),
  };
}

/** The dependencies and what one process remembers: unknown ids, and reads under way. */
interface CatalogueParts extends CatalogueDependencies {
  unknown: LRUCache<string, true>;
  once: SingleFlight;
}

const wellFormed = (billers: readonly Biller[]): Biller[] =>
  billers.filter(({ id }) => BILLER_ID.test(id)).slice(0, MAX_BILLERS);

/** The providers of the route that offer bill payment, the preferred first, and those that are stopped last. */
function offering(deps: CatalogueParts, subject: { biller?: string; category?: string }): string[] {
  const inOrder = deps.policies
    .providers(subject)
    .filter((p) => deps.providers.has(p) && deps.providers.get(p).bbps !== undefined);
  return deps.roads.openFirst({ service: 'bbps', subject: subject.biller ?? null }, inOrder);
}

async function categoriesOf(deps: CatalogueParts, provider: string): Promise<Category[] | undefined> {
  const list = await freshList(deps, provider, ALL, async (calls, now) => {
    const answer = await orUnknown(() => calls.categories());
    if (answer.ok) await writeCategories(deps.knex, provider, answer.value.slice(0, MAX_CATEGORIES), now);
    return answer;
  });
  return list?.categories ?? undefined;
}

async function providerOf(deps: CatalogueParts, category: string): Promise<string> {
  let isAnybodyThere = false;
  for (const provider of offering(deps, { category })) {
    const categories = await categoriesOf(deps, provider);
    isAnybodyThere ||= categories !== undefined;
    if (categories?.some((c) => c.id === category) === true) return provider;
  }
  if (!isAnybodyThere) throw unreadable();
  const detail = 'take the id of a category from GET /v1/bbps/categories';
  throw fieldError(BBPS_ERRORS.BBPS_CATEGORY_UNKNOWN, '?category', detail);
}

async function findBiller(deps: CatalogueParts, billerId: string): Promise<FoundBiller | undefined> {
  if (!BILLER_ID.test(billerId)) return undefined;
  let isUnreadable = false;
  for (const provider of offering(deps, { biller: billerId })) {
    try {
      const biller = await detailed(deps, provider, billerId);
      if (biller !== undefined) return { provider, biller };
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'PROVIDER_UNAVAILABLE') throw error;
      isUnreadable = true; // the next one may know it
    }
  }
  if (isUnreadable) throw unreadable();
  return undefined;
}

function tooManyReadings(): DomainError {
  return new DomainError('SERVICE_UNAVAILABLE', {
    detail: 'too many billers are being read; try again shortly',
    retryAfterS: 1,
  });
}

function unreadable(): DomainError {
  return new DomainError('PROVIDER_UNAVAILABLE', {
    detail: 'the billers cannot be read now; try again shortly',
    retryAfterS: 5,
  });
}

/**
 * A list no older than its policy if possible, an old one while the provider is slow or down, undefined if
 * there is none.
 */
async function freshList(
  deps: CatalogueParts,
  provider: string,
  subject: string,
  read: (calls: BillCalls, now: Date) => Promise<DeskAnswer<unknown>>,
): Promise<ListRow | undefined> {
  const { catalogueAgeMs, catalogueRetryMs, fetchAnswerMs } = deps.policies.timings();
  const now = deps.clock.now();
  const kept = await readList(deps.knex, provider, subject);
  const listedAt = kept?.listedAt ?? null;
  if (listedAt !== null && listedAt > addMs(now, -catalogueAgeMs)) return kept;
  const reading = deps.once(`${provider}|${subject}`, async () => {
    if (await claimList(deps.knex, { provider, subject }, now, catalogueRetryMs))
      await read(deps.providers.get(provider).bbps!, now);
  });
  if (listedAt === null) await reading;
  else
    await atMost(
      fetchAnswerMs,
      reading.catch((error: unknown) => deps.onError?.(error)),
    );
  const list = await readList(deps.knex, provider, subject);
  return list?.listedAt === null ? undefined : list;
}

/**
 * A biller with its parameters: the copy when it is young, else as the provider has it, else the copy. Throws
 * DomainError PROVIDER_UNAVAILABLE.
 */
async function detailed(deps: CatalogueParts, provider: string, id: string): Promise<Biller | undefined> {
  const { catalogueAgeMs, catalogueRetryMs } = deps.policies.timings();
  const now = deps.clock.now();
  const key = `${provider}|biller|${id}`;
  const kept = await readBillerRow(deps.knex, provider, id);
  if (kept !== undefined && kept.detailedAt !== null) {
    if (kept.detailedAt > addMs(now, -catalogueAgeMs)) return kept.biller;
    if (!(await claimBiller(deps.knex, { provider, id }, now, catalogueRetryMs))) return kept.biller;
  } else if (kept === undefined && deps.unknown.has(key)) return undefined;
  const answer = await deps.once(key, async () => {
    const calls = deps.providers.get(provider).bbps;
    return calls === undefined ? undefined : orUnknown(() => calls.biller(id));
  });
  if (answer?.ok === true && answer.value.id === id) {
    const biller = readBiller(keepBiller(answer.value)); // as it will be read from now on
    await writeBiller(deps.knex, provider, biller, now);
    await reportPatterns(deps, provider, biller, now);
    return biller;
  }
  if (answer?.ok === false && answer.kind === 'refused') {
    deps.unknown.set(key, true);
    return undefined;
  }
  if (kept !== undefined && kept.detailedAt !== null) return kept.biller;
  throw unreadable();
}

/**
 * Opens one case for a biller whose patterns cannot be checked here; its parameters are then checked by
 * length alone.
 */
async function reportPatterns(
  deps: CatalogueDependencies,
  provider: string,
  biller: Biller,
  now: Date,
): Promise<void> {
  const left = unusablePatterns(biller.parameters);
  if (left.length === 0) return;
  await openCases(
    deps.knex,
    deps.ids,
    [
      {
        kind: 'biller_pattern_unusable',
        subject: `biller:${provider}:${biller.id}`,
        summary: `${left.length} of ${biller.parameters.length} patterns of the biller cannot be checked; lengths are`,
      },
    ],
    now,
  );
}
