import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createOutbox } from '../../platform/outbox';

const LOOKED_AT = 50;
const SHOWN = 'codes-shown';
const AGAIN_MS = 200;
const WAIT_MS = 60_000;

/**
 * The newest six digits that were sent to a number or address and not shown by this before; waits up to a minute for
 * them. Throws Error when none come.
 */
export async function nextCode(outboxDir: string, to: string, waitMs = WAIT_MS): Promise<string> {
  const outbox = createOutbox(outboxDir);
  const file = path.join(outboxDir, SHOWN);
  const shown = new Set(fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n') : []);
  for (const until = Date.now() + waitMs; Date.now() < until; await pause(AGAIN_MS)) {
    for (const message of await outbox.newest(LOOKED_AT)) {
      const code = message.to.endsWith(to) ? /\b\d{6}\b/.exec(message.text)?.[0] : undefined;
      if (code === undefined) continue;
      if (shown.has(message.id)) break;
      fs.appendFileSync(file, `${message.id}\n`, { mode: 0o600 });
      return code;
    }
  }
  throw new Error(`no code came to ${to}`);
}
