import { createHash } from 'node:crypto';

/** Names and file names are words of ours, never of a user. */
export interface UploadedFile {
  name: string;
  fileName: string;
  content: Buffer;
}

/**
 * `multipart/form-data` as Eko documents it: a plain text field named `form-data` that holds JSON, and the
 * files. The field has no content type: a part that is `application/json` is an object part, which Eko does not
 * take. The boundary is a hash of the content: it does not occur in it, and the same content makes the same
 * bytes.
 */
export function multipartOf(
  json: string,
  files: readonly UploadedFile[],
): { body: Buffer; contentType: string } {
  const digest = createHash('sha256').update(json);
  for (const { content } of files) digest.update('|').update(content);
  const boundary = `munim-${digest.digest('hex').slice(0, 36)}`;
  const part = (headers: string, content: Buffer | string): Buffer =>
    Buffer.concat([
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${headers}\r\n\r\n`),
      Buffer.from(content as Buffer),
      Buffer.from('\r\n'),
    ]);
  const body = Buffer.concat([
    part('name="form-data"', json),
    ...files.map(({ name, fileName, content }) =>
      part(`name="${name}"; filename="${fileName}"\r\nContent-Type: ${imageType(content)}`, content),
    ),
    Buffer.from(`--${boundary}--\r\n`),
  ]);
  return { body, contentType: `multipart/form-data; boundary=${boundary}` };
}

/** By its first bytes; what is neither is left for them to judge. */
function imageType(content: Buffer): string {
  if (content.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]))) return 'image/jpeg';
  if (content.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])))
    return 'image/png';
  return content.subarray(0, 5).toString('latin1') === '%PDF-'
    ? 'application/pdf'
    : 'application/octet-stream';
}
