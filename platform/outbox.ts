import fs from 'node:fs/promises';
import path from 'node:path';

/**
 * A folder into which messages are written instead of being sent, one file each: for development, where nobody has a
 * telephone. The newest ones are kept.
 */
export interface Outbox {
  write(message: OutboxMessage): Promise<void>;
  /** The newest first. */
  newest(limit: number): Promise<OutboxMessage[]>;
}

export interface OutboxMessage {
  id: string;
  at: string;
  channel: string;
  to: string;
  subject: string | null;
  text: string;
}

const KEPT = 500;

export function createOutbox(dir: string): Outbox {
  const names = async (): Promise<string[]> => {
    const found = await fs.readdir(dir).catch(() => []);
    return found.filter((name) => name.endsWith('.json')).toSorted();
  };
  return {
    async write(message) {
      await fs.mkdir(dir, { recursive: true, mode: 0o700 });
      const name = `${message.at.replaceAll(/[^0-9TZ]/g, '')}-${message.id}`;
      const draft = path.join(dir, `${name}.new`);
      await fs.writeFile(draft, `${JSON.stringify(message, undefined, 2)}\n`, { mode: 0o600 });
      await fs.rename(draft, path.join(dir, `${name}.json`));
      for (const old of (await names()).slice(0, -KEPT)) await fs.rm(path.join(dir, old), { force: true });
    },
    async newest(limit) {
      const newest = (await names()).toReversed().slice(0, limit);
      const read = await Promise.all(
        newest.map(async (name) => {
          try {
            return [JSON.parse(await fs.readFile(path.join(dir, name), 'utf8')) as OutboxMessage];
          } catch {
            return []; // another process deleted it just now
          }
        }),
      );
      return read.flat();
    },
  };
}
