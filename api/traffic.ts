import type http from 'node:http';
import type https from 'node:https';

/**
 * The requests that are owed an answer, and leaving without breaking one of them off. From the moment it
 * leaves, the server takes no new connection, closes the idle ones, and says `Connection: close` with each
 * answer, so that callers go elsewhere. A request counts until its handler is through, too: a terminal that
 * has hung up does not end the withdrawal that it began. When nothing is owed any more, or the time is over,
 * what is still open is closed.
 */
export interface Traffic {
  handler: http.RequestListener;
  /**
   * Resolves when everything is closed, with the number of requests that were cut off. `within` says how long
   * the longest may take, milliseconds.
   */
  leave(server: http.Server | https.Server, within: Promise<number>): Promise<number>;
}

/**
 * A request that is on its way while the server closes is waited for this long, and so is a connection on
 * which nothing was ever asked.
 */
const QUIET_MS = 500;

export function createTraffic(
  respond: (req: http.IncomingMessage, res: http.ServerResponse) => Promise<unknown>,
): Traffic {
  const owed = new Set<http.ServerResponse>();
  let changed: (() => void) | undefined;

  function serve(req: http.IncomingMessage, res: http.ServerResponse): void {
    owed.add(res);
    if (changed !== undefined) res.setHeader('Connection', 'close');
    changed?.();
    let left = 2; // the handler, and the connection or the answer
    const done = (): void => {
      left -= 1;
      if (left > 0) return;
      owed.delete(res);
      changed?.();
    };
    res.once('close', done);
    void respond(req, res)
      .catch(() => undefined)
      .finally(done);
  }

  return {
    handler: serve,
    leave: (server, within) =>
      new Promise((resolve) => {
        let quiet: NodeJS.Timeout | undefined;
        let limit: NodeJS.Timeout | undefined;
        let [isOver, isClosed] = [false, false];
        const end = (): void => {
          if (isOver) return;
          isOver = true;
          clearTimeout(quiet);
          clearTimeout(limit);
          const cut = owed.size;
          server.closeAllConnections();
          resolve(cut);
        };
        changed = () => {
          server.closeIdleConnections(); // also those whose answer had begun before it could say `Connection: close`
          clearTimeout(quiet);
          if (owed.size === 0 && !isOver) quiet = setTimeout(end, isClosed ? 0 : QUIET_MS);
        };
        server.close(() => {
          isClosed = true;
          changed?.();
        });
        for (const res of owed) if (!res.headersSent) res.setHeader('Connection', 'close');
        changed();
        void within.then((ms) => {
          if (!isOver) limit = setTimeout(end, ms);
        });
      }),
  };
}
