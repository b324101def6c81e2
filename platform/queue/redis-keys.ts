/**
 * Names of the keys in Redis. Each queue has a hash tag of its own, `{<prefix>.<queue>}`: its keys lie on one
 * node of a cluster, as BullMQ's scripts need, and the queues spread over all nodes.
 */
import type { QueueSettings } from './types';

const DEFAULT_PREFIX = 'munim';

/** The configured prefix; braces around it mean nothing. */
export function barePrefix({ prefix }: Pick<QueueSettings, 'prefix'>): string {
  return (prefix ?? DEFAULT_PREFIX).replaceAll(/[{}]/g, '');
}

export function queueKeyPrefix(settings: Pick<QueueSettings, 'prefix'>, queue: string): string {
  return `{${barePrefix(settings)}.${queue}}`;
}

/** As it was when all queues had one tag. */
export function formerKeyPrefix(settings: Pick<QueueSettings, 'prefix'>): string {
  return `{${barePrefix(settings)}}`;
}
