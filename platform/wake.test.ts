import * as fc from 'fast-check';
import { createWake, jobsFor, type QueuedRow } from './wake';
import { silentLog } from './logger';
import type { QueueJob } from './queue';

const due = (n: number, over: Partial<QueuedRow> = {}): QueuedRow => ({
  queue: 'hold',
  job: 'transaction-hold',
  id: `0190a0a0-0000-7000-8000-${String(n).padStart(12, '0')}`,
  driveNo: 0,
  ...over,
});

function recorder(behaviour: () => Promise<void> = async () => undefined) {
  const added: { queue: string; jobs: QueueJob[] }[] = [];
  const add = async (queue: string, jobs: QueueJob[]): Promise<void> => {
    added.push({ queue, jobs });
    await behaviour();
  };
  return { added, queues: { add } };
}

describe('job ids', () => {
  test('one row: job, id, count and drive number', () => {
    expect(jobsFor('transaction-hold', [due(1)])).toEqual([
      { name: 'transaction-hold', id: `transaction-hold-${due(1).id}-1-0`, data: { ids: [due(1).id] } },
    ]);
    expect(jobsFor('transaction-settle', [due(1, { driveNo: 2, seq: 3 })])[0]!.id).toBe(
      `transaction-settle-${due(1).id}-1-2.3`,
    );
  });

  test('the effects of one row have ids of their own', () => {
    const [first, second] = [
      jobsFor('transaction-settle', [due(1, { seq: 1 })]),
      jobsFor('transaction-settle', [due(1, { seq: 2 })]),
    ];
    expect(first[0]!.id).not.toBe(second[0]!.id);
  });

  test('groups with the same first row and size are told apart', () => {
    expect(jobsFor('j', [due(1), due(2)])[0]!.id).not.toBe(jobsFor('j', [due(1), due(3)])[0]!.id);
    expect(jobsFor('j', [due(1), due(2)])[0]!.id).toBe(jobsFor('j', [due(1), due(2)])[0]!.id);
  });

  test('every row once, in order, 50 to a job at most, and ids that BullMQ takes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(300), { minLength: 1, maxLength: 400 }), (numbers) => {
        const jobs = jobsFor(
          'j',
          numbers.map((n) => due(n)),
        );
        const ids = jobs.flatMap((job) => job.data.ids);
        expect(ids).toEqual([...new Set(numbers.map((n) => due(n).id))]);
        expect(Math.max(...jobs.map((job) => job.data.ids.length))).toBeLessThanOrEqual(50);
        expect(new Set(jobs.map((job) => job.id)).size).toBe(jobs.length);
        for (const job of jobs) expect(job.id).toMatch(/^[a-z][a-z0-9.-]+$/);
      }),
    );
  });
});

test('wake-ups of one tick go together, by queue', async () => {
  const { added, queues } = recorder();
  const wake = createWake({ queues, log: silentLog });
  await Promise.all([
    wake([due(1)]),
    wake([due(2), due(9, { queue: 'settle', job: 'transaction-settle' })]),
    wake([due(3)]),
  ]);
  expect(added).toHaveLength(2);
  expect(added.find((a) => a.queue === 'hold')!.jobs.map((j) => j.data.ids)).toEqual([
    [due(1).id, due(2).id, due(3).id],
  ]);
});

test('120 rows are three jobs in one call', async () => {
  const { added, queues } = recorder();
  await createWake({ queues, log: silentLog })(Array.from({ length: 120 }, (_, n) => due(n)));
  expect(added.map((a) => a.jobs.map((j) => j.data.ids.length))).toEqual([[50, 50, 20]]);
});

test('nothing due, nothing added', async () => {
  const { added, queues } = recorder();
  await createWake({ queues, log: silentLog })([]);
  expect(added).toEqual([]);
});

test('a queue that refuses costs a number and a line, never an error', async () => {
  const missed: [string, number][] = [];
  const lines: string[] = [];
  const log = {
    ...silentLog,
    warn: (_fields: object, message: string) => {
      lines.push(message);
    },
  };
  const { queues } = recorder(async () => {
    throw new Error('away');
  });
  const wake = createWake({
    queues,
    log,
    metrics: {
      woken: () => undefined,
      missed: (queue, rows) => {
        missed.push([queue, rows]);
      },
    },
  });
  await wake([due(1), due(2)]);
  await wake([due(3)]);
  expect(missed).toEqual([
    ['hold', 2],
    ['hold', 1],
  ]);
  expect(lines).toHaveLength(1); // the same error again is counted, not logged
});

test('a queue that hangs holds the caller for the time-out and no longer', async () => {
  const { queues } = recorder(() => new Promise(() => undefined));
  const wake = createWake({ queues, log: silentLog, timeoutMs: 30 });
  await expect(wake([due(1)])).resolves.toBeUndefined(); // without the time-out it would never end
  await expect(wake([due(2)])).resolves.toBeUndefined();
});
