import type { Context } from 'koa';
import rawBody from 'raw-body';
import { DomainError } from '../../domain/errors/errors';
import { inexactNumbers, type JsonPath } from '../../platform/json-text';

const LIMIT_BYTES = 65_536;
const [QUOTE, BACKSLASH, COLON] = [34, 92, 58];
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads the raw bytes of a body, at most `limitBytes`. Throws DomainError REQUEST_TOO_LARGE,
 * REQUEST_MEDIA_TYPE_UNSUPPORTED for compressed ones.
 */
export async function readRaw(ctx: Context, limitBytes: number): Promise<Buffer> {
  const { 'content-encoding': encoding = '', 'content-length': length } = ctx.req.headers;
  if (encoding !== '' && encoding.toLowerCase() !== 'identity')
    throw new DomainError('REQUEST_MEDIA_TYPE_UNSUPPORTED', {
      detail: 'send the body without Content-Encoding',
    });
  try {
    return await rawBody(ctx.req, { limit: limitBytes, length: length || null });
  } catch (error) {
    const type = (error as { type?: unknown }).type;
    if (type === 'entity.too.large')
      throw new DomainError('REQUEST_TOO_LARGE', { detail: `the body may hold ${limitBytes} bytes` });
    throw new DomainError('REQUEST_BODY_UNPARSABLE', {
      detail: 'the body ended early or is not as long as it says',
      cause: error,
    });
  }
}

/**
 * The fields of a form of at most `limitBytes`. Throws DomainError REQUEST_MEDIA_TYPE_UNSUPPORTED, REQUEST_TOO_LARGE,
 * REQUEST_BODY_UNPARSABLE.
 */
export async function readForm(ctx: Context, limitBytes: number): Promise<URLSearchParams> {
  if (!isType('application/x-www-form-urlencoded', ctx.req.headers['content-type'] ?? ''))
    throw new DomainError('REQUEST_MEDIA_TYPE_UNSUPPORTED', {
      detail: 'send the body as application/x-www-form-urlencoded',
    });
  const raw = await readRaw(ctx, limitBytes);
  if (!PRINTABLE.test(raw.toString('latin1'))) throw new DomainError('REQUEST_BODY_UNPARSABLE');
  return new URLSearchParams(raw.toString('latin1'));
}
/** Everything else is written as %XX. */
const PRINTABLE = /^[\x20-\x7e]*$/;

export interface JsonBody {
  value: object;
  /** Where the text writes a number with a fraction or an exponent: the value no longer shows it. */
  inexact: readonly JsonPath[];
}

/**
 * The body as a JSON object of at most `limitBytes`. Throws DomainError REQUEST_MEDIA_TYPE_UNSUPPORTED,
 * REQUEST_TOO_LARGE, REQUEST_BODY_UNPARSABLE.
 */
export async function readJson(ctx: Context, limitBytes: number = LIMIT_BYTES): Promise<JsonBody> {
  if (!isType('application/json', ctx.req.headers['content-type'] ?? ''))
    throw new DomainError('REQUEST_MEDIA_TYPE_UNSUPPORTED');
  const raw = await readRaw(ctx, limitBytes);
  let text: string;
  let value: unknown;
  try {
    text = utf8.decode(raw);
    value = JSON.parse(text);
  } catch {
    throw new DomainError('REQUEST_BODY_UNPARSABLE');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new DomainError('REQUEST_BODY_UNPARSABLE', { detail: 'the body must be a JSON object' });
  if (countNames(value) !== countColons(text))
    throw new DomainError('REQUEST_BODY_UNPARSABLE', { detail: 'the body names a field twice' });
  return { value, inexact: inexactNumbers(text) };
}

/**
 * Names in a parsed value. A name that the text holds twice counts once here: whoever looked at the body
 * before us may have gone by the other one. No recursion: a body may be nested deeper than the stack. Throws
 * DomainError REQUEST_FIELD_UNKNOWN for `__proto__`, which would become the prototype of the first copy that
 * is made, and bring fields in unseen.
 */
function countNames(value: object): number {
  let names = 0;
  const open: object[] = [value];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (!Array.isArray(node)) names += Object.keys(node).length;
    if (Object.hasOwn(node, '__proto__'))
      throw new DomainError('REQUEST_FIELD_UNKNOWN', {
        errors: [{ pointer: '#/__proto__', code: 'FIELD_UNKNOWN', detail: 'is not known here' }],
      });
    for (const child of Object.values(node) as unknown[])
      if (typeof child === 'object' && child !== null) open.push(child);
  }
  return names;
}

/** Colons outside strings: one for each name in a text that is valid JSON. */
function countColons(text: string): number {
  let colons = 0;
  let inString = false;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) inString = !inString;
    else if (inString) {
      if (c === BACKSLASH) i += 1;
    } else if (c === COLON) colons += 1;
  }
  return colons;
}

function isType(wanted: string, contentType: string): boolean {
  if (contentType === wanted) return true;
  const [type, ...parameters] = contentType
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  return (
    type === wanted && parameters.every((p) => p === '' || p === 'charset=utf-8' || p === 'charset="utf-8"')
  );
}
