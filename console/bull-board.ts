import { createBullBoard } from '@bull-board/api';
// oxlint-disable-next-line no-restricted-imports -- a package's api, not ours
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { KoaAdapter } from '@bull-board/koa';
import type { Middleware } from 'koa';
import type { Queues } from '../platform/queue';
import { scrub } from '../platform/scrub';
import type { May } from './board-actions';
import { isMalformed, isUnreadable, shownJob, shownName, shownProgress, unreadableJob } from './board-jobs';
import { boardStyle } from './board-style';

export interface BoardOptions {
  queues: Queues;
  /** In the order of display. */
  names: readonly string[];
  /** Shown as a coloured label when it is not production. */
  environment: string;
}

const POLL_S = 5;

/** One form for today, this year and before: the board judges by the browser's day which of them it is. */
const IN_IST: Intl.DateTimeFormatOptions = {
  timeZone: 'Asia/Kolkata',
  timeZoneName: 'short',
  year: 'numeric',
  month: 'short',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
};

type Adapter = BullMQAdapter;

/**
 * A queue with job counts that are right while it is paused too, on both backends, and with jobs that can be
 * shown whatever is in the store.
 */
class CountedQueue extends BullMQAdapter {
  constructor(
    private readonly queues: Queues,
    private readonly key: string,
    readOnlyMode: boolean,
  ) {
    super(queues.handle(key), { readOnlyMode, allowRetries: !readOnlyMode });
    this.setFormatter('data', onlyIds);
    this.setFormatter('returnValue', hidden);
    this.setFormatter('progress', shownProgress);
    this.setFormatter('name', shownName);
  }

  /** Tonight's job runs now, and tonight as well. */
  private async runCopy({ id, name, data }: { id?: string; name: string; data: unknown }): Promise<void> {
    const jobId = `${id?.replaceAll(':', '-')}-now-${Date.now()}`;
    await this.queues.handle(this.key).add(name, data, { jobId });
  }

  /** A job that a schedule has made stays: running it now would skip the time that it was made for. */
  override async promoteAll(): Promise<void> {
    const delayed = await this.getJobs(['delayed']);
    for (const job of delayed) if (job.repeatJobKey === undefined && !isUnreadable(job)) await job.promote();
  }

  override async getJobCounts(): Promise<Awaited<ReturnType<BullMQAdapter['getJobCounts']>>> {
    const [counts, ours] = await Promise.all([super.getJobCounts(), this.queues.counts(this.key)]);
    return { ...counts, waiting: ours.waiting + ours.paused - (counts.prioritized ?? 0) };
  }

  override async getJob(id: string): ReturnType<Adapter['getJob']> {
    try {
      const job = await super.getJob(id);
      if (job?.repeatJobKey !== undefined) job.promote = () => this.runCopy(job);
      return job === undefined ? undefined : shownJob(job);
    } catch (error) {
      if (!isMalformed(error)) throw error;
      return unreadableJob(id, this.queues.handle(this.key));
    }
  }

  override async getJobs(...asked: Parameters<Adapter['getJobs']>): ReturnType<Adapter['getJobs']> {
    try {
      return (await super.getJobs(...asked)).map(shownJob);
    } catch (error) {
      if (!isMalformed(error)) throw error;
    }
    const [states, start = 0, end = -1] = asked; // one of them cannot be read: each by itself
    const known = states.filter((state) => state !== 'paused'); // no state of this version
    const ids = await this.queues.handle(this.key).getRanges(known, start, end);
    const jobs = await Promise.all(ids.map((id) => this.getJob(id)));
    return jobs.filter((job) => job !== undefined);
  }

  override async getJobLogs(id: string): Promise<string[]> {
    return (await super.getJobLogs(id)).map(scrub);
  }
}

/** The data of a job is ids. Anything else is hidden. */
function onlyIds(data: unknown): unknown {
  const ids = (data as { ids?: unknown } | null)?.ids;
  if (!Array.isArray(ids)) return { hidden: true };
  return { ids: ids.filter((id) => typeof id === 'string' && /^[0-9a-f-]{36}$/.test(id)) };
}

const hidden = (): null => null;

/**
 * The board at `mount`, behind the guard. Who only looks gets a board without buttons; for the others the guard
 * decides about each action.
 */
export function bullBoard(mount: string, options: BoardOptions): Middleware {
  const full = board(mount, options, false);
  const readOnly = board(mount, options, true);
  return async (ctx, next) => {
    const { may = () => false } = ctx.state as { may?: May };
    await (may('queues.wake') || may('queues.tend') ? full : readOnly)(ctx, next);
    if (typeof ctx.body === 'string' && ctx.type === 'text/html')
      ctx.body = withStyle(withoutOutsideFont(ctx.body), boardStyle(may));
  };
}

function board(
  mount: string,
  options: BoardOptions,
  readOnly: boolean,
): ReturnType<KoaAdapter['registerPlugin']> {
  const serverAdapter = new KoaAdapter().setBasePath(mount);
  createBullBoard({
    queues: options.names.map((name) => new CountedQueue(options.queues, name, readOnly)),
    serverAdapter,
    options: {
      uiConfig: {
        boardTitle: 'Munim queues',
        boardLogo: { path: '/ops/assets/mark.svg', width: 28, height: 28 },
        favIcon: { default: '/ops/assets/mark.svg', alternative: '/ops/assets/mark.svg' },
        miscLinks: [
          { text: 'API log', url: '/ops/api-calls' },
          { text: 'Find a transaction', url: '/ops/find' },
          { text: 'Account and sign out', url: '/ops/account' },
        ],
        dateFormats: { short: IN_IST, common: IN_IST, full: IN_IST },
        hideRedisDetails: true,
        hideDocsLink: true,
        showWorkers: false, // a CLIENT LIST for each queue and poll
        showMetrics: false,
        sortQueues: false,
        pollingInterval: { showSetting: false, forceInterval: POLL_S },
        ...(options.environment === 'production'
          ? {}
          : { environment: { label: options.environment, color: '#12463f', textColor: '#f4efe2' } }),
      },
    },
  });
  return serverAdapter.registerPlugin({ mount });
}

/**
 * The page asks for a font of another site, which the CSP refuses; without this line the browser reports an
 * error.
 */
function withoutOutsideFont(page: string): string {
  return page.replaceAll(/<link href="https:\/\/fonts\.googleapis\.com[^>]*>/g, '');
}

function withStyle(page: string, style: string): string {
  return page.replace('</head>', `<style>${style}</style></head>`);
}
