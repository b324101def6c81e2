import type http from 'node:http';

const MAX_REST_BYTES = 1_048_576;

/**
 * Reads, and drops, what a caller still sends of a request that is answered: a body that was too large for its
 * reader, above all. Unread, it would stand before the next request on the same connection, which then is never
 * answered; behind a proxy that is somebody else's. A caller that goes on sending past `maxBytes` is cut off.
 * Call it before the answer, for each request of a server, whoever reads the body.
 */
export function dropRestAfterAnswer(
  req: http.IncomingMessage,
  res: http.ServerResponse,
  maxBytes: number = MAX_REST_BYTES,
): void {
  res.once('finish', () => {
    if (req.readableEnded || req.destroyed) return;
    let left = maxBytes;
    req.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) req.destroy();
    });
    req.resume();
  });
}
