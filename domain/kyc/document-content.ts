import { disableTypes, imageSize, types } from 'image-size';
import { DomainError } from '../errors/errors';
import { KYC_ERRORS } from './errors';

/**
 * What a file is, by its bytes: never by its name, and never by what its sender says of it. Taken are JPEG, PNG and
 * PDF. Everything else is refused: SVG and HTML run programs where they are shown, archives hide what they hold.
 * Nothing is drawn or unpacked here.
 */
export const DOCUMENT_TYPES = ['image/jpeg', 'image/png', 'application/pdf'] as const;
export type DocumentType = (typeof DOCUMENT_TYPES)[number];

export interface DocumentContent {
  type: DocumentType;
  /** Of an image, in pixels. */
  size: { width: number; height: number } | undefined;
}

/** Bytes and pixels, from policy rows. */
export interface DocumentLimits {
  maxBytes: number;
  /** Below this a letter cannot be read. */
  minSidePixels: number;
  /** Whoever draws it needs four bytes for each pixel. */
  maxPixels: number;
}

disableTypes(types.filter((type) => type !== 'jpg' && type !== 'png'));

const JPEG = Buffer.from([0xff, 0xd8, 0xff]);
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const PDF = Buffer.from('%PDF-');
const JPEG_END = Buffer.from([0xff, 0xd9]);
const PNG_END = Buffer.from('IEND');
const PDF_END = Buffer.from('%%EOF');
/** How an archive ends (ZIP, and with it DOCX and JAR): it may stand behind a picture. */
const ZIP_END = Buffer.from([0x50, 0x4b, 0x05, 0x06]);
/** The end of a PDF stands in its last kilobyte. */
const PDF_TAIL_BYTES = 1_024;
/** What a PDF does by itself, or carries. `/J#53` is `/JS`. */
const PDF_ACTIONS =
  /\/(?:JavaScript|JS|Launch|EmbeddedFile|EmbeddedFiles|RichMedia|XFA|Encrypt)(?![A-Za-z0-9])/;

/** Throws DomainError KYC_DOCUMENT_REFUSED, which says what to send instead. */
export function readDocument(bytes: Buffer, limits: DocumentLimits): DocumentContent {
  if (bytes.length > limits.maxBytes)
    throw refused(`the file may have ${limits.maxBytes} bytes, and has ${bytes.length}`);
  const type = typeOf(bytes);
  if (type === undefined) throw refused('send a JPEG, a PNG or a PDF file');
  if (bytes.includes(ZIP_END)) throw refused('an archive is hidden in the file: send a plain photo or scan');
  if (type === 'application/pdf') {
    requirePlainPdf(bytes);
    return { type, size: undefined };
  }
  const size = sizeOf(bytes);
  requireSize(size, limits);
  return { type, size };
}

function typeOf(bytes: Buffer): DocumentType | undefined {
  const begins = (start: Buffer): boolean => bytes.subarray(0, start.length).equals(start);
  if (begins(JPEG)) return 'image/jpeg';
  if (begins(PNG)) return 'image/png';
  return begins(PDF) ? 'application/pdf' : undefined;
}

function sizeOf(bytes: Buffer): { width: number; height: number } {
  try {
    const isWhole = bytes.includes(bytes[0] === 0xff ? JPEG_END : PNG_END);
    const { width, height } = imageSize(bytes);
    if (isWhole && Number.isInteger(width) && Number.isInteger(height)) return { width, height };
  } catch {
    // told below
  }
  throw refused('the picture is damaged, or was cut off: send it again');
}

function requireSize(
  { width, height }: { width: number; height: number },
  { minSidePixels, maxPixels }: DocumentLimits,
): void {
  if (Math.min(width, height) < minSidePixels)
    throw refused(
      `the picture is too small to be read: ${width} x ${height} pixels, each side needs ${minSidePixels}`,
    );
  if (width * height > maxPixels)
    throw refused(`the picture has too many pixels: ${width} x ${height}, it may have ${maxPixels}`);
}

function requirePlainPdf(bytes: Buffer): void {
  if (bytes.subarray(-PDF_TAIL_BYTES).lastIndexOf(PDF_END) === -1)
    throw refused('the PDF was cut off: send it again');
  const names = bytes
    .toString('latin1')
    .replaceAll(/#([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  if (PDF_ACTIONS.test(names))
    throw refused('the PDF has a password, a program or a file inside: send a plain scan');
}

function refused(detail: string): DomainError {
  return new DomainError(KYC_ERRORS.KYC_DOCUMENT_REFUSED, { detail });
}
