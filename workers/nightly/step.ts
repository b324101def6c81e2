import type { NightProgress } from '../../domain/night/night';
import { createProcessor, type ProcessorDependencies, type WorkReport } from '../processor';
import type { ReceivedJob } from '../../platform/queue';
import type { NightLoopDependencies } from './loop';

/** Does the steps that a job names, and wakes those that can begin after them. The board shows how far it is. */
export function createNightProcessor(
  deps: ProcessorDependencies & Pick<NightLoopDependencies, 'night' | 'log'>,
) {
  const { night, log } = deps;
  return async (job: ReceivedJob): Promise<void> => {
    const tell = (progress: NightProgress): void => {
      job.progress(shown(progress)).catch((error: unknown) => log.debug({ error }, 'no progress was shown'));
    };
    const work = async (ids: readonly string[]): Promise<WorkReport> => {
      const errors: Error[] = [];
      for (const id of ids)
        await night.run(id, tell).catch((error: unknown) => {
          errors.push(
            error instanceof Error ? error : new Error('a step of the night failed', { cause: error }),
          );
        });
      return { due: await night.due(), errors };
    };
    await createProcessor(deps, 'night', work)(job);
  };
}

function shown({ kind, date, provider, rows, total }: NightProgress): Record<string, string | number> {
  const isCounted = total !== undefined && total > 0;
  return {
    ...(isCounted ? { progress: Math.min(100, Math.floor((100 * rows) / total)) } : {}),
    step: kind,
    date,
    ...(provider === undefined ? {} : { provider }),
    rows,
    ...(total === undefined ? {} : { total }),
  };
}
