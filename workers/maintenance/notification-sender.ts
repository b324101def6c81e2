import type { Channel } from '../../domain/notifications/port';
import type { Delivery } from '../../domain/notifications/deliver';
import type { Log } from '../../platform/logger';

export interface NotificationDependencies {
  notifications: Pick<Delivery, 'deliver' | 'deleteOld'>;
  log: Log;
}

/** In half a second: half of what the sender of SMS allows (300 in 5 s). */
const CLAIM = 15;
const BATCH = 1_000;

/** One round: sends what is due. Returns false: the limit is one of time, too. */
export async function sendNotifications(
  { notifications, log }: NotificationDependencies,
  channel: Channel,
): Promise<boolean> {
  const { errors } = await notifications.deliver(channel, CLAIM);
  if (errors.length > 0)
    log.warn(
      { failed: errors.length, error: errors[0], channel },
      'messages that could not be worked on are left to a later round',
    );
  return false;
}

/** One round: deletes what ended long ago. Returns true when there may be more. */
export async function pruneNotifications({ notifications }: NotificationDependencies): Promise<boolean> {
  return (await notifications.deleteOld(BATCH)) === BATCH;
}
