import type { Context } from 'koa';
import rawBody from 'raw-body';
import { DomainError } from '../../platform/errors';

const LIMIT_BYTES = 65_536;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads the raw bytes of a body, at most `limitBytes`. Throws DomainError REQUEST_TOO_LARGE, REQUEST_MEDIA_TYPE_UNSUPPORTED for compressed ones. */
export async function readRaw(ctx: Context, limitBytes: number): Promise<Buffer> {
  const encoding = ctx.get('Content-Encoding');
  if (encoding !== '' && encoding !== 'identity') throw new DomainError('REQUEST_MEDIA_TYPE_UNSUPPORTED', { detail: 'send the body without Content-Encoding' });
  try {
    return await rawBody(ctx.req, { limit: limitBytes, length: ctx.get('Content-Length') || null });
  } catch (error) {
    const type = (error as { type?: unknown }).type;
    if (type === 'entity.too.large') throw new DomainError('REQUEST_TOO_LARGE', { detail: `the body may hold ${limitBytes} bytes` });
    throw new DomainError('REQUEST_BODY_UNPARSABLE', { detail: 'the body ended early or is not as long as it says', cause: error });
  }
}

/** The body as a JSON object. Throws DomainError REQUEST_MEDIA_TYPE_UNSUPPORTED, REQUEST_TOO_LARGE, REQUEST_BODY_UNPARSABLE. */
export async function readJson(ctx: Context): Promise<object> {
  if (!isJson(ctx.get('Content-Type'))) throw new DomainError('REQUEST_MEDIA_TYPE_UNSUPPORTED');
  const raw = await readRaw(ctx, LIMIT_BYTES);
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(raw));
  } catch {
    throw new DomainError('REQUEST_BODY_UNPARSABLE');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new DomainError('REQUEST_BODY_UNPARSABLE', { detail: 'the body must be a JSON object' });
  return value;
}

function isJson(contentType: string): boolean {
  const [type, ...parameters] = contentType.toLowerCase().split(';').map((part) => part.trim());
  return type === 'application/json' && parameters.every((p) => p === '' || p === 'charset=utf-8' || p === 'charset="utf-8"');
}
