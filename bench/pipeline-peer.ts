import { Queue, Worker } from 'bullmq';

/**
 * The pipeline's peer: a chain of four empty BullMQ jobs (four queues, concurrency 50, each job adds the next one).
 * Prints chains a second.
 */
async function main(): Promise<void> {
  const [url, countText, callersText] = process.argv.slice(2);
  const [count, callers] = [Number(countText), Number(callersText)];
  const names = ['peer-1', 'peer-2', 'peer-3', 'peer-4'];
  const connection = { url: url!, maxRetriesPerRequest: null };
  const options = {
    connection,
    prefix: '{peer}',
    defaultJobOptions: { removeOnComplete: { age: 300, count: 1_000 }, removeOnFail: true },
  };
  const queues = names.map((name) => new Queue(name, options));
  for (const queue of queues) await queue.obliterate({ force: true });
  let done = 0;
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const workers = names.map(
    (name, i) =>
      new Worker(
        name,
        async (job) => {
          const next = queues[i + 1];
          if (next !== undefined)
            await next.add(next.name, job.data, { jobId: `${next.name}-${String(job.data.id)}` });
          else {
            done += 1;
            if (done === count) finish();
          }
        },
        { connection, prefix: '{peer}', concurrency: 50 },
      ),
  );
  await Promise.all(workers.map((w) => w.waitUntilReady()));
  const started = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (next < count) {
        const id = next;
        next += 1;
        await queues[0]!.add(queues[0]!.name, { id }, { jobId: `peer-1-${id}` });
      }
    }),
  );
  await finished;
  const seconds = (performance.now() - started) / 1_000;
  process.stdout.write(`${JSON.stringify({ rate: count / seconds })}\n`);
  await Promise.all(workers.map((w) => w.close()));
  await Promise.all(queues.map((q) => q.close()));
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  },
);
