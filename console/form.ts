import type { Context } from 'koa';
import getRawBody from 'raw-body';

const MAX_FORM_BYTES = 4_096;

/** The fields of a form; undefined, with the status set, when it is of another type or too large. */
export async function readForm(ctx: Context): Promise<URLSearchParams | undefined> {
  if (!ctx.is('application/x-www-form-urlencoded')) return undefined;
  try {
    return new URLSearchParams(
      await getRawBody(ctx.req, {
        limit: MAX_FORM_BYTES,
        length: ctx.get('content-length') || undefined,
        encoding: 'utf8',
      }),
    );
  } catch (error) {
    ctx.status = (error as { type?: string }).type === 'entity.too.large' ? 413 : 400;
    return undefined;
  }
}
