import type { Context } from 'koa';
import type { Caller } from '../../domain/auth/api-keys';
import { DomainError, retrySeconds } from '../../domain/errors/errors';
import type { CountedBy, LimitClass, LimitRules, Place, RequestLimit } from '../../domain/limits/rules';
import { createFairLine, FullLine, type FairLine } from '../../platform/fair-line';
import { addressGroup } from '../../platform/addresses';
import type { Metrics } from '../../platform/metrics';
import type { Permits, PermitState, WantedPermit } from '../../platform/permits';
import type { Route } from '../registry/route';
import { setHeader } from './answer';
import { createPenance } from './penance';

/**
 * What one caller may use up, asked before its request is read: permits of its class, which all processes count
 * together; a place among the requests under way in this process; and for lists and calls to a provider a seat in
 * a line that is fair between callers.
 */
export interface RequestLimits {
  /**
   * Runs the work of a request within its limits, and says in `RateLimit-Policy` and `RateLimit` what is left
   * (draft-ietf-httpapi-ratelimit-headers-11). Throws DomainError RATE_LIMITED, or SERVICE_UNAVAILABLE where the
   * caller is not the one who took too much, or nobody can count.
   */
  pass(ctx: Context, of: LimitedRoute, caller: Counted | undefined, work: () => Promise<void>): Promise<void>;
  /** Counts a request whose key is not valid. Throws DomainError RATE_LIMITED. */
  passUnknown(ctx: Context): Promise<void>;
}

/** Whose requests are counted. */
export type Counted = Pick<Caller, 'keyId' | 'userId'>;

export interface LimitedRoute {
  limits: LimitClass;
  /** For limits that are counted by service: `payouts`, `dmt`. */
  service: string;
  /** Where it needs a seat; nowhere when it is missing. */
  place: Place | undefined;
}

export interface RequestLimitsDependencies {
  rules: LimitRules;
  permits: Permits;
  metrics: Pick<Metrics, 'requestsRefused'>;
  /** The longest wait for a seat, ms. */
  seatMs: number;
}

/** Lines before places of which there are few. */
const PLACE_OF: Partial<Record<LimitClass, Place>> = {
  money: 'answers',
  read: 'answers',
  wait: 'answers',
  list: 'lists',
  desk: 'desk',
};
/** What waits for a provider may be under way for long: it has no seat among what is soon answered. */
export const placeOf = ({ limits, untilDone }: Pick<Route, 'limits' | 'untilDone'>): Place | undefined =>
  untilDone === true ? undefined : PLACE_OF[limits];

/** The work of this request now waits for something, and gives up its seat. */
export function leaveSeat(ctx: Context): void {
  (ctx.state as { leaveSeat?: () => void }).leaveSeat?.();
}
const UNKNOWN: LimitedRoute = { limits: 'unknown', service: '', place: undefined };

export function createRequestLimits(deps: RequestLimitsDependencies): RequestLimits {
  const { rules, permits, metrics } = deps;
  const underWay = new Map<string, number>();
  const penance = createPenance();

  const refused = (limitClass: LimitClass, why: string): void => {
    metrics.requestsRefused.inc({ class: limitClass, why });
  };
  const seated = createSeats(deps, refused);

  /** Takes a permit of each kind, from memory where they are. */
  async function permit(ctx: Context, of: LimitedRoute, subject: Subject): Promise<void> {
    const limits = rules.of(of.limits);
    if (limits.length === 0) return;
    const wanted = wantedOf(limits, of, subject);
    const verdict = permits.takeHeld(wanted) ?? (await counted(permits, of.limits, wanted));
    if (verdict === undefined) return;
    const { ok, states } = verdict;
    tell(ctx, of.limits, limits, states);
    if (!ok) await refuse(ctx, { limitClass: of.limits, limits, states }, subject);
  }

  async function refuse(
    ctx: Context,
    spentOf: { limitClass: LimitClass; limits: readonly RequestLimit[]; states: readonly PermitState[] },
    subject: Subject,
  ): Promise<never> {
    const { limitClass, limits, states } = spentOf;
    const spent = limits.filter((_, i) => states[i]!.left === 0);
    for (const { by } of spent) refused(limitClass, by);
    await penance.serve(ctx, subject.name);
    throw new DomainError('RATE_LIMITED', {
      detail: `too many requests of the class ${limitClass}: wait as long as Retry-After says`,
      retryAfterS: Math.max(...states.filter(({ left }) => left === 0).map((s) => retrySeconds(s.endsInMs))),
      violatedPolicies: spent.map(({ by }) => `${limitClass}-${by}`),
    });
  }

  /** A place among the requests under way. */
  async function enter(ctx: Context, { limits }: LimitedRoute, { name }: Subject): Promise<void> {
    const mine = underWay.get(name) ?? 0;
    if (mine >= rules.share('requests').mostEach) {
      refused(limits, 'under_way');
      await penance.serve(ctx, name);
      throw tooManyUnderWay('requests');
    }
    underWay.set(name, mine + 1);
  }

  function leave({ name }: Subject): void {
    const left = underWay.get(name)! - 1;
    if (left === 0) underWay.delete(name);
    else underWay.set(name, left);
  }

  return {
    async pass(ctx, of, caller, work) {
      const subject = subjectOf(ctx, caller);
      await permit(ctx, of, subject);
      await enter(ctx, of, subject);
      try {
        if (of.place === undefined) await work();
        else await seated(of.place, of.limits, { ctx, name: subject.name, work });
      } finally {
        leave(subject);
      }
    },
    passUnknown: (ctx) => permit(ctx, UNKNOWN, subjectOf(ctx, undefined)),
  };
}

/** Who is counted. `name` is the key, and the address of a caller without one. */
interface Subject {
  name: string;
  caller: Counted | undefined;
  ip: string;
}

function subjectOf({ ip }: Context, caller: Counted | undefined): Subject {
  return { name: caller?.keyId ?? addressGroup(ip), caller, ip };
}

const COUNTED: Readonly<Record<CountedBy, (subject: Subject, service: string) => string>> = {
  key: ({ caller }) => caller?.keyId ?? '',
  user: ({ caller }) => caller?.userId ?? '',
  service: ({ caller }, service) => `${caller?.userId ?? ''}:${service}`,
  address: ({ ip }) => addressGroup(ip),
};

interface Wanted {
  limits: readonly RequestLimit[];
  service: string;
  permits: readonly WantedPermit[];
}
/** What a caller wanted last: most ask for the same again. */
const lastWanted = new WeakMap<Counted, Wanted>();

function wantedOf(
  limits: readonly RequestLimit[],
  of: LimitedRoute,
  subject: Subject,
): readonly WantedPermit[] {
  const last = subject.caller === undefined ? undefined : lastWanted.get(subject.caller);
  if (last?.limits === limits && last.service === of.service) return last.permits;
  const permits = limits.map(({ by, most, windowS }) => ({
    key: `${of.limits}:${by}:${COUNTED[by](subject, of.service)}`,
    most,
    windowS,
  }));
  if (subject.caller !== undefined && limits.every(({ by }) => by !== 'address'))
    lastWanted.set(subject.caller, { limits, service: of.service, permits });
  return permits;
}

/** Without a count nobody passes who moves money or asks a provider; who only looks does. */
async function counted(permits: Permits, limitClass: LimitClass, wanted: readonly WantedPermit[]) {
  try {
    return await permits.take(wanted);
  } catch (cause) {
    if (limitClass !== 'money' && limitClass !== 'desk') return undefined;
    throw new DomainError('SERVICE_UNAVAILABLE', {
      detail: 'requests cannot be counted now; try again',
      retryAfterS: 1,
      cause,
    });
  }
}

const policyTexts = new WeakMap<readonly RequestLimit[], string>();

/** All policies of the class, and what is left of the one that is nearest to its end. */
function tell(
  ctx: Context,
  limitClass: LimitClass,
  limits: readonly RequestLimit[],
  states: readonly PermitState[],
): void {
  let policies = policyTexts.get(limits);
  if (policies === undefined) {
    policies = limits
      .map(({ by, most, windowS }) => `"${limitClass}-${by}";q=${most};w=${windowS}`)
      .join(', ');
    policyTexts.set(limits, policies);
  }
  let nearest = 0;
  const shareLeft = (i: number): number => states[i]!.left / limits[i]!.most;
  for (let i = 1; i < states.length; i++) if (shareLeft(i) < shareLeft(nearest)) nearest = i;
  const { left, endsInMs } = states[nearest]!;
  setHeader(ctx, 'RateLimit-Policy', policies);
  setHeader(
    ctx,
    'RateLimit',
    `"${limitClass}-${limits[nearest]!.by}";r=${left};t=${Math.ceil(endsInMs / 1_000)}`,
  );
}

type SeatRules = Pick<RequestLimitsDependencies, 'rules' | 'seatMs'>;
type Seated = (place: Place, limits: LimitClass, of: Sitting) => Promise<void>;
interface Sitting {
  ctx: Context;
  name: string;
  work: () => Promise<void>;
}

/** Work that needs a seat of its place. */
function createSeats(of: SeatRules, refused: (limits: LimitClass, why: string) => void): Seated {
  const lineOf = createLines(of);
  return async (place, limits, { ctx, name, work }) => {
    try {
      if (limits === 'wait') await mayLeave(ctx, (sit) => lineOf(place).run(name, sit), work);
      else await lineOf(place).run(name, work);
    } catch (error) {
      if (!(error instanceof FullLine)) throw error;
      refused(limits, error.why);
      if (error.why === 'too_many_waiting') throw tooManyUnderWay(place);
      throw new DomainError('SERVICE_UNAVAILABLE', {
        detail: 'too many others ask for the same now; try again',
        retryAfterS: retrySeconds(error.retryAfterMs),
      });
    }
  };
}

/** Work that may give up its seat before it is done (`leaveSeat`). */
async function mayLeave(
  ctx: Context,
  run: (sit: () => Promise<void>) => Promise<void>,
  work: () => Promise<void>,
): Promise<void> {
  let done = Promise.resolve();
  await run(() => {
    const left = new Promise<void>((resolve) => {
      ctx.state.leaveSeat = resolve;
    });
    done = work();
    return Promise.race([done, left]);
  });
  await done;
}

/** The line before a place, made when it is first asked for. */
function createLines({ rules, seatMs }: SeatRules): (place: Place) => FairLine {
  const lines = new Map<Place, FairLine>();
  return (place) => {
    let line = lines.get(place);
    if (line === undefined) {
      line = createFairLine({
        seats: () => rules.share(place).most,
        seatsEach: () => rules.share(place).mostEach,
        waitingEach: () => rules.share(place).waitingEach,
        waitMs: seatMs,
      });
      lines.set(place, line);
    }
    return line;
  };
}

function tooManyUnderWay(place: Place): DomainError {
  return new DomainError('RATE_LIMITED', {
    detail: 'too many requests of this key are under way: wait for some of their answers',
    retryAfterS: 1,
    violatedPolicies: [place],
  });
}
