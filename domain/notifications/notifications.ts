import { createDelivery, type Delivery, type DeliveryDependencies } from './deliver';
import { createNotifier, type Notifier, type NotifierDependencies } from './notifier';

/** Telling people things: what is told is a row, and is driven until it is sent. */
export type Notifications = Notifier & Delivery;

export function createNotifications(deps: NotifierDependencies & DeliveryDependencies): Notifications {
  return { ...createNotifier(deps), ...createDelivery(deps) };
}
