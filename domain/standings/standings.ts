import { formatRupees, type Paise } from '../../platform/money';
import { DomainError } from '../errors/errors';
import { STANDING_ERRORS } from './errors';
import { createInForce, inForceOn, IN_FORCE_FROM, type Dated, type RuleTable } from '../../platform/in-force';
import { businessDate } from '../../platform/clock';
import { compareTexts } from '../../platform/order';
import type { Knex } from 'knex';

/** How well we know a user. `none` is whose KYC has lapsed; a user without a standing has no tier. */
export type Tier = 'none' | 'small' | 'full';

/** The standing that an approved KYC record gives its user, until it lapses. */
export interface Standing {
  tier: Tier;
  lapsesAt: Date;
  afterTier: Tier;
}

/** What a standing comes to at an instant: it lapses by itself. */
export function tierAt({ tier, lapsesAt, afterTier }: Standing, at: Date): Tier {
  return at < lapsesAt ? tier : afterTier;
}

/** As the database writes a standing in JSON. */
export interface WrittenStanding extends Omit<Standing, 'lapsesAt'> {
  lapsesAt: string;
}

/** As SQL, with the user as `u`: null for one who never had a record approved. */
export const STANDING = `(
  select json_build_object('tier', k.tier, 'lapsesAt', k.lapses_at, 'afterTier', k.after_tier)
  from kyc_standings k where k.user_id = u.id)`;

export function standingOf(written: WrittenStanding | null): Standing | null {
  return written === null ? null : { ...written, lapsesAt: new Date(written.lapsesAt) };
}

export interface TierCap {
  capPaise: Paise;
  /** Whose rule it is. */
  source: string;
}

export interface TierLimits {
  /** The lowest of the rows that apply, and which it is; undefined where the tier limits nothing. */
  cap(tier: Tier, asked: { service: string; per: 'transaction' | 'day' }, at: Date): TierCap | undefined;
  /** What a tier may move, for people: each service and period that has a limit of its own. */
  list(tier: Tier, at: Date): ListedCap[];
  refresh(): Promise<void>;
  close(): void;
}

export interface ListedCap {
  /** `any` for all. */
  service: string;
  per: 'transaction' | 'day';
  capPaise: Paise;
}

/**
 * At the door, so that a caller learns it at once; the hold decides, by what stands then. Throws DomainError
 * KYC_LIMIT_EXCEEDED.
 */
export function requireWithinTier(
  tiers: Pick<TierLimits, 'cap'>,
  standing: Standing | null | undefined,
  { service, amountPaise, at }: { service: string; amountPaise: Paise; at: Date },
): void {
  if (standing === null || standing === undefined) return;
  const cap = tiers.cap(tierAt(standing, at), { service, per: 'transaction' }, at);
  if (cap === undefined || amountPaise <= cap.capPaise) return;
  throw new DomainError(STANDING_ERRORS.KYC_LIMIT_EXCEEDED, {
    detail:
      cap.capPaise === 0n
        ? 'your KYC has lapsed: do it again (GET /v1/kyc)'
        : `your KYC allows ${formatRupees(cap.capPaise)} at a time: GET /v1/kyc says what more it takes`,
  });
}

interface LimitRow extends Dated {
  tier: Tier;
  service: string;
  per: 'transaction' | 'day';
  capPaise: Paise | null;
  source: string;
}

const LIMITS: RuleTable<LimitRow> = {
  name: 'kyc_tier_limits',
  columns: {
    from: IN_FORCE_FROM,
    tier: 'tier',
    service: 'service',
    per: 'per',
    capPaise: 'cap_paise',
    source: 'source',
  },
};
const ANY = 'any';

export async function createTierLimits(deps: {
  knex: Knex;
  profile: string;
  onError?(error: unknown): void;
}): Promise<TierLimits> {
  const inForce = await createInForce(deps, { limits: LIMITS });
  return {
    cap: (tier, { service, per }, at) => lowestOf(inForce.rows().limits, { tier, service, per }, at),
    list: (tier, at) => {
      const limits = inForce.rows().limits.filter((limit) => limit.tier === tier);
      const names = [...new Set(limits.map(({ service, per }) => `${service} ${per}`))].toSorted(
        compareTexts,
      );
      return names.flatMap((name) => {
        const row = inForceOn(
          limits.filter(({ service, per }) => `${service} ${per}` === name),
          businessDate(at),
        );
        if (row?.capPaise === undefined || row.capPaise === null) return [];
        const { service, per, capPaise } = row;
        return [{ service, per, capPaise }];
      });
    },
    refresh: () => inForce.refresh(),
    close: () => inForce.close(),
  };
}

function lowestOf(
  limits: readonly LimitRow[],
  { tier, service, per }: Pick<LimitRow, 'tier' | 'service' | 'per'>,
  at: Date,
): TierCap | undefined {
  let lowest: TierCap | undefined;
  for (const name of [service, ANY]) {
    const row = inForceOn(
      limits.filter((limit) => limit.tier === tier && limit.service === name && limit.per === per),
      businessDate(at),
    );
    if (row?.capPaise === undefined || row.capPaise === null) continue;
    const { capPaise, source } = row;
    if (lowest === undefined || capPaise < lowest.capPaise) lowest = { capPaise, source };
  }
  return lowest;
}
