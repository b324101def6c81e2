import os from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Options } from '@node-rs/argon2';

/**
 * Threads of their own for hashes that cost milliseconds of a core and much memory. They have a lower priority than
 * the rest of the process and of the machine: whoever waits for an answer gets a core at once, and hashes take what is
 * left. On Linux priority is by thread; elsewhere it would be the process's, so there it stays.
 *
 * Node's own pool would do the same work, but its threads have the priority of all, and files, names and signatures
 * wait in the same line.
 */
export interface HashingThreads {
  /** Each goes to the thread that has the least to do, and waits there for those before it. */
  hash(password: string, options: Options): Promise<string>;
  verify(stored: string, password: string): Promise<boolean>;
}

type Job =
  | { kind: 'hash'; password: string; options: Options }
  | { kind: 'verify'; password: string; stored: string };

/** So much below the process: beside a thread that wants a whole core too it gets a tenth of it. */
export const HASHING_NICENESS = 10;
/** A thread that has nothing to do gives its memory back after this long. */
const IDLE_MS = 60_000;
/** It holds a password and a hash: the memory of the hash itself is not the engine's. */
const HEAP = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 };

// As text, so that it is the same from the sources, where there is no file that Node could run, and from the build.
const PROGRAM = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { hashSync, verifySync } = require(workerData.library);
  if (workerData.niceness !== 0) {
    const os = require('node:os');
    // 0 is this thread; it may only go down. Where even that is not allowed, passwords are hashed all the same.
    try { os.setPriority(0, Math.min(19, os.getPriority(0) + workerData.niceness)); } catch {}
  }
  parentPort.on('message', (job) => {
    try {
      const { kind, password } = job;
      const done = kind === 'hash' ? hashSync(password, job.options) : verifySync(job.stored, password);
      parentPort.postMessage({ done });
    } catch (error) {
      parentPort.postMessage({ failed: String(error) });
    }
  });`;

type Answer = { done: string | boolean } | { failed: string };

interface Thread {
  worker: Worker;
  /** Who waits for it, in the order of the answers. */
  waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[];
  idle?: NodeJS.Timeout | undefined;
}

export function createHashingThreads(most: number): HashingThreads {
  let threads: readonly Thread[] = [];

  function start(): Thread {
    const thread: Thread = { worker: startWorker(), waiting: [] };
    const ended = (error: Error): void => {
      threads = threads.filter((one) => one !== thread);
      for (const { reject } of thread.waiting.splice(0)) reject(error);
    };
    thread.worker
      .on('message', (answer: Answer) => thread.waiting.shift()?.resolve(answer))
      .on('error', (error) => ended(error instanceof Error ? error : new Error(String(error))))
      .on('exit', () => ended(new Error('a thread that hashes passwords has ended')));
    threads = [...threads, thread];
    return thread;
  }

  /** One that rests, or a new one while there may be more, or the one where the fewest wait. */
  function leastBusy(): Thread {
    const [best] = threads.toSorted((a, b) => a.waiting.length - b.waiting.length);
    return best === undefined || (best.waiting.length > 0 && threads.length < most) ? start() : best;
  }

  function rest(thread: Thread): void {
    thread.worker.unref();
    clearTimeout(thread.idle);
    thread.idle = setTimeout(() => {
      threads = threads.filter((one) => one !== thread);
      void thread.worker.terminate();
    }, IDLE_MS).unref();
  }

  async function run(job: Job): Promise<string | boolean> {
    const thread = leastBusy();
    clearTimeout(thread.idle);
    thread.worker.ref(); // the process lives until it has answered
    const answer = await new Promise<Answer>((resolve, reject) => {
      thread.waiting.push({ resolve, reject });
      thread.worker.postMessage(job);
    });
    if (thread.waiting.length === 0) rest(thread);
    if ('failed' in answer) throw new Error(`a password was not hashed: ${answer.failed}`);
    return answer.done;
  }

  return {
    hash: async (password, options) => String(await run({ kind: 'hash', password, options })),
    verify: async (stored, password) => (await run({ kind: 'verify', password, stored })) === true,
  };
}

function startWorker(): Worker {
  const niceness = os.platform() === 'linux' ? HASHING_NICENESS : 0;
  return new Worker(PROGRAM, {
    eval: true,
    name: 'hashing',
    workerData: { library: require.resolve('@node-rs/argon2'), niceness },
    resourceLimits: HEAP,
    execArgv: [],
    env: {},
  });
}
