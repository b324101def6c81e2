import { problemOf } from '../../api/middleware/problems';
import { ERRORS, join, type ErrorCode } from '../error-codes';
import { DomainError, ERROR_KINDS, HTTP_STATUS } from './errors';

const codes = Object.keys(ERRORS) as ErrorCode[];

describe('error codes', () => {
  it.each(codes)('%s has the form AREA_REASON, a kind, a title and a word on repeating', (code) => {
    const { kind, title, retryable } = ERRORS[code];
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)+$/);
    expect(ERROR_KINDS).toContain(kind);
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    expect(typeof retryable).toBe('boolean');
    expect(ERRORS[code].code).toBe(code);
  });

  it('have titles of their own', () => {
    expect(new Set(codes.map((code) => ERRORS[code].title)).size).toBe(codes.length);
  });

  it('are declared once', () => {
    expect(() => join(ERRORS, ERRORS)).toThrow(/declared twice/);
  });

  it('every kind has an HTTP status of a refusal', () => {
    expect(Object.keys(HTTP_STATUS).toSorted()).toEqual([...ERROR_KINDS].toSorted());
    for (const status of Object.values(HTTP_STATUS)) expect(status >= 400 && status <= 599).toBe(true);
  });

  it('what may be sent again unchanged is what time can mend', () => {
    const retryable = new Set(
      codes.filter((code) => ERRORS[code].retryable).map((code) => ERRORS[code].kind),
    );
    for (const kind of [
      'malformed',
      'unauthenticated',
      'forbidden',
      'not_found',
      'conflict',
      'invalid',
      'too_large',
      'unsupported_media',
      'method_not_allowed',
    ] as const)
      expect(retryable).not.toContain(kind);
    for (const code of codes.filter((c) =>
      ['unavailable', 'busy', 'rate_limited', 'too_slow'].includes(ERRORS[c].kind),
    ))
      expect(ERRORS[code].retryable).toBe(true);
  });
});

describe('a problem', () => {
  it.each(codes)('of %s is problem+json', (code) => {
    const problem = JSON.parse(
      problemOf(new DomainError(ERRORS[code]), 'req_01k3c2m4e8fwrs3v4x5y6z7a8b'),
    ) as Record<string, unknown>;
    expect(problem).toEqual({
      type: `/problems/${code.toLowerCase().replaceAll('_', '-')}`,
      title: ERRORS[code].title,
      status: HTTP_STATUS[ERRORS[code].kind],
      detail: ERRORS[code].title,
      code,
      retryable: ERRORS[code].retryable,
      request_id: 'req_01k3c2m4e8fwrs3v4x5y6z7a8b',
    });
  });

  it('lists 50 errors at most', () => {
    const errors = Array.from({ length: 60 }, (_, i) => ({
      pointer: `#/k${i}`,
      code: 'FIELD_UNKNOWN',
      detail: 'is not known here',
    }));
    expect(
      (
        JSON.parse(problemOf(new DomainError('REQUEST_FIELD_UNKNOWN', { errors }), 'x')) as {
          errors: unknown[];
        }
      ).errors,
    ).toHaveLength(50);
  });

  it('says nothing of the inside when the fault is ours, and nothing of a cause ever', () => {
    const cause = new Error('select secret from table at /srv/app/db.ts');
    for (const code of codes) {
      const error = new DomainError(ERRORS[code], {
        detail: ERRORS[code].kind === 'internal' ? 'journal 17 of account 42' : undefined,
        cause,
      });
      expect(problemOf(error, 'x')).not.toMatch(/select secret|\/srv|journal 17|account 42|stack/);
    }
  });
});
