import type { Job } from 'bullmq';
import { isMalformed, shownJob, unreadableJob } from './board-jobs';

const PLANTED = ['ABCPK1234F', '50100987654321', 'somebody@okbank', 'mk_live_a1b2c3d4e5f6'];
const shown = (parts: Record<string, unknown>): Record<string, unknown> =>
  shownJob({ toJSON: () => parts } as unknown as Job).toJSON();

test('texts of a job are scrubbed, wherever they stand', () => {
  const text = `refused: ${PLANTED.join(' ')}`;
  const parts = shown({
    id: text,
    name: text,
    failedReason: text,
    deferredFailure: text,
    stacktrace: [text, { odd: text }],
    processedBy: text,
    parentKey: text,
    repeatJobKey: text,
    opts: { attempts: 3, removeOnComplete: true, note: text, delay: text },
  });
  expect(parts).toMatchObject({ failedReason: expect.stringContaining('refused: [pan]') as string });
  for (const value of PLANTED) expect(JSON.stringify(parts)).not.toContain(value);
  expect(parts.opts).toEqual({ attempts: 3, removeOnComplete: true });
  expect(parts.stacktrace).toHaveLength(1);
});

test.each([
  [{}],
  [{ stacktrace: {}, opts: null, name: 5, attemptsMade: 'x', timestamp: Number.NaN, id: null }],
])('parts that are not what they should be are left out: %j', (parts) => {
  expect(shown(parts)).toMatchObject({ name: '', stacktrace: [], opts: {}, attemptsMade: 0 });
});

test('a job that cannot be read is listed, can be removed, and does nothing else', async () => {
  const removed: string[] = [];
  const job = unreadableJob('job-1', { remove: (id) => Promise.resolve(removed.push(id)) });
  expect(job.toJSON()).toMatchObject({ id: 'job-1', name: '(cannot be read)' });
  await expect(job.retry()).rejects.toThrow('cannot be read');
  await job.remove();
  expect(removed).toEqual(['job-1']);
});

test('what is malformed, and what is a broken connection', () => {
  expect(
    [new SyntaxError('x'), new TypeError('x'), new Error('WRONGTYPE Operation against a key')].map(
      isMalformed,
    ),
  ).toEqual([true, true, true]);
  expect([new Error('connect ECONNREFUSED'), undefined].map(isMalformed)).toEqual([false, false]);
});
