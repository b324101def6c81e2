import type http from 'node:http';

export type Respond = (req: http.IncomingMessage, res: http.ServerResponse) => Promise<unknown>;

/**
 * Requests begin a few at a time, of those who wait one of each caller in turn. Node takes one new connection in each
 * round of its event loop (libuv from 1.45): in long rounds callers stand outside for minutes while those inside are
 * served again and again.
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
  /** Who asks: one with many requests does not stand before another with one. */
  callerOf: (req: http.IncomingMessage) => string;
}

interface Waiting {
  req: http.IncomingMessage;
  since: number;
  begin(): void;
}
interface Line {
  /** By caller, in the order of their turns. */
  waiting: Map<string, Waiting[]>;
  /** In this round. */
  begun: number;
}

export function createTurns({ most, lateMs, lineOf, callerOf }: TurnsOptions): Turns {
  const lines = new Map<string, Line>();
  const late = new WeakSet<http.IncomingMessage>();
  let isScheduled = false;

  function lineFor(req: http.IncomingMessage): Line {
    const name = lineOf(req);
    let line = lines.get(name);
    if (line === undefined) lines.set(name, (line = { waiting: new Map(), begun: 0 }));
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
      const next = takeInTurn(line.waiting, most);
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
      if (line.begun < most && line.waiting.size === 0) {
        line.begun += 1;
        return respond(req, res);
      }
      return new Promise((resolve, reject) => {
        const begin = (): void => {
          if (res.closed) resolve(undefined);
          else respond(req, res).then(resolve, reject);
        };
        const caller = callerOf(req);
        const mine = line.waiting.get(caller);
        const one = { req, since: performance.now(), begin };
        if (mine === undefined) line.waiting.set(caller, [one]);
        else mine.push(one);
      });
    },
  };
}

/** Takes up to `most`, one of each caller in turn; who has more goes to the end of the turns. */
function takeInTurn(waiting: Map<string, Waiting[]>, most: number): Waiting[] {
  const taken: Waiting[] = [];
  for (const [caller, theirs] of waiting) {
    if (taken.length === most) break;
    taken.push(theirs.shift()!);
    waiting.delete(caller);
    if (theirs.length > 0) waiting.set(caller, theirs); // is met again in this walk
  }
  return taken;
}
