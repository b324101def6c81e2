import { Presets, SingleBar } from 'cli-progress';

/** A bar where a person looks, a line now and then where a file or a pipe is. */
export interface Progress {
  done(): void;
  stop(): void;
}

const LINES = 5;

export function createProgress(total: number, say: (line: string) => void): Progress {
  const startedAt = Date.now();
  const elapsed = (): string => `${((Date.now() - startedAt) / 1_000).toFixed(0)} s`;
  let done = 0;
  if (!process.stdout.isTTY) {
    return {
      done() {
        done += 1;
        if (done % Math.ceil(total / LINES) === 0 || done === total)
          say(`  ${done} of ${total} have ended (${elapsed()})`);
      },
      stop: () => undefined,
    };
  }
  const bar = new SingleBar(
    { format: '  {bar} {value} of {total} have ended, {took}', hideCursor: true, fps: 5, barsize: 30 },
    Presets.shades_classic,
  );
  bar.start(total, 0, { took: elapsed() });
  const clock = setInterval(() => {
    bar.update(done, { took: elapsed() });
  }, 250);
  return {
    done() {
      done += 1;
      bar.update(done, { took: elapsed() });
    },
    stop() {
      clearInterval(clock);
      bar.stop();
    },
  };
}
