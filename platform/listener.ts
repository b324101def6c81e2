/**
 * One connection of a process that listens (LISTEN), shared by all who wait for notices of one database. It
 * asks the server something every 5 s: a connection that fell silent would never say that it heard nothing.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { LimitedClient } from './postgres-client';

/** What was notified; undefined when notices may have been missed, since the connection is a new one. */
export type Hear = (payload: string | undefined) => void;

export interface Listener {
  /** Hears a channel from now on; what comes back stops it. Channels are names of our own. */
  listen(channel: string, hear: Hear): () => void;
  close(): Promise<void>;
}

export interface ListenerOptions {
  databaseUrl: string;
  applicationName?: string;
  onError?(error: unknown): void;
  /** Between two questions, and the longest that one may take, ms. */
  beatMs?: number;
}

const BEAT_MS = 5_000;
const RECONNECT_MS = 1_000;
const CLOSE_MS = 1_000;

export function createListener(options: ListenerOptions): Listener {
  const listener = new OpenListener(options);
  return {
    listen: (channel, hear) => listener.listen(channel, hear),
    close: () => listener.close(),
  };
}

class OpenListener {
  private readonly channels = new Map<string, Set<Hear>>();
  private readonly beatMs: number;
  private client: LimitedClient | undefined;
  private ready = false;
  private closed = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: ListenerOptions) {
    this.beatMs = options.beatMs ?? BEAT_MS;
  }

  listen(channel: string, hear: Hear): () => void {
    const known = this.channels.get(channel);
    if (known !== undefined) known.add(hear);
    else {
      this.channels.set(channel, new Set([hear]));
      // one that is just connecting may have passed this channel already: asking twice does no harm
      if (this.client !== undefined) this.ask(this.client, `listen ${channel}`).catch(() => undefined);
      else if (this.timer === undefined) void this.connect();
    }
    return () => {
      this.channels.get(channel)?.delete(hear);
    };
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    const last = this.client;
    this.client = undefined;
    const ended = last?.end().catch(() => undefined);
    // one that is still connecting, or silent, is not waited for
    if (this.ready) await Promise.race([ended, pause(CLOSE_MS, undefined, { ref: false })]);
  }

  private async connect(): Promise<void> {
    if (this.closed || this.client !== undefined) return;
    const next = new LimitedClient({
      connectionString: this.options.databaseUrl,
      application_name: this.options.applicationName ?? 'munim-listen',
      statementMs: this.beatMs,
    });
    this.client = next;
    next.on('error', (error) => this.lose(next, error));
    next.on('end', () => this.lose(next));
    next.on('notification', ({ channel, payload = '' }) => {
      for (const hear of this.channels.get(channel) ?? []) hear(payload);
    });
    try {
      await next.connect();
      for (const channel of this.channels.keys()) await this.ask(next, `listen ${channel}`);
    } catch (error) {
      this.lose(next, error);
      return;
    }
    if (this.client !== next) return;
    this.ready = true;
    this.beatLater(next);
    for (const hears of this.channels.values()) for (const hear of hears) hear(undefined);
  }

  /** Gives a connection up; another is made in a second. */
  private lose(which: LimitedClient, error?: unknown): void {
    if (this.client !== which) return;
    this.client = undefined;
    this.ready = false;
    clearTimeout(this.timer);
    if (error !== undefined) this.options.onError?.(error);
    which.end().catch(() => undefined);
    if (!this.closed) this.timer = setTimeout(() => void this.connect(), RECONNECT_MS).unref();
  }

  private async ask(which: LimitedClient, sql: string): Promise<void> {
    try {
      await which.query(sql);
    } catch (error) {
      this.lose(which, error);
      throw error;
    }
  }

  private beatLater(which: LimitedClient): void {
    this.timer = setTimeout(() => {
      this.ask(which, 'select 1').then(
        () => this.beatLater(which),
        () => undefined,
      );
    }, this.beatMs).unref();
  }
}
