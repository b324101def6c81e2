import { Writable } from 'node:stream';
import { createLog, type Log } from '../../platform/logger';

/** A log whose lines a test reads. */
export function keepLog(level: 'debug' | 'error'): { log: Log; lines: readonly string[]; text(): string } {
  const lines: string[] = [];
  const log = createLog({
    process: 'test',
    level,
    destination: new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(chunk.toString('utf8'));
        done();
      },
    }),
  });
  return { log, lines, text: () => lines.join('') };
}
