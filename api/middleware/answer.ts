import type http from 'node:http';
import type { Context } from 'koa';

/**
 * What a request is answered with. It is put together while the request is handled and goes out at once: headers
 * that are set one by one on the response cost more than all the rest of an answer.
 */
export class Answer {
  /** 0 as long as nobody has answered. */
  status = 0;
  /** Its length in bytes, once it is written. */
  bytes = 0;
  private body: string | Buffer | undefined;
  private type = '';

  constructor(readonly headers: Record<string, string>) {}

  /** An object is sent as JSON; text is JSON already, if it has no other `type`. */
  give(status: number, body?: string | object, type: string = JSON_TYPE): void {
    this.status = status;
    this.body = bytesOf(body);
    this.type = type;
  }

  write(res: http.ServerResponse): void {
    const { status, headers, body } = this;
    if (body !== undefined) {
      this.bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
      headers['Content-Type'] = this.type;
      headers['Content-Length'] = String(this.bytes);
    } else if (status !== 204 && status !== 304) headers['Content-Length'] = '0';
    res.writeHead(status, headers).end(body);
  }
}

const JSON_TYPE = 'application/json; charset=utf-8';

function bytesOf(body: string | object | undefined): string | Buffer | undefined {
  return body === undefined || typeof body === 'string' || Buffer.isBuffer(body)
    ? body
    : JSON.stringify(body);
}

export const answerOf = (ctx: Context): Answer => (ctx.state as { answer: Answer }).answer;

/** A header of the answer, whatever it will be. */
export function setHeader(ctx: Context, name: string, value: string): void {
  answerOf(ctx).headers[name] = value;
}
