import { deflateSync } from 'node:zlib';
import * as fc from 'fast-check';
import { readDocument } from './document-content';

const LIMITS = { maxBytes: 5_000_000, minSidePixels: 300, maxPixels: 40_000_000 };
const read = (bytes: Buffer) => readDocument(bytes, LIMITS);
const refusal = (bytes: Buffer, limits = LIMITS): string => {
  try {
    readDocument(bytes, limits);
    return 'taken';
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as { detail: string }).detail}`;
  }
};

/** A chunk of a PNG; nobody here looks at its check sum. */
function chunk(name: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, Buffer.from(name), data, Buffer.alloc(4)]);
}
function png(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const begin = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    begin,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(100))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
function jpeg(width: number, height: number): Buffer {
  const frame = Buffer.from([0xff, 0xc0, 0, 11, 8, 0, 0, 0, 0, 1, 1, 0x11, 0]);
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  const app = Buffer.concat([Buffer.from([0xff, 0xe0, 0, 16]), Buffer.from('JFIF\0'), Buffer.alloc(9)]);
  return Buffer.concat([Buffer.from([0xff, 0xd8]), app, frame, Buffer.from([0xff, 0xd9])]);
}
const pdf = (inside = ''): Buffer => Buffer.from(`%PDF-1.7\n1 0 obj <<${inside}>> endobj\ntrailer\n%%EOF\n`);

it('says what a file is by its bytes', () => {
  expect(read(png(600, 400))).toEqual({ type: 'image/png', size: { width: 600, height: 400 } });
  expect(read(jpeg(1_200, 900))).toEqual({ type: 'image/jpeg', size: { width: 1_200, height: 900 } });
  expect(read(pdf())).toEqual({ type: 'application/pdf', size: undefined });
});

it.each<[string, Buffer]>([
  ['nothing', Buffer.alloc(0)],
  ['a text', Buffer.from('PAN card')],
  ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>')],
  ['HTML', Buffer.from('<!doctype html><script>1</script>')],
  ['ZIP', Buffer.from([0x50, 0x4b, 3, 4, 0x50, 0x4b, 5, 6])],
  ['GIF', Buffer.from('GIF89a\x01\x00\x01\x00')],
  ['WebP', Buffer.from('RIFF\x00\x00\x00\x00WEBPVP8 ')],
  ['gzip', Buffer.from([0x1f, 0x8b, 8, 0])],
  ['a program', Buffer.from('MZ\x90\x00')],
  ['SVG that says that it is a PDF later', Buffer.from('<svg/>%PDF-1.7 %%EOF')],
])('%s is refused', (_, bytes) => {
  expect(refusal(bytes)).toBe('KYC_DOCUMENT_REFUSED: send a JPEG, a PNG or a PDF file');
});

it('an archive behind a picture is found', () => {
  expect(refusal(Buffer.concat([jpeg(600, 400), Buffer.from([0x50, 0x4b, 5, 6])]))).toContain('archive');
});

it('a picture that nobody can read, or that takes all memory when it is drawn, is refused', () => {
  expect(refusal(png(299, 600))).toContain('299 x 600');
  expect(refusal(png(300, 300))).toBe('taken');
  expect(refusal(png(60_000, 60_000))).toContain('too many pixels: 60000 x 60000');
  expect(refusal(jpeg(65_535, 65_535))).toContain('too many pixels');
  expect(refusal(png(8_000, 5_000))).toBe('taken'); // exactly as many as it may have
  expect(refusal(png(8_001, 5_000))).toContain('too many pixels');
});

it('the size in bytes has an edge', () => {
  const bytes = png(600, 400);
  expect(refusal(bytes, { ...LIMITS, maxBytes: bytes.length })).toBe('taken');
  expect(refusal(bytes, { ...LIMITS, maxBytes: bytes.length - 1 })).toContain('bytes');
});

it.each([
  ['a program', '/OpenAction << /S /JavaScript /JS (app.alert(1)) >>'],
  ['a program whose name is hidden', '/J#61vaScript (1)'],
  ['another program to start', '/S /Launch'],
  ['a file inside', '/Names << /EmbeddedFiles 2 0 R >>'],
  ['a password', '/Encrypt 3 0 R'],
])('a PDF with %s is refused', (_, inside) => {
  expect(refusal(pdf(inside))).toContain('plain scan');
});
it('words that begin like those are none', () => {
  expect(refusal(pdf('/JSomething /Launched /EncryptMetadata'))).toBe('taken');
});

it('what was cut off is refused', () => {
  expect(refusal(png(600, 400).subarray(0, 40))).toContain('cut off');
  expect(refusal(pdf().subarray(0, 20))).toContain('cut off');
});

it('any bytes behind a good beginning are an answer, and take no time', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(png(600, 400).subarray(0, 8), Buffer.from([0xff, 0xd8, 0xff]), Buffer.from('%PDF-')),
      fc.uint8Array({ maxLength: 4_000 }),
      (begin, rest) => {
        expect(['KYC_DOCUMENT_REFUSED', 'taken']).toContain(
          refusal(Buffer.concat([begin, rest])).split(':')[0],
        );
      },
    ),
  );
});
