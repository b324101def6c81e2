/**
 * What is done to the platform, in an order that the seed decides. The least a full run does:
 * - each process type ends by SIGKILL four times, two of them at a named point;
 * - dispatch is frozen (SIGSTOP, SIGCONT) at each point between reading a row and recording the answer, past
 * `send_before` (3 s); and twice past the lock
 * of its job (15 s) and the not-found window (13 s): it comes back while the repeat with the same key is
 * under way (18 s), and after it (22 s);
 * - ledger is frozen in mid-batch with its locks held: past `idle_in_transaction_session_timeout` (4 s),
 * `lock_timeout` (5 s) and the lock of its job (15 s);
 * - api ends by SIGKILL in the middle of a withdrawal, before the provider is called and after its answer,
 * and when a refund was answered;
 * - the sandbox, which stands for every provider, ends by SIGKILL twice;
 * - PostgreSQL stops immediately three times; the queue is emptied three times with nothing restarted; Redis
 * is away for 20 s once.
 */
import type { QueueBackend } from '../../platform/queue';
import type { Random } from './random';

export const PROCESSES = ['api', 'ops', 'ledger', 'dispatch', 'callbacks', 'polling', 'maintenance'] as const;
export type ProcessName = (typeof PROCESSES)[number] | 'sandbox';

/** Kill points by the process that passes them. */
export const POINTS: Readonly<Partial<Record<ProcessName, readonly string[]>>> = {
  api: [
    'accept.committed',
    'callback.stored',
    'aeps.begun',
    'aeps.answered',
    'aeps.recorded',
    'aeps.settled',
    'refund.answered',
  ],
  ledger: ['ledger.locked', 'ledger.written', 'hold.worked', 'settle.worked'],
  dispatch: ['send.before_begin', 'send.begun', 'send.answered', 'outcome.written', 'send.worked'],
  callbacks: ['outcome.written', 'callback.recorded', 'callback.worked'],
  polling: ['poll.answered', 'poll.renewed', 'outcome.written', 'poll.worked'],
  maintenance: ['poll.claimed', 'redrive.claimed'],
};

export type Interruption =
  | { kind: 'kill'; process: ProcessName; point?: string }
  | { kind: 'freeze'; process: ProcessName; point?: string; forMs: number }
  | { kind: 'stop_postgres'; forMs: number }
  | { kind: 'cut_connections' }
  | { kind: 'empty_queue' }
  | { kind: 'stop_redis'; forMs: number };

export interface PlanOptions {
  backend: QueueBackend;
  interruptions: number;
  processes: readonly ProcessName[];
}

const KILLS_EACH = 4;
const REDIS_AWAY_MS = 20_000;
const BRIEF = 10;

/** At least `interruptions` of them; ten are a sample of every kind, more begin with the whole list above. */
export function makePlan(random: Random, options: PlanOptions): Interruption[] {
  const must = options.interruptions <= BRIEF ? brief(random, options) : full(random, options);
  const plan = options.interruptions <= BRIEF ? must.slice(0, options.interruptions) : must;
  const more = extras(options);
  while (plan.length < options.interruptions) plan.push(random.pick(more));
  return random.shuffled(plan);
}

function full(random: Random, { backend, processes }: PlanOptions): Interruption[] {
  const kills = processes.flatMap((process): Interruption[] => {
    const points = random.shuffled(POINTS[process] ?? []).slice(0, KILLS_EACH / 2);
    return Array.from({ length: KILLS_EACH }, (_, i) => ({
      kind: 'kill',
      process,
      ...(points[i] === undefined ? {} : { point: points[i] }),
    }));
  });
  return [
    ...kills,
    { kind: 'kill', process: 'sandbox' },
    { kind: 'kill', process: 'sandbox' },
    { kind: 'kill', process: 'api', point: 'aeps.begun' },
    { kind: 'kill', process: 'api', point: random.pick(['aeps.answered', 'aeps.recorded', 'aeps.settled']) },
    { kind: 'kill', process: 'api', point: 'refund.answered' },
    { kind: 'freeze', process: 'dispatch', point: 'send.before_begin', forMs: 4_500 },
    { kind: 'freeze', process: 'dispatch', point: 'send.begun', forMs: 4_500 },
    { kind: 'freeze', process: 'dispatch', point: 'send.begun', forMs: 18_000 },
    { kind: 'freeze', process: 'dispatch', point: 'send.begun', forMs: 22_000 },
    { kind: 'freeze', process: 'dispatch', point: 'send.answered', forMs: 4_500 },
    { kind: 'freeze', process: 'ledger', point: 'ledger.locked', forMs: 7_000 },
    { kind: 'freeze', process: 'ledger', point: 'ledger.written', forMs: 17_000 },
    ...Array.from({ length: 3 }, (): Interruption => ({
      kind: 'stop_postgres',
      forMs: random.whole(1_000, 5_000),
    })),
    ...Array.from({ length: 3 }, (): Interruption => ({ kind: 'empty_queue' })),
    backend === 'redis' ? { kind: 'stop_redis', forMs: REDIS_AWAY_MS } : { kind: 'cut_connections' },
  ];
}

/** One of every kind, in half a minute. */
function brief(random: Random, { processes }: PlanOptions): Interruption[] {
  const killed = random.shuffled(processes.filter((process) => process !== 'ops' && process !== 'sandbox'));
  return [
    { kind: 'freeze', process: 'dispatch', point: 'send.begun', forMs: 4_500 },
    { kind: 'freeze', process: 'ledger', point: 'ledger.written', forMs: 6_000 },
    { kind: 'stop_postgres', forMs: random.whole(1_000, 2_000) },
    { kind: 'empty_queue' },
    ...killed.map((process, i): Interruption => ({
      kind: 'kill',
      process,
      ...(i % 2 === 0 || process === 'api' ? { point: random.pick(reliable(process)) } : {}),
    })),
  ];
}

/**
 * Points that an ordinary second passes; the others wait for a repeat, an overdue row or a customer who comes
 * for a refund.
 */
function reliable(process: ProcessName): readonly string[] {
  return (POINTS[process] ?? []).filter(
    (point) => point !== 'poll.renewed' && point !== 'redrive.claimed' && point !== 'refund.answered',
  );
}

function extras({ backend, processes }: PlanOptions): Interruption[] {
  const points = processes.flatMap((process) =>
    (POINTS[process] ?? []).map((point): Interruption => ({ kind: 'kill', process, point })),
  );
  return [
    ...points,
    { kind: 'kill', process: 'sandbox' },
    { kind: 'freeze', process: 'api', point: 'accept.committed', forMs: 3_000 },
    { kind: 'freeze', process: 'callbacks', point: 'callback.recorded', forMs: 6_000 },
    { kind: 'freeze', process: 'polling', point: 'poll.renewed', forMs: 4_500 },
    { kind: 'freeze', process: 'polling', point: 'poll.answered', forMs: 16_000 },
    { kind: 'freeze', process: 'maintenance', point: 'poll.claimed', forMs: 6_000 },
    { kind: 'cut_connections' },
    { kind: 'empty_queue' },
    ...(backend === 'redis' ? [{ kind: 'stop_redis', forMs: 3_000 } as const] : []),
  ];
}

/** `kill dispatch at send.begun`, for people. */
export function describeInterruption(i: Interruption): string {
  switch (i.kind) {
    case 'kill':
      return `SIGKILL ${i.process}${i.point === undefined ? '' : ` at ${i.point}`}`;
    case 'freeze':
      return `SIGSTOP ${i.process}${i.point === undefined ? '' : ` at ${i.point}`} for ${i.forMs / 1_000} s`;
    case 'stop_postgres':
      return `PostgreSQL stopped immediately for ${i.forMs / 1_000} s`;
    case 'cut_connections':
      return 'every database connection cut';
    case 'empty_queue':
      return 'the queue emptied, nothing restarted';
    case 'stop_redis':
      return `Redis away for ${i.forMs / 1_000} s`;
  }
}
