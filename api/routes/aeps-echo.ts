import { DomainError } from '../../domain/errors/errors';
import { holdsAadhaar } from '../../domain/india/aadhaar';

/** An Aadhaar number in a field that is kept would be kept: the request's own, and anybody else's. */
export function refuseEcho(aadhaar: string, fields: readonly (readonly [string, string])[]): void {
  const errors = fields.flatMap(([pointer, value]) => {
    if (value.includes(aadhaar))
      return [{ pointer, code: 'FIELD_PERSONAL_NUMBER', detail: 'must not hold the Aadhaar number' }];
    return holdsAadhaar(value)
      ? [
          {
            pointer,
            code: 'FIELD_PERSONAL_NUMBER',
            detail:
              'holds twelve digits that may be an Aadhaar number; this field is kept, so put it in another form',
          },
        ]
      : [];
  });
  if (errors.length > 0)
    throw new DomainError('REQUEST_FIELD_INVALID', {
      detail: 'the Aadhaar number belongs into its own field and nowhere else',
      errors,
    });
}

/** The same of the Idempotency-Key, which is kept too. */
export function refuseEchoInKey(aadhaar: string, key: string): void {
  if (key.includes(aadhaar) || holdsAadhaar(key))
    throw new DomainError('REQUEST_HEADER_INVALID', {
      detail: 'the Idempotency-Key must not hold an Aadhaar number, or twelve digits that may be one',
    });
}
