import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { createCursors } from './cursor';
import { DomainError } from './errors';
import { anyText } from '../../test/support/any-text';

const cursors = createCursors(randomBytes(32));
const scope = JSON.stringify(['transactions', 'user 1', {}]);
const refused = {
  code: 'REQUEST_FIELD_INVALID',
  errors: [{ pointer: '?cursor', code: 'CURSOR_INVALID', detail: expect.any(String) }],
};
function refusal(cursor: string, of = cursors, within = scope): DomainError | undefined {
  try {
    of.decode(cursor, within);
    return undefined;
  } catch (error) {
    return error as DomainError;
  }
}

describe('cursors', () => {
  it('give back the position, and go into a URL as they are', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 60 }), fc.string(), (position, within) => {
        const cursor = cursors.encode(position, within);
        expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(cursors.decode(cursor, within)).toBe(Buffer.from(position).toString());
      }),
    );
  });

  it('P7 are of no use in another list, for another caller, filter or key', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), fc.string(), (position, one, other) => {
        fc.pre(one !== other);
        expect(refusal(cursors.encode(position, one), cursors, other)).toMatchObject(refused);
      }),
    );
    expect(refusal(createCursors(randomBytes(32)).encode('1', scope))).toMatchObject(refused);
  });

  it('are refused when any bit is another', () => {
    const bytes = Buffer.from(cursors.encode('0197a1f0-0000-7000-8000-000000000001', scope), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const forged = Buffer.from(bytes);
      forged[bit >> 3]! ^= 1 << (bit & 7);
      expect(refusal(forged.toString('base64url'))).toMatchObject(refused);
    }
  });

  it('are refused when they are anything else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), anyText()), (text) => {
        expect(refusal(text)).toMatchObject(refused);
      }),
    );
    const whole = cursors.encode('12345', scope);
    for (let length = 0; length < whole.length; length += 1)
      expect(refusal(whole.slice(0, length))).toMatchObject(refused);
  });

  it('say nothing of where they lead when they are refused', () => {
    expect(JSON.stringify(refusal(`${cursors.encode('12345', scope)}AA`))).not.toContain('12345');
  });
});
