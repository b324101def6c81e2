import {
  derivedKey,
  derivedReference,
  derivedUuid,
  ID_PREFIXES,
  namedUuidAt,
  parsePublicId,
  publicId,
  systemIds,
  type IdKind,
} from './ids';

const UUID = '01890a5d-ac96-774b-bcce-b302099a8057';

test('outside ids are TypeIDs', () => {
  // The vector of the TypeID specification.
  expect(publicId('transaction', UUID)).toBe('txn_01h455vb4pex5vsknk084sn02q');
  expect(parsePublicId('transaction', 'txn_01h455vb4pex5vsknk084sn02q')).toBe(UUID);
});

test('an id of one kind is never read as another, and no two kinds share a prefix', () => {
  const kinds = Object.keys(ID_PREFIXES) as IdKind[];
  for (const a of kinds) {
    const id = publicId(a, UUID);
    expect(kinds.map((b) => [b, parsePublicId(b, id)])).toEqual(
      kinds.map((b) => [b, a === b ? UUID : undefined]),
    );
  }
});

test.each([
  '',
  'txn_',
  'txn',
  'txn_01h455vb4pex5vsknk084sn02',
  'txn_01h455vb4pex5vsknk084sn02qq',
  'TXN_01h455vb4pex5vsknk084sn02q',
  'txn_01H455VB4PEX5VSKNK084SN02Q',
  'txn_01h455vb4pex5vsknk084sn0iq',
  'txn_01h455vb4pex5vsknk084sn0lq',
  'txn_01h455vb4pex5vsknk084sn0 q',
  'txn_81h455vb4pex5vsknk084sn02q',
  'txn_zzzzzzzzzzzzzzzzzzzzzzzzzz',
  'txn_01h455vb4pex5vsknk084sn02\u0000',
  'txn_०1h455vb4pex5vsknk084sn02q',
])('%j is no transaction id', (text) => {
  expect(parsePublicId('transaction', text)).toBeUndefined();
});

test('publicId takes UUIDs only', () => {
  for (const bad of ['', 'abc', `${UUID}00`]) expect(() => publicId('event', bad)).toThrow(TypeError);
});

describe('derived ids', () => {
  test('are UUIDs of version 8, the same for the same, and keep the time of their subject', () => {
    const id = derivedUuid(UUID, 'hold|0');
    expect(id).toMatch(/^01890a5d-ac96-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(derivedUuid(UUID, 'hold|0')).toBe(id);
    // Pinned: another derivation would post what is posted already once more.
    expect(id).toBe('01890a5d-ac96-84b3-bd41-3b6d14e73320');
    expect(derivedUuid(UUID, 'hold|1')).not.toBe(id);
    expect(derivedUuid('01890a5d-ac96-774b-bcce-b302099a8058', 'hold|0')).not.toBe(id);
  });
  test('need a UUID', () => {
    expect(() => derivedUuid('nothing', 'hold|0')).toThrow(TypeError);
  });
});

test('new ids are UUIDs of version 7 and rise', () => {
  const made = Array.from({ length: 1_000 }, () => systemIds.uuid());
  const form = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  expect(made.filter((id) => !form.test(id))).toEqual([]);
  expect(made.toSorted()).toEqual(made);
  expect(new Set(made).size).toBe(made.length);
});

test('derived references are 20 of [0-9a-z] and derived keys are UUIDs; the same subject and purpose give the same', () => {
  const subjects = Array.from({ length: 500 }, () => systemIds.uuid());
  const references = new Set(
    subjects.flatMap((id) => [derivedReference(id, '1'), derivedReference(id, '2')]),
  );
  const keys = new Set(subjects.flatMap((id) => [derivedKey(id, '1'), derivedKey(id, '2')]));
  expect(references.size).toBe(1_000);
  expect(keys.size).toBe(1_000);
  expect([...references].filter((reference) => !/^[0-9a-z]{20}$/.test(reference))).toEqual([]);
  const form = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  expect([...keys].filter((key) => !form.test(key))).toEqual([]);
  const others = subjects.filter(
    (id) => !references.has(derivedReference(id, '2')) || !keys.has(derivedKey(id, '2')),
  );
  expect(others).toEqual([]);
});

test('an id that is made again later under the same name has the same reference and key', () => {
  const [first, later] = ['2026-11-01T06:30:00Z', '2026-11-03T09:00:00Z'].map((at) =>
    namedUuidAt(new Date(at), '1|user|order-1'),
  ) as [string, string];
  expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(later > first).toBe(true);
  expect(derivedReference(later, 'attempt|1')).toBe(derivedReference(first, 'attempt|1'));
  expect(derivedKey(later, 'attempt|1')).toBe(derivedKey(first, 'attempt|1'));
  const other = namedUuidAt(new Date('2026-11-01T06:30:00Z'), '1|user|order-2');
  expect(derivedReference(other, 'attempt|1')).not.toBe(derivedReference(first, 'attempt|1'));
});
