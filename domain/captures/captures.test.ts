import { randomBytes } from 'node:crypto';
import knexFactory from 'knex';
import { FakeClock } from '../../platform/clock';
import { createKeyedDigest } from '../../platform/encryption';
import { createCaptures } from './captures';

const captures = createCaptures({
  knex: knexFactory({ client: 'pg' }),
  clock: new FakeClock(),
  digest: createKeyedDigest(randomBytes(32)),
});
const digestOf = (pid: string): Buffer => captures.digestOf(pid)[0]!;
const block = (data: string, more = ''): string =>
  `<?xml version="1.0"?><PidData><Resp errCode="0"/>${more}<Data type="X">${data}</Data></PidData>`;
const code = (pid: string): string => {
  try {
    digestOf(pid);
    return 'fine';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test('a block that is dressed up anew is the same capture', () => {
  const capture = digestOf(block('QUJDREVG'));
  for (const dressed of [
    block('QUJDREVG', '<DeviceInfo dpId="X"/>'),
    block(' QUJD\nREVG '),
    `<PidData><Data>QUJDREVG</Data></PidData>`,
    `<PidData><Data type="P" x='y'>QUJDREVG</Data ></PidData>`,
  ])
    expect(digestOf(dressed)).toEqual(capture);
  expect(digestOf(block('QUI='))).toEqual(digestOf(block('QUJ='))); // bits that a decoder drops
  expect(digestOf(block('QUJDREVH'))).not.toEqual(capture);
});

test.each([
  '<PidData/>',
  '<PidData><Data/></PidData>',
  block(''),
  block('QUJD&#65;'),
  block('<![CDATA[QUJD]]>'),
  block('QUJD<!-- -->REVG'),
  block('QUJD', '<Data>REVG</Data>'),
  block('QUJD', '<!-- <Data>REVG</Data> -->'),
  block('QUJD', '<x:Data>REVG</x:Data>'),
  '<PidData><x:Data>QUJD</x:Data></PidData>',
])('%s is no capture', (pid) => {
  expect(code(pid)).toBe('REQUEST_FIELD_INVALID');
});
