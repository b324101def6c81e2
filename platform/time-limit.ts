/** The work has not ended in time; it goes on. */
export class TimeIsOver extends Error {
  override readonly name = 'TimeIsOver';
}

/** What the work comes to. Throws TimeIsOver after `ms`; an error of the work that comes later is nobody's. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TimeIsOver('no answer in time')), ms);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Waits until the work is done, but at most `ms`. The work goes on afterwards; an error of its later is the
 * caller's to catch.
 */
export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
