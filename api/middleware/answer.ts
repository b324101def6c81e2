import type http from 'node:http';
import { pipeline, Readable } from 'node:stream';
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
  private body: string | Buffer | Readable | undefined;
  private type = '';

  constructor(readonly headers: Record<string, string>) {}

  /**
   * An object is sent as JSON; text is JSON already, if it has no other `type`. A stream is sent as it comes; it is
   * ended when the caller goes away, and the answer is broken off when it fails.
   */
  give(status: number, body?: string | object, type: string = JSON_TYPE): void {
    this.status = status;
    this.body = bytesOf(body);
    this.type = type;
  }

  write(res: http.ServerResponse): void {
    const { status, headers, body } = this;
    if (body instanceof Readable) {
      headers['Content-Type'] = this.type;
      body.on('data', (chunk: string | Buffer) => {
        this.bytes += Buffer.byteLength(chunk);
      });
      pipeline(body, res.writeHead(status, headers), () => undefined);
      return;
    }
    if (body !== undefined) {
      this.bytes = Buffer.byteLength(body);
      headers['Content-Type'] = this.type;
      headers['Content-Length'] = String(this.bytes);
    } else if (status !== 204 && status !== 304) headers['Content-Length'] = '0';
    res.writeHead(status, headers).end(body);
  }
}

const JSON_TYPE = 'application/json; charset=utf-8';

function bytesOf(body: string | object | undefined): string | Buffer | Readable | undefined {
  const isPlain = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
  return isPlain || body instanceof Readable ? body : JSON.stringify(body);
}

export const answerOf = (ctx: Context): Answer => (ctx.state as { answer: Answer }).answer;

/** A header of the answer, whatever it will be. */
export function setHeader(ctx: Context, name: string, value: string): void {
  answerOf(ctx).headers[name] = value;
}
