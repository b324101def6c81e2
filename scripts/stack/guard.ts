import { spawn } from 'node:child_process';
import { Socket } from 'node:net';

/** Ends a store with the process that started it. */
export interface Guard {
  /** The store was ended, or may stay: nothing is left to do. */
  dismiss(): void;
}

/**
 * Waits on a pipe from us, which closes however we end, by SIGKILL too; then it ends the process, if that is
 * still a store and not somebody who got its id.
 */
const SCRIPT = `read -r word
[ "$word" = dismissed ] && exit
case "$(ps -o comm= -p "$1")" in *redis*|*postgres*) kill -s "$2" "$1";; esac`;

/**
 * A store of ours is in a session of its own, so that Ctrl-C does not reach it, and nobody else would end it.
 * The guard has a session of its own too.
 */
export function guardStore(pid: number, signal: 'TERM' | 'INT' | 'KILL'): Guard {
  if (process.platform === 'win32') return { dismiss: () => undefined };
  const guard = spawn('/bin/sh', ['-c', SCRIPT, 'guard', String(pid), signal], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  });
  guard.on('error', () => undefined); // no shell: the store is ended by those who know of it
  guard.stdin.on('error', () => undefined);
  guard.unref();
  if (guard.stdin instanceof Socket) guard.stdin.unref();
  return {
    dismiss: () => {
      guard.stdin.end('dismissed\n');
    },
  };
}
