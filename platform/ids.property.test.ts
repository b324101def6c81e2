import * as fc from 'fast-check';
import { derivedUuid, ID_PREFIXES, parsePublicId, publicId, type IdKind } from './ids';
import { anyText } from '../test/support/any-text';

const uuid = fc.uuid();
const kind = fc.constantFrom(...(Object.keys(ID_PREFIXES) as IdKind[]));

test('an outside id reads back as the id inside, for its own kind only', () => {
  fc.assert(
    fc.property(kind, kind, uuid, (a, b, id) => {
      expect(parsePublicId(b, publicId(a, id))).toBe(a === b ? id : undefined);
    }),
  );
});

test('outside ids sort as the ids inside', () => {
  fc.assert(
    fc.property(uuid, uuid, (a, b) => {
      expect(publicId('transaction', a) < publicId('transaction', b)).toBe(a < b);
    }),
  );
});

test('P7 any text is an id of ours in its one form, or nothing', () => {
  const near = fc
    .string({
      unit: fc.constantFrom(...Array.from('0123456789abcdefghjkmnpqrstvwxyzilouA_-')),
      minLength: 24,
      maxLength: 28,
    })
    .map((s) => `txn_${s}`);
  fc.assert(
    fc.property(fc.oneof(anyText(), near), (text) => {
      const id = parsePublicId('transaction', text);
      expect(id === undefined ? text : publicId('transaction', id)).toBe(text);
    }),
  );
});

test('P4 derived ids differ when subject or purpose does, and are UUIDs', () => {
  fc.assert(
    fc.property(uuid, uuid, fc.string(), fc.string(), (s1, s2, p1, p2) => {
      const [a, b] = [derivedUuid(s1, p1), derivedUuid(s2, p2)];
      expect(a).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(a === b).toBe(s1 === s2 && p1 === p2);
      expect(a.slice(0, 13)).toBe(s1.slice(0, 13));
    }),
  );
});
