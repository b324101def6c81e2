import type { ConsoleRoute } from './route';

/** A route of the board, below its mount; `action` is its name in the audit log. */
export interface BoardRoute extends ConsoleRoute {
  readonly action?: string;
}

const QUEUE = '/api/queues/{queue}';
const JOB = `${QUEUE}/{job}`;

const page = (path: string, summary: string): BoardRoute => ({
  method: 'GET',
  path,
  summary,
  access: 'queues.read',
});
const change =
  (access: BoardRoute['access']) =>
  (method: BoardRoute['method'], path: string, action: string, summary: string): BoardRoute => ({
    method,
    path,
    action,
    summary,
    access,
  });
const wake = change('queues.wake');
const tend = change('queues.tend');
const never = change('nobody');

/**
 * The routes of Bull Board that there are here; it has others. The first that fits decides, and a request that
 * fits none is refused. Nobody may empty a queue or write a job by hand: rows decide what is queued.
 */
export const BOARD_ROUTES: readonly BoardRoute[] = [
  // switched off in bull-board.ts
  { ...page('/api/redis/stats', 'What the store says of itself'), access: 'nobody' },
  { ...page(`${QUEUE}/workers`, 'Workers of a queue'), access: 'nobody' },
  page('/', 'The board'),
  page('/metrics-history', 'The board, at its numbers'),
  page('/job-schedulers', 'The board, at its schedules'),
  page('/queue/{queue}', 'The board, at a queue'),
  page('/queue/{queue}/{job}', 'The board, at a job'),
  page('/static/{+file}', 'Scripts and styles of the board'),
  page('/api/queues', 'Queues with their counts, and the jobs of one'),
  page('/api/job-schedulers', 'Schedules'),
  page(`${QUEUE}/metrics`, 'Numbers of a queue'),
  page(`${QUEUE}/default-job-options`, 'Options of the jobs of a queue'),
  page(`${QUEUE}/rate-limit`, 'How fast a queue goes'),
  page(`${QUEUE}/job-data-schema`, 'The form of the jobs of a queue'),
  page(`${JOB}/logs`, 'What a job has logged'),
  page(`${JOB}/flow`, 'The jobs that belong to a job'),
  page(JOB, 'A job'),
  wake('PUT', '/api/queues/pause', 'queues.pause', 'Hold every queue'),
  wake('PUT', '/api/queues/resume', 'queues.resume', 'Resume every queue'),
  wake('PUT', `${QUEUE}/pause`, 'queue.pause', 'Hold a queue'),
  wake('PUT', `${QUEUE}/resume`, 'queue.resume', 'Resume a queue'),
  wake('PUT', `${QUEUE}/promote`, 'queue.promote-all', 'Run the delayed jobs of a queue now'),
  wake('PUT', `${QUEUE}/retry/failed`, 'queue.retry-all', 'Run the failed jobs of a queue again'),
  wake('PUT', `${QUEUE}/retry/completed`, 'queue.retry-all', 'Run the finished jobs of a queue again'),
  never('PUT', `${QUEUE}/obliterate`, 'queue.obliterate', 'Remove a queue'),
  never('PUT', `${QUEUE}/empty`, 'queue.empty', 'Remove the jobs of a queue'),
  never('POST', `${QUEUE}/add`, 'queue.add', 'Write a job'),
  never('PATCH', `${JOB}/update-data`, 'job.update-data', 'Rewrite a job'),
  tend('PUT', `${QUEUE}/clean/completed`, 'queue.clean', 'Remove the finished jobs of a queue'),
  tend('PUT', `${QUEUE}/clean/failed`, 'queue.clean', 'Remove the failed jobs of a queue'),
  tend('PUT', `${QUEUE}/concurrency`, 'queue.concurrency', 'Set how many jobs run at once'),
  tend('PUT', `${QUEUE}/rate-limit`, 'queue.rate-limit', 'Set how fast a queue goes'),
  tend('PUT', `${QUEUE}/rate-limit/release`, 'queue.rate-limit-release', 'Let a queue go on'),
  wake('PUT', `${JOB}/retry`, 'job.retry', 'Run a job again'),
  wake('PUT', `${JOB}/promote`, 'job.promote', 'Run a delayed job now'),
  tend('PUT', `${JOB}/clean`, 'job.clean', 'Remove a job'),
];
