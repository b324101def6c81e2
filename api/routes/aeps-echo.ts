import { DomainError } from '../../platform/errors';

/** An Aadhaar number in a field that is kept would be kept. */
export function refuseEcho(aadhaar: string, fields: readonly (readonly [string, string])[]): void {
  const errors = fields.filter(([, value]) => value.includes(aadhaar)).map(([pointer]) => ({ pointer, code: 'FIELD_FORM_WRONG', detail: 'must not hold the Aadhaar number' }));
  if (errors.length > 0) throw new DomainError('REQUEST_FIELD_INVALID', { detail: 'the Aadhaar number belongs into its own field and nowhere else', errors });
}
