export {
  backendIdentity,
  claimBackend,
  prepareQueues,
  readBackend,
  switchBackend,
  type SwitchOptions,
} from './backend-row';
export { CONNECTIONS_EACH } from './postgres-backend';
export { createQueues } from './queues';
export { checkRedis, parseRedisUrl } from './redis-connection';
export { storedTexts, type QueueText } from './stored-texts';
export type {
  QueueBackend,
  QueueCounts,
  QueueJob,
  Queues,
  QueueSettings,
  QueueWorker,
  ReceivedJob,
  WorkerOptions,
} from './types';
export { createQueueWorker } from './worker';
