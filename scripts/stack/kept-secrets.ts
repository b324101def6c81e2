import { randomBytes, randomInt } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { isEasyPin } from '../../domain/step-up/easy-pins';

/** Secrets of a development folder: made once and kept, so that a second start shows the same ones. */

export const somePassword = (): string => randomBytes(12).toString('base64url');

/** Six digits that the platform takes. */
export function somePin(): string {
  for (;;) {
    const pin = String(randomInt(1_000_000)).padStart(6, '0');
    if (!isEasyPin(pin)) return pin;
  }
}

export function keptSecret(file: string, make: () => string = somePassword): string {
  if (!fs.existsSync(file)) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, make(), { mode: 0o600 });
  }
  return fs.readFileSync(file, 'utf8');
}
