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
  /** How many of each line begin in one round. */
  most: number;
  /** Who waits longer is late. */
  lateMs: number;
  /** Requests of one line do not wait for those of another. */
  lineOf: (req: http.IncomingMessage) => string;
}

interface Waiting {
  req: http.IncomingMessage;
  since: number;
  begin(): void;
}
interface Line {
  waiting: Waiting[];
  /** In this round. */
  begun: number;
}

export function createTurns({ most, lateMs, lineOf }: TurnsOptions): Turns {
  const lines = new Map<string, Line>();
  const late = new WeakSet<http.IncomingMessage>();
  let isScheduled = false;

  function lineFor(req: http.IncomingMessage): Line {
    const name = lineOf(req);
    let line = lines.get(name);
    if (line === undefined) lines.set(name, (line = { waiting: [], begun: 0 }));
    return line;
  }

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(nextRound);
  }

  function nextRound(): void {
    isScheduled = false;
    const since = performance.now() - lateMs;
    for (const line of lines.values()) {
      const next = line.waiting.splice(0, most);
      line.begun = next.length;
      for (const one of next) {
        if (one.since < since) late.add(one.req);
        one.begin();
      }
      if (next.length > 0) schedule();
    }
  }

  return {
    isLate: (req) => late.has(req),
    inTurns: (respond) => (req, res) => {
      const line = lineFor(req);
      schedule();
      if (line.begun < most && line.waiting.length === 0) {
        line.begun += 1;
        return respond(req, res);
      }
      return new Promise((resolve, reject) => {
        const begin = (): void => {
          if (res.closed) resolve(undefined);
          else respond(req, res).then(resolve, reject);
        };
        line.waiting.push({ req, since: performance.now(), begin });
      });
    },
  };
}
