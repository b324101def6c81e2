import type http from 'node:http';

export type Respond = (req: http.IncomingMessage, res: http.ServerResponse) => Promise<unknown>;

/**
 * Requests begin a few at a time. Node takes one new connection in each round of its event loop (libuv from 1.45): in
 * long rounds callers stand outside for minutes while those inside are served again and again.
 */
export interface Turns {
  /** Responds at once to one that comes alone, else when its turn has come; never when its caller has gone. */
  inTurns(respond: Respond): Respond;
  /** Whether this one's turn came so late that it should be refused. */
  isLate(req: http.IncomingMessage): boolean;
}

export interface TurnsOptions {
  /** How many begin in one round. */
  most: number;
  /** Who waits longer is late. */
  lateMs: number;
}

interface Waiting {
  req: http.IncomingMessage;
  since: number;
  begin(): void;
}

export function createTurns({ most, lateMs }: TurnsOptions): Turns {
  const waiting: Waiting[] = [];
  const late = new WeakSet<http.IncomingMessage>();
  let begun = 0;
  let isScheduled = false;

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(nextRound);
  }

  function nextRound(): void {
    isScheduled = false;
    begun = 0;
    const since = performance.now() - lateMs;
    for (const one of waiting.splice(0, most)) {
      begun += 1;
      if (one.since < since) late.add(one.req);
      one.begin();
    }
    if (begun > 0) schedule();
  }

  return {
    isLate: (req) => late.has(req),
    inTurns: (respond) => (req, res) => {
      schedule();
      if (begun < most && waiting.length === 0) {
        begun += 1;
        return respond(req, res);
      }
      return new Promise((resolve, reject) => {
        const begin = (): void => {
          if (res.closed) resolve(undefined);
          else respond(req, res).then(resolve, reject);
        };
        waiting.push({ req, since: performance.now(), begin });
      });
    },
  };
}
