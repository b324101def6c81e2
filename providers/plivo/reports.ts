import { DomainError } from '../../domain/errors/errors';
import type { DeliveryReport } from '../../domain/notifications/port';
import { holdsSignature, signatureV3, type FormField } from './signature';
import type { PlivoSettings } from './settings';

/** Reads what Plivo posts about a message of ours. */
export interface PlivoReports {
  /**
   * `id` is the end of the address that we gave for this message, which the signature covers. Throws DomainError
   * CALLBACK_SIGNATURE_INVALID, CALLBACK_MALFORMED.
   */
  read(id: string, headers: Readonly<Record<string, string | undefined>>, raw: Buffer): DeliveryReport;
}

/** The address for the reports about one message. */
export function reportUrlOf({ reportUrl }: Pick<PlivoSettings, 'reportUrl'>, id: string): string {
  return `${reportUrl.replace(/\/+$/, '')}/${id}`;
}

const STATES: Readonly<Record<string, DeliveryReport['state']>> = {
  queued: 'sent',
  sent: 'sent',
  delivered: 'delivered',
  undelivered: 'undelivered',
  failed: 'failed',
};
/** Where a report without `Sequence` stands: reports of a later state come later. */
const RANKS = { sent: 1, undelivered: 1_000, failed: 1_000, delivered: 1_001 } as const;
const NONCE = /^[\x21-\x7e]{1,100}$/;
const SEQUENCE = /^\d{1,6}$/;
const MAX_FIELDS = 60;

/** Only V3 is believed: V2 does not cover the body. */
export function createPlivoReports(settings: Pick<PlivoSettings, 'authToken' | 'reportUrl'>): PlivoReports {
  return {
    read(id, headers, raw) {
      const fields = fieldsOf(raw);
      const nonce = headers['x-plivo-signature-v3-nonce'] ?? '';
      const given = [headers['x-plivo-signature-v3'], headers['x-plivo-signature-ma-v3']].filter(
        (value) => value !== undefined,
      );
      const expected = signatureV3(settings.authToken, { url: reportUrlOf(settings, id), fields, nonce });
      if (!NONCE.test(nonce) || !given.some((header) => holdsSignature(header, expected)))
        throw new DomainError('CALLBACK_SIGNATURE_INVALID', {
          detail: 'X-Plivo-Signature-V3 does not match the address and the body',
        });
      return reportOf(id, new Map(fields));
    },
  };
}

function fieldsOf(raw: Buffer): FormField[] {
  const fields = [...new URLSearchParams(raw.toString('utf8'))];
  if (fields.length > MAX_FIELDS) throw malformed('the number of fields');
  return fields;
}

function reportOf(id: string, fields: ReadonlyMap<string, string>): DeliveryReport {
  const status = fields.get('Status')?.toLowerCase() ?? '';
  const state = Object.hasOwn(STATES, status) ? STATES[status] : undefined;
  if (state === undefined) throw malformed('Status');
  const sequence = fields.get('Sequence');
  if (sequence !== undefined && !SEQUENCE.test(sequence)) throw malformed('Sequence');
  const error = fields.get('ErrorCode') ?? '';
  return {
    id,
    state,
    sequence: sequence === undefined ? RANKS[state] : Number(sequence),
    reference: fields.get('MessageUUID')?.slice(0, 100) ?? null,
    reason: /^[\w-]{1,20}$/.test(error) && state !== 'delivered' ? `Plivo ${error}` : null,
  };
}

function malformed(field: string): DomainError {
  return new DomainError('CALLBACK_MALFORMED', { detail: `the field ${field} is missing or wrong` });
}
