import type { Message, SendAnswer, Sender } from '../../domain/notifications/port';
import type { Clock } from '../../platform/clock';
import { createHttpClient, type HttpFailure, type HttpResponse } from '../../platform/http-client';
import { isFields, parseJson } from '../reading';
import { reportUrlOf } from './reports';
import type { PlivoSettings } from './settings';

const BASE_URL = 'https://api.plivo.com';
const TOTAL_MS = 10_000;
const BUSY_MS = 5_000;
/** An operator takes longer texts in pieces; one that is longer than any template of ours is a fault. */
const LONGEST_TEXT = 700;
const MOBILE = /^[6-9]\d{9}$/;

/**
 * SMS by Plivo (README.md beside this file: the contract, and what we decided). There is no idempotency: a time-out
 * may mean sent, and is told as unknown. Throws TypeError for an address that is not usable.
 */
export function createPlivoSender(settings: PlivoSettings & { clock?: Clock }): Sender {
  const { authId, authToken, clock } = settings;
  const http = createHttpClient({
    name: 'plivo',
    baseUrl: settings.baseUrl ?? BASE_URL,
    totalTimeoutMs: TOTAL_MS,
    headersTimeoutMs: TOTAL_MS,
    ...(clock === undefined ? {} : { clock }),
  });
  const authorization = `Basic ${Buffer.from(`${authId}:${authToken}`, 'utf8').toString('base64')}`;
  return {
    name: 'plivo',
    async send(message) {
      const unfit = unfitness(message);
      if (unfit !== undefined) return { kind: 'refused', reason: unfit };
      const result = await http.request({
        method: 'POST',
        path: `/v1/Account/${authId}/Message/`,
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify(bodyOf(settings, message)),
        notAfter: message.notAfter,
      });
      return result.ok ? answerOf(result) : failureOf(result);
    },
    close: () => http.close(),
  };
}

function unfitness({ to, text, dltTemplateId }: Message): string | undefined {
  if (!MOBILE.test(to)) return 'not a mobile number';
  if (dltTemplateId === null) return 'the template has no DLT id';
  return Array.from(text).length > LONGEST_TEXT ? 'the text is too long' : undefined;
}

function bodyOf(settings: PlivoSettings, { id, to, text, dltTemplateId }: Message): object {
  return {
    src: settings.header,
    dst: `91${to}`,
    text,
    type: 'sms',
    url: reportUrlOf(settings, id),
    method: 'POST',
    dlt_entity_id: settings.entityId,
    dlt_template_id: dltTemplateId,
    dlt_template_category: 'transactional',
  };
}

function answerOf({ status, headers, text }: HttpResponse): SendAnswer {
  if (status >= 200 && status < 300) {
    const reference = referenceIn(parseJson(text));
    return reference === undefined
      ? { kind: 'unknown', reason: `answered ${status} without an id` }
      : { kind: 'taken', reference };
  }
  if (status === 429)
    return { kind: 'not_sent', reason: 'answered 429', retryAfterMs: waitOf(headers['retry-after']) };
  // Our keys, our credit, our address: what is wrong with all messages is no fault of this one.
  if (status === 401 || status === 402 || status === 403 || status === 404)
    return { kind: 'not_sent', reason: `answered ${status}` };
  if (status >= 400 && status < 500) return { kind: 'refused', reason: `answered ${status}` };
  return { kind: 'unknown', reason: `answered ${status}` };
}

function failureOf({ sent, reason }: HttpFailure): SendAnswer {
  return sent ? { kind: 'unknown', reason } : { kind: 'not_sent', reason };
}

function waitOf(retryAfter = ''): number {
  return /^\d{1,4}$/.test(retryAfter) ? Number(retryAfter) * 1_000 : BUSY_MS;
}

function referenceIn(body: unknown): string | undefined {
  const uuids = isFields(body) ? body.message_uuid : undefined;
  const [first] = Array.isArray(uuids) ? (uuids as unknown[]) : [];
  return typeof first === 'string' && /^[\w-]{1,100}$/.test(first) ? first : undefined;
}
