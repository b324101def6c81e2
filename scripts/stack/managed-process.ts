import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * How a process that ends by itself comes back: the pause doubles from `firstMs` to `longestMs`, and starts
 * anew after `healthyMs` of life.
 */
export interface RestartPolicy {
  firstMs: number;
  longestMs: number;
  healthyMs: number;
}

export const RESTART_POLICY: RestartPolicy = { firstMs: 500, longestMs: 10_000, healthyMs: 30_000 };

const DEATHS_BEFORE_READY = 3;
const READY_POLL_MS = 50;
const TAIL_BYTES = 8_192;

export interface ManagedProcessOptions {
  /** `dispatch`, or `dispatch.2` for the second one. */
  id: string;
  command: readonly string[];
  cwd: string;
  env: Record<string, string>;
  logFile: string;
  /** Answers 200 when the process can work. */
  readyUrl: string;
  restart: RestartPolicy;
  /** One line for people: it ended, it comes back. */
  say: (line: string) => void;
  /** A process was spawned or has ended. */
  changed: () => void;
}

export interface ManagedProcess {
  readonly id: string;
  readonly logFile: string;
  /** How often it was spawned. */
  starts(): number;
  pid(): number | undefined;
  start(): void;
  /**
   * Resolves when it is ready; rejects with the last lines of its log when it keeps ending before that, or at
   * the deadline.
   */
  ready(deadline: number, signal?: AbortSignal): Promise<void>;
  /** Sends a signal; without a process it does nothing. Returns the process id. */
  kill(signal: NodeJS.Signals): number | undefined;
  /** SIGTERM, then SIGKILL after `graceMs`; it does not come back. */
  stop(graceMs: number): Promise<void>;
  setRestart(on: boolean): void;
}

interface State {
  child: ChildProcess | undefined;
  timer: NodeJS.Timeout | undefined;
  /** Somebody wants it to run. */
  wanted: boolean;
  /** It is started again when it ends. */
  restarting: boolean;
  starts: number;
  deathsInARow: number;
  pauseMs: number;
}

export function createManagedProcess(o: ManagedProcessOptions): ManagedProcess {
  const state: State = {
    child: undefined,
    timer: undefined,
    wanted: false,
    restarting: true,
    starts: 0,
    deathsInARow: 0,
    pauseMs: o.restart.firstMs,
  };
  const launchIfDown = (): void => {
    if (!state.child && !state.timer) launch(o, state);
  };
  return {
    id: o.id,
    logFile: o.logFile,
    start: () => {
      state.wanted = true;
      launchIfDown();
    },
    stop: async (graceMs) => stop(state, graceMs),
    starts: () => state.starts,
    pid: () => state.child?.pid,
    kill: (signal) => {
      const pid = state.child?.pid;
      state.child?.kill(signal);
      return pid;
    },
    setRestart: (on) => {
      state.restarting = on;
      if (on && state.wanted) launchIfDown();
    },
    ready: async (deadline, signal) => {
      while (!(await answers(o.readyUrl))) {
        signal?.throwIfAborted();
        const given = state.wanted && !state.child && !state.restarting;
        if (state.deathsInARow >= DEATHS_BEFORE_READY || given)
          throw new Error(`${o.id} does not start. ${lastLines(o.logFile)}`);
        if (Date.now() > deadline) throw new Error(`${o.id} is not ready in time. ${lastLines(o.logFile)}`);
        await pause(READY_POLL_MS);
      }
    },
  };
}

function launch(o: ManagedProcessOptions, state: State): void {
  const bornAt = Date.now();
  state.timer = undefined;
  state.starts += 1;
  const log = fs.openSync(o.logFile, 'a', 0o600);
  const [program = '', ...args] = o.command;
  const spawned = spawn(program === 'node' ? process.execPath : program, args, {
    cwd: o.cwd,
    env: { ...o.env, MUNIM_EXIT_WITH_PARENT: '1' },
    stdio: ['ignore', log, log, 'ipc'],
    detached: true, // Ctrl-C in the terminal reaches us only; we pass it on in order
  });
  fs.closeSync(log);
  state.child = spawned;
  o.changed();
  let over = false;
  const ended = (how: string): void => {
    if (over) return;
    over = true;
    if (state.child === spawned) state.child = undefined;
    o.changed();
    if (state.wanted) comeBack(o, state, how, Date.now() - bornAt);
  };
  spawned.once('error', (error) => {
    ended(error.message);
  });
  spawned.once('exit', (code, signal) => {
    ended(signal ?? `exit code ${code}`);
  });
}

function comeBack(o: ManagedProcessOptions, state: State, how: string, livedMs: number): void {
  if (livedMs >= o.restart.healthyMs) {
    state.deathsInARow = 0;
    state.pauseMs = o.restart.firstMs;
  }
  state.deathsInARow += 1;
  if (!state.restarting) {
    o.say(`${o.id} ended (${how})`);
    return;
  }
  o.say(`${o.id} ended (${how}): starting it again in ${state.pauseMs / 1000} s`);
  state.timer = setTimeout(() => {
    launch(o, state);
  }, state.pauseMs);
  state.pauseMs = Math.min(state.pauseMs * 2, o.restart.longestMs);
}

async function stop(state: State, graceMs: number): Promise<void> {
  state.wanted = false;
  clearTimeout(state.timer);
  state.timer = undefined;
  const running = state.child;
  if (!running?.pid) return;
  const gone = new Promise<void>((resolve) => {
    running.once('exit', () => {
      resolve();
    });
  });
  const hard = setTimeout(() => {
    running.kill('SIGKILL');
  }, graceMs);
  running.kill('SIGTERM');
  running.kill('SIGCONT'); // a frozen one must see it
  await gone;
  clearTimeout(hard);
}

/** The end of a log for the screen. */
export function lastLines(file: string, count = 25): string {
  let text = '';
  try {
    const size = fs.statSync(file).size;
    const handle = fs.openSync(file, 'r');
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
    fs.readSync(handle, buffer, 0, buffer.length, Math.max(0, size - TAIL_BYTES));
    fs.closeSync(handle);
    text = buffer.toString('utf8');
  } catch {
    /* never started */
  }
  const lines = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count);
  return lines.length === 0
    ? `It logged nothing (${file}).`
    : `The last lines of ${file}:\n\n${lines.join('\n')}\n`;
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000), redirect: 'manual' });
    await answer.body?.cancel();
    return answer.status === 200;
  } catch {
    return false;
  }
}
