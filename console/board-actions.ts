import type { OpsRole } from '../domain/auth/sessions';

/** An action on the board, as the audit log names it. */
export interface BoardAction {
  action: string;
  subject: string;
}

interface Rule {
  method: string;
  path: RegExp;
  action: string;
  role: 'operator' | 'admin' | 'nobody';
}

const QUEUE = '/api/queues/([^/]+)';
const JOB = `${QUEUE}/([^/]+)`;
const rule = (method: string, path: string, action: string, role: Rule['role']): Rule => ({
  method,
  path: new RegExp(`^${path}$`),
  action,
  role,
});

/**
 * The actions of the board and the role that each needs. The first rule that fits decides; a request that
 * fits none is refused. Waking work again is safe at any time, since a processor looks at the row first.
 * Nobody may empty a queue or write a job by hand: rows decide what is queued.
 */
const RULES: readonly Rule[] = [
  rule('PUT', '/api/queues/pause', 'queues.pause', 'operator'),
  rule('PUT', '/api/queues/resume', 'queues.resume', 'operator'),
  rule('PUT', `${QUEUE}/pause`, 'queue.pause', 'operator'),
  rule('PUT', `${QUEUE}/resume`, 'queue.resume', 'operator'),
  rule('PUT', `${QUEUE}/promote`, 'queue.promote-all', 'operator'),
  rule('PUT', `${QUEUE}/retry/(failed|completed)`, 'queue.retry-all', 'operator'),
  rule('PUT', `${QUEUE}/obliterate`, 'queue.obliterate', 'nobody'),
  rule('PUT', `${QUEUE}/empty`, 'queue.empty', 'nobody'),
  rule('POST', `${QUEUE}/add`, 'queue.add', 'nobody'),
  rule('PATCH', `${JOB}/update-data`, 'job.update-data', 'nobody'),
  rule('PUT', `${QUEUE}/clean/(completed|failed)`, 'queue.clean', 'admin'),
  rule('PUT', `${QUEUE}/concurrency`, 'queue.concurrency', 'admin'),
  rule('PUT', `${QUEUE}/rate-limit`, 'queue.rate-limit', 'admin'),
  rule('PUT', `${QUEUE}/rate-limit/release`, 'queue.rate-limit-release', 'admin'),
  rule('PUT', `${JOB}/retry`, 'job.retry', 'operator'),
  rule('PUT', `${JOB}/promote`, 'job.promote', 'operator'),
  rule('PUT', `${JOB}/clean`, 'job.clean', 'admin'),
];

const RANK: Record<OpsRole, number> = { viewer: 0, operator: 1, admin: 2 };

/**
 * Names the action of a request on the board and decides whether the role may take it. `path` begins after
 * the mount and is not decoded, so an encoded path fits no rule.
 */
export function boardAction(
  method: string,
  path: string,
  role: OpsRole,
): { allowed: boolean; why: string; action: BoardAction } {
  for (const { method: wanted, path: form, action, role: needed } of RULES) {
    const match = wanted === method ? form.exec(path) : null;
    if (!match) continue;
    const [, queue, job] = match;
    const named = action.startsWith('job.') ? `job:${queue}/${job}` : `queue:${queue ?? 'all'}`;
    const found = { action, subject: named };
    if (needed === 'nobody')
      return {
        allowed: false,
        why: 'Nobody does this on the board: rows decide what is queued.',
        action: found,
      };
    return { allowed: RANK[role] >= RANK[needed], why: `This needs the role ${needed}.`, action: found };
  }
  return {
    allowed: false,
    why: 'This cannot be done here.',
    action: { action: 'board.unknown', subject: `path:${method} ${path}` },
  };
}
