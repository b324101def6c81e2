import { addressGroup } from './address-group';

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['::ffff:cb00:7107', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['64:ff9b::203.0.113.7', '64:ff9b:0:0::/64'],
  ['not an address', 'not an address'],
])('%s is counted as %s', (ip, group) => {
  expect(addressGroup(ip)).toBe(group);
});

test('all addresses of one /64 are one caller, and those of the next are another', () => {
  const inside = Array.from({ length: 1_000 }, (_, n) =>
    addressGroup(`2001:db8:a:b:${n.toString(16)}::${n}`),
  );
  expect(new Set(inside).size).toBe(1);
  expect(addressGroup('2001:db8:a:c::1')).not.toBe(inside[0]);
});
