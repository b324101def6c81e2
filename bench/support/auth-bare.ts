import os from 'node:os';
import { hash, verify } from '@node-rs/argon2';

/**
 * What the library alone does, in a process of its own: verifies a password again and again, so many at once. Prints how
 * many a second.
 */
async function main(): Promise<void> {
  const [memoryCost, timeCost, atOnce, seconds, niceness] = process.argv.slice(2).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  os.setPriority(os.getPriority() + niceness); // before the library makes its threads
  const stored = await hash('a door in the rain', { memoryCost, timeCost, parallelism: 1 });
  const until = performance.now() + seconds * 1_000;
  let done = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (performance.now() < until) {
        if (!(await verify(stored, 'a door in the rain'))) throw new Error('the password does not fit');
        done += 1;
      }
    }),
  );
  process.stdout.write(JSON.stringify({ rate: done / seconds }));
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
