import type http from 'node:http';
import { networksOf } from '../addresses';
import { createClientAddress } from './client-address';

const request = (peer: string | undefined, forwarded?: string): http.IncomingMessage =>
  ({
    socket: { remoteAddress: peer },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as http.IncomingMessage;
const OURS = networksOf(['10.0.0.0/8', '2001:db8:1::/48']);

test.each([
  ['192.0.2.1', undefined, '192.0.2.1'],
  ['::ffff:192.0.2.1', '203.0.113.9', '192.0.2.1'],
  ['10.0.0.1', '203.0.113.9', '10.0.0.1'],
  ['2001:db8::1', '203.0.113.9', '2001:db8::1'],
])('without proxies of ours nobody is believed: %s, %s', (peer, forwarded, address) => {
  expect(createClientAddress(undefined)(request(peer, forwarded))).toBe(address);
});

test.each([
  // who connects, what the header says, who it is
  ['192.0.2.1', '203.0.113.9', '192.0.2.1'], // straight at the port
  ['10.0.0.1', undefined, '10.0.0.1'], // a probe of the proxy
  ['10.0.0.1', '', '10.0.0.1'],
  ['10.0.0.1', '203.0.113.9', '203.0.113.9'], // one hop
  ['::ffff:10.0.0.1', '203.0.113.9', '203.0.113.9'],
  ['10.0.0.1', '203.0.113.9, 10.0.0.2', '203.0.113.9'], // two
  ['10.0.0.1', '1.2.3.4, 203.0.113.9', '203.0.113.9'], // the caller wrote the first
  ['10.0.0.1', '10.9.9.9, 203.0.113.9, 10.0.0.2', '203.0.113.9'], // and named a proxy of ours
  ['10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'], // from inside
  ['2001:db8:1::7', '2001:db8:2::9', '2001:db8:2::9'],
  ['10.0.0.1', '2001:DB8:0002::0009', '2001:db8:2::9'],
  ['10.0.0.1', '::ffff:203.0.113.9', '203.0.113.9'],
  ['10.0.0.1', '203.0.113.9:52100', '203.0.113.9'],
  ['10.0.0.1', '[2001:db8:2::9]:52100', '2001:db8:2::9'],
  ['10.0.0.1', '[2001:db8:2::9]', '2001:db8:2::9'],
  ['10.0.0.1', ' 203.0.113.9 ,10.0.0.2', '203.0.113.9'],
  ['10.0.0.1', 'unknown', '10.0.0.1'], // what is no address hides nobody behind another
  ['10.0.0.1', '203.0.113.9, unknown', '10.0.0.1'],
  ['10.0.0.1', '203.0.113.9, 127.1, 10.0.0.2', '10.0.0.2'],
  ['10.0.0.1', '203.0.113.9,,10.0.0.2', '10.0.0.2'],
  ['10.0.0.1', `${'10.0.0.2,'.repeat(2_000)}10.0.0.3`, '10.0.0.2'],
])('behind proxies of ours: %s, %j', (peer, forwarded, address) => {
  expect(createClientAddress(OURS)(request(peer, forwarded))).toBe(address);
});

test('a connection that is gone has none', () => {
  expect(createClientAddress(OURS)(request(undefined, '203.0.113.9'))).toBe('');
});
