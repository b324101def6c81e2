import type { Context } from 'koa';
import type { Accepted } from '../../domain/intake/accept';
import { queuedWork } from '../../jobs/due';
import { publicId } from '../../platform/ids';
import type { Wake } from '../../platform/wake';

/**
 * Queues what was accepted and answers 202 with the bytes of the first answer, whether this is the first
 * request with its key or a repeat.
 */
export async function sendAccepted(
  ctx: Context,
  accepted: Accepted,
  wake: Wake,
  location = `/v1/transactions/${publicId('transaction', accepted.id)}`,
): Promise<void> {
  await wake(accepted.due.map(queuedWork));
  ctx.status = 202;
  ctx.set('Location', location);
  ctx.set('Retry-After', '1');
  if (accepted.replayed) ctx.set('Idempotent-Replayed', 'true');
  ctx.type = 'application/json';
  ctx.body = accepted.body;
}
