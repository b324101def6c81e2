import autocannon from 'autocannon';

/** The load of the auth bench, in a process of its own: one request again and again on some connections. */
async function main(): Promise<void> {
  const [url, bearer, connections, seconds] = process.argv.slice(2) as [string, string, string, string];
  const result = await autocannon({
    url,
    connections: Number(connections),
    duration: Number(seconds),
    headers: { authorization: `Bearer ${bearer}` },
  });
  const answer = { rate: result['2xx'] / result.duration, not2xx: result.non2xx, p99Ms: result.latency.p99 };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  },
);
