/**
 * A PostgreSQL connection that does not wait for ever. A connection that falls silent (a switch, a firewall, a
 * frozen host) is not closed by anybody: without a limit of its own, whoever waits for its answer waits until
 * TCP gives up, a quarter of an hour and more.
 * 1. The server ends a statement after `statementMs`.
 * 2. A connection that owes an answer and has said nothing for `SLACK_MS` longer is destroyed. What waits on
 *    it fails with `ETIMEDOUT`, which means that the connection broke: whether a commit took effect is unknown.
 * 3. TCP keep-alive finds the silent ones among the idle.
 *
 * The limits are set by a statement, not in the start of the connection: a pooler (PgBouncer) refuses those.
 */
import type { Socket } from 'node:net';
import { callbackify } from 'node:util';
import { Client, type ClientConfig } from 'pg';

/** The longest that a statement may take, ms. Long work says how long by itself. */
export const STATEMENT_MS = 18_000;
/** By so much the server's own limit comes first. */
const SLACK_MS = 2_000;
const CONNECT_MS = 5_000;
const KEEP_ALIVE_MS = 10_000;

export interface LimitedClientConfig extends ClientConfig {
  /** The longest that a statement may take, ms. */
  statementMs?: number;
  /** More settings of the session, by name; times in ms. */
  session?: Readonly<Record<string, string | number>>;
}

/** What the driver has and its types leave out. */
interface Inside {
  connection: { stream: Socket };
  /** The server has answered all that it was asked. */
  readyForQuery?: boolean | null;
}

export class LimitedClient extends Client {
  private readonly settings: string;

  constructor(config: LimitedClientConfig) {
    const { statementMs = STATEMENT_MS, session = {}, ...rest } = config;
    super({
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
      connectionTimeoutMillis: CONNECT_MS,
      ...rest,
    });
    this.settings = Object.entries({ statement_timeout: statementMs, ...session })
      .map(([name, value]) => `set ${name} = '${value}'`)
      .join(';');
    // A connection that breaks fails what waits on it, and its pool hears of it while it is idle. In between, while
    // the session is being set and when a pool has just handed it out, nobody listens, and an error that nobody
    // hears ends the process.
    this.on('error', () => undefined);
    // The socket's own timer: it is set back by every write and read, and costs a statement nothing.
    this.once('connect', () => {
      const inside = this as unknown as Inside;
      const { stream } = inside.connection;
      stream.setTimeout(statementMs + SLACK_MS);
      stream.on('timeout', () => {
        if (inside.readyForQuery !== true) stream.destroy(new SilentConnectionError());
      });
    });
  }

  override connect(): Promise<this>;
  override connect(callback: (error: Error) => void): void;
  override connect(callback?: (error: Error) => void): Promise<this> | void {
    if (callback === undefined) return this.connectLimited();
    callbackify(() => this.connectLimited())((error) => callback(error));
  }

  private async connectLimited(): Promise<this> {
    await super.connect();
    try {
      await this.query(this.settings);
    } catch (error) {
      this.end().catch(() => undefined);
      throw error;
    }
    return this;
  }
}

/** The database has not answered in time; the connection is given up. */
class SilentConnectionError extends Error {
  readonly code = 'ETIMEDOUT';
  constructor() {
    super('the database did not answer in time');
    this.name = 'SilentConnectionError';
  }
}
