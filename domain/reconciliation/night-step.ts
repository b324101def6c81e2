import { rows } from '../../platform/database';
import { DomainError } from '../errors/errors';
import { NotYet, type NightContext, type NightResult, type NightStep } from '../night/step';
import { RECONCILIATION_ERRORS } from './errors';
import type { FollowDependencies } from './follow';
import { reconcile } from './run';

const AGAIN_MS = 900_000;

/**
 * Reconciles each source of a provider for the day. It waits for the report; a source of which no file was ever imported
 * is not in use, and nobody waits for it. What a report ends is settled by the loops that drive every row.
 */
export function createReconcileStep(deps: FollowDependencies): NightStep {
  return {
    kind: 'reconcile',
    dependsOn: ['close'],
    perProvider: true,
    run: (context) => run(deps, context),
  };
}

async function run(
  deps: FollowDependencies,
  { date, provider, progress }: NightContext,
): Promise<NightResult> {
  const sources = await rows<{ name: string }>(
    deps.knex,
    `select name from recon_sources s where provider = :provider
      and exists (select from recon_files f where f.source_id = s.id) order by name`,
    { provider: provider ?? '' },
  );
  const result: Record<string, string | number> = { sources: sources.length };
  for (const [i, { name }] of sources.entries()) {
    const { counts, float } = await reconcileOrWait(deps, name, date);
    result[`${name}_agreed`] = counts.agreed;
    result[`${name}_open`] = Object.values(counts.open).reduce((sum, count) => sum + count, 0);
    if (float.unexplainedPaise !== null)
      result[`${name}_unexplained_paise`] = float.unexplainedPaise.toString();
    progress(i + 1, sources.length);
  }
  return result;
}

async function reconcileOrWait(deps: FollowDependencies, source: string, businessDate: string) {
  try {
    return await reconcile(deps, { source, businessDate });
  } catch (error) {
    if (error instanceof DomainError && error.code === RECONCILIATION_ERRORS.RECON_REPORT_MISSING.code)
      throw new NotYet(`the report of ${source}`, AGAIN_MS);
    throw error;
  }
}
