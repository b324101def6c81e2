import fs from 'node:fs';

/**
 * Named points at which a process can be told to stop or kill itself, once. Only for development and tests
 * (configuration refuses them in production): the interruption run arms one through the admin port; the
 * process notes the hit in a file and then sends itself the signal.
 */
export interface KillPoints {
  arm(point: string, signal: 'SIGKILL' | 'SIGSTOP'): void;
  disarm(point: string): void;
  /** Call at the point. Costs a map look-up when nothing is armed. */
  hit(point: string): void;
}

export function createKillPoints(options: { process: string; file: string | undefined }): KillPoints {
  const armed = new Map<string, 'SIGKILL' | 'SIGSTOP'>();
  return {
    arm(point, signal) {
      if (options.file !== undefined) armed.set(point, signal);
    },
    disarm(point) {
      armed.delete(point);
    },
    hit(point) {
      const signal = armed.get(point);
      if (signal === undefined || options.file === undefined) return;
      armed.delete(point);
      fs.appendFileSync(
        options.file,
        `${JSON.stringify({ at: new Date().toISOString(), process: options.process, pid: process.pid, point, signal })}\n`,
      );
      process.kill(process.pid, signal);
    },
  };
}
