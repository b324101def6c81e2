import Joi from 'joi';
import type { Delivery } from '../../domain/notifications/deliver';
import type { DeliveryReport } from '../../domain/notifications/port';
import { DomainError } from '../../domain/errors/errors';
import { NOTIFICATION_ERRORS } from '../../domain/notifications/errors';
import { receivedCallback } from '../answers/common';
import { found } from '../registry/answers';
import { textParameter } from '../registry/parameters';
import { ok } from '../registry/replies';
import { PROVIDER, raw, routesOf } from '../registry/route';

/** Reads a signed report of the sender of SMS; undefined where there is none. */
export interface ReportReader {
  read(id: string, headers: Readonly<Record<string, string | undefined>>, body: Buffer): DeliveryReport;
}

const route = routesOf<{ notifications: Pick<Delivery, 'report'>; smsReports: ReportReader | undefined }>();

/** The signature covers the address, so the id in it is believed. */
export const deliveryReportRoutes = [
  route({
    method: 'POST',
    path: '/delivery-reports/plivo/{notification}',
    summary: 'What became of an SMS, as its sender tells, signed',
    tag: 'Callbacks',
    access: PROVIDER,
    limits: 'callback',
    idempotency: 'none',
    params: {
      notification: textParameter(
        'The id of the notification, from the address that the sender was given for it',
        Joi.string()
          .max(36)
          .pattern(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/),
        '01930000-0000-7000-8000-000000000000',
      ),
    },
    query: 'ignored',
    body: raw(16_384),
    answers: found('It is noted; a repeat is known as one', receivedCallback),
    problems: [
      'PROVIDER_UNKNOWN',
      'CALLBACK_SIGNATURE_INVALID',
      'CALLBACK_MALFORMED',
      ...Object.values(NOTIFICATION_ERRORS),
    ],
    handle: async ({ params, body, request }, { notifications, smsReports }) => {
      if (smsReports === undefined) throw new DomainError('PROVIDER_UNKNOWN');
      const headers: Record<string, string | undefined> = {};
      for (const [name, value] of Object.entries(request.headers))
        headers[name] = Array.isArray(value) ? undefined : value;
      if (!UUID.test(params.notification)) throw new DomainError('CALLBACK_SIGNATURE_INVALID');
      const noted = await notifications.report(smsReports.read(params.notification, headers, body));
      if (noted === 'unknown') throw new DomainError(NOTIFICATION_ERRORS.NOTIFICATION_NOT_FOUND);
      return ok({ received: true, duplicate: noted === 'repeated' });
    },
  }),
];

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
