import { addMs } from '../../platform/clock';
import { rows } from '../../platform/database';
import { firstUuidAt } from '../../platform/ids';
import { closeCases, openCases } from '../cases/cases';
import { DomainError } from '../errors/errors';
import { NotYet, type NightContext, type NightResult, type NightStep } from '../night/step';
import { RECONCILIATION_ERRORS } from './errors';
import type { FollowDependencies } from './follow';
import { isRetired, missingReport, neverCame, reconcileRetired } from './retired';
import { reconcile } from './run';
import { readTerms } from './terms';

const AGAIN_MS = 900_000;
const HOUR_MS = 3_600_000;

/**
 * Reconciles each source of a provider for the day. It waits for the report, which is a case after the hours of
 * `recon_terms`. For a source of which no file was ever imported nobody waits: the result says so, and when the day has
 * payments that it should list, a case. Nor for one that is retired (`reconcileRetired`). What a report ends is
 * settled by the loops that drive every row.
 */
export function createReconcileStep(deps: FollowDependencies): NightStep {
  return {
    kind: 'reconcile',
    dependsOn: ['close'],
    perProvider: true,
    run: (context) => run(deps, context),
  };
}

/**
 * Reconciles the statements of our banks for the day, as reports of providers: it waits for each one of which a file was ever
 * imported, which is a case after the same hours. All that are there are looked at before it waits.
 */
export function createStatementsStep(deps: FollowDependencies): NightStep {
  return { kind: 'statements', dependsOn: ['close'], run: (context) => runStatements(deps, context) };
}

async function runStatements(deps: FollowDependencies, context: NightContext): Promise<NightResult> {
  const sources = await rows<Omit<Expected, 'hasPayments'>>(deps.knex, STATEMENTS, {
    date: context.date,
  });
  const result: Record<string, string | number> = {
    sources: sources.filter(({ isInUse }) => isInUse).length,
  };
  const late: NotYet[] = [];
  for (const [i, { name, isInUse, isThere, retiredFrom }] of sources.entries()) {
    if (!isThere && isRetired({ retiredFrom }, context.date)) {
      Object.assign(result, await reconcileRetired(deps, { name, retiredFrom }, context));
      continue;
    }
    if (!isInUse) {
      result[name] = 'no statement was ever imported';
      continue;
    }
    try {
      Object.assign(result, await reconcileSource(deps, name, context));
    } catch (error) {
      if (!(error instanceof NotYet)) throw error;
      late.push(error);
    }
    context.progress(i + 1, sources.length);
  }
  if (late.length > 0) throw new NotYet(late.map(({ why }) => why).join(', '), AGAIN_MS);
  return result;
}

const OF_SOURCE = `s.name, s.retired_from::text as "retiredFrom",
    exists (select from recon_files f where f.source_id = s.id) as "isInUse",
    exists (select from recon_files f where f.source_id = s.id and f.business_date = :date::date) as "isThere"`;

const STATEMENTS = `
  select ${OF_SOURCE}
  from recon_sources s where s.kind = 'statement' order by s.name`;

async function run(deps: FollowDependencies, context: NightContext): Promise<NightResult> {
  const { provider, progress } = context;
  const sources = await rows<Expected>(deps.knex, SOURCES, {
    ...{ provider: provider ?? '', date: context.date },
    ...idsOfDay(context),
  });
  const result: Record<string, string | number> = {
    sources: sources.filter(({ isInUse }) => isInUse).length,
  };
  for (const [i, { name, isInUse, isThere, retiredFrom, hasPayments }] of sources.entries()) {
    if (!isThere && isRetired({ retiredFrom }, context.date)) {
      Object.assign(result, await reconcileRetired(deps, { name, retiredFrom }, context));
      continue;
    }
    if (!isInUse) {
      result[name] = 'no report was ever imported';
      if (hasPayments) await openCases(deps.knex, deps.ids, [neverCame(name)], deps.clock.now());
      continue;
    }
    Object.assign(result, await reconcileSource(deps, name, context));
    progress(i + 1, sources.length);
  }
  return result;
}

/** Throws NotYet while the file of the day is missing. */
async function reconcileSource(
  deps: FollowDependencies,
  name: string,
  context: NightContext,
): Promise<NightResult> {
  const { counts, float } = await reconcileOrWait(deps, name, context);
  await closeCases(deps.knex, [missingReport(name, context.date), neverCame(name)], {
    ...{ by: 'reconciliation', note: 'the report came', at: deps.clock.now() },
  });
  return {
    [`${name}_agreed`]: counts.agreed,
    [`${name}_open`]: Object.values(counts.open).reduce((sum, count) => sum + count, 0),
    ...(float.unexplainedPaise === null
      ? {}
      : { [`${name}_unexplained_paise`]: float.unexplainedPaise.toString() }),
  };
}

interface Expected {
  name: string;
  /** A file of it was imported, on whatever day. */
  isInUse: boolean;
  /** One of the day itself. */
  isThere: boolean;
  retiredFrom: string | null;
  /** Payments of the day that a report of it should have. */
  hasPayments: boolean;
}

const SOURCES = `
  select ${OF_SOURCE},
    exists (select from transactions t where t.id between :first and :last and t.provider = s.provider
      and t.service = any(s.services) and t.attempt_no > 0) as "hasPayments"
  from recon_sources s where s.provider = :provider order by s.name`;

const idsOfDay = ({ begins, ends }: NightContext) => ({
  first: firstUuidAt(begins),
  last: firstUuidAt(ends),
});

async function reconcileOrWait(deps: FollowDependencies, source: string, { date, ends }: NightContext) {
  try {
    return await reconcile(deps, { source, businessDate: date });
  } catch (error) {
    if (!(error instanceof DomainError && error.code === RECONCILIATION_ERRORS.RECON_REPORT_MISSING.code))
      throw error;
    const { reportHours } = await readTerms(deps.knex, date);
    const now = deps.clock.now();
    if (now >= addMs(ends, reportHours * HOUR_MS))
      await openCases(deps.knex, deps.ids, [missingReport(source, date)], now);
    throw new NotYet(`the report of ${source}`, AGAIN_MS);
  }
}
