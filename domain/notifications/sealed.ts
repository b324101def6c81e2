import { sealedColumn } from '../../platform/encryption';

/** Address and text of a notification, until nothing more is to be sent. */
export const NOTIFICATION_MESSAGE = sealedColumn('notifications', 'message_sealed');
