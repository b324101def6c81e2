import * as fc from 'fast-check';
import { addressGroup, networksOf, plainAddress, plainNetwork } from './addresses';

describe('an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:C000:0201', '192.0.2.1'],
    ['2001:DB8::0:1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::1', '::1'],
  ])('%s has one form: %s', (text, plain) => {
    expect(plainAddress(text)).toBe(plain);
  });
  it.each([
    '',
    '127.1',
    '0x7f000001',
    '2130706433',
    '010.0.0.1',
    '192.0.2.256',
    '192.0.2',
    ':',
    'unknown',
    '1.2.3.4:5',
    '[::1]',
    ' 1.2.3.4',
    '1.2.3.4\0',
  ])('%j is none', (text) => {
    expect(plainAddress(text)).toBeUndefined();
    expect(networksOf(['0.0.0.0/1', '128.0.0.0/1', '::/1', '8000::/1']).has(text)).toBe(false);
  });
  it('of IPv6 is counted with its /64, one of IPv4 by itself', () => {
    expect(addressGroup('2001:db8:1:2:3:4:5:6')).toBe(addressGroup('2001:db8:1:2::ffff'));
    expect(addressGroup('2001:db8:1:2::1')).not.toBe(addressGroup('2001:db8:1:3::1'));
    expect(addressGroup('::ffff:192.0.2.1')).toBe(addressGroup('192.0.2.1'));
    expect(addressGroup('192.0.2.1')).not.toBe(addressGroup('192.0.2.2'));
    expect(addressGroup('command-line')).toBe('command-line');
  });
});

describe('a network', () => {
  it.each([
    ['192.0.2.0/24', '192.0.2.0/24'],
    [' 192.0.2.7 ', '192.0.2.7/32'],
    ['2001:DB8::/48', '2001:db8::/48'],
    ['2001:db8::7', '2001:db8::7/128'],
    ['::ffff:192.0.2.0/120', '192.0.2.0/24'],
  ])('%j has one form: %s', (text, plain) => {
    expect(plainNetwork(text)).toBe(plain);
  });
  it.each([
    ['', 'is no network'],
    ['here', 'is no network'],
    ['10.0.0.0/8/8', 'is no network'],
    ['10.0.0.0/08', 'is no network'],
    ['10.0.0.0/-1', 'is no network'],
    ['0.0.0.0/0', '1 to 32'],
    ['10.0.0.0/33', '1 to 32'],
    ['::/129', '1 to 128'],
    ['192.0.2.1/24', 'write 192.0.2.0/24'],
    ['2001:db8::1/48', 'write 2001:db8::/48'],
  ])('%j is refused: %s', (text, said) => {
    expect(() => plainNetwork(text)).toThrow(said);
  });

  it('has the addresses that begin as it does, and no others', () => {
    const networks = networksOf(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32']);
    for (const inside of ['10.255.0.1', '192.0.2.7', '::ffff:10.1.2.3', '2001:db8:ffff::1'])
      expect([inside, networks.has(inside)]).toEqual([inside, true]);
    for (const outside of ['11.0.0.1', '192.0.2.8', '2001:db9::1', '::ffff:11.0.0.1', '::1'])
      expect([outside, networks.has(outside)]).toEqual([outside, false]);
  });
  it('of an address and a prefix is the one that has the address', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 1, max: 128 }), (text, bits) => {
        const plain = plainAddress(text)!;
        fc.pre(bits <= (plain.includes(':') ? 128 : 32));
        let network = `${plain}/${bits}`;
        try {
          network = plainNetwork(network);
        } catch (error) {
          network = /write (\S+)/.exec((error as Error).message)![1]!;
        }
        expect(plainNetwork(network)).toBe(network);
        expect(networksOf([network]).has(text)).toBe(true);
      }),
    );
  });
});
