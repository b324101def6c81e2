import { setTimeout as pause } from 'node:timers/promises';

/** Keeps a process from working until a check of it has passed. */
export interface Admission {
  /** Resolves once the check passes; never, while it does not or the admission is closed. */
  admitted(): Promise<void>;
  close(): void;
}

const AGAIN_MS = 1_000;

/** `check` throws while something is wrong, and says in `/readyz` what. */
export function createAdmission(check: () => Promise<void>): Admission {
  let isClosed = false;
  return {
    async admitted() {
      for (;;) {
        const isRight = await check().then(
          () => true,
          () => false,
        );
        if (isRight && !isClosed) return;
        await pause(AGAIN_MS, undefined, { ref: !isClosed });
      }
    },
    close() {
      isClosed = true;
    },
  };
}
