import {
  floodRequest,
  sendAtRate,
  sendWithoutPause,
  usualRequest,
  type Answers,
  type EdgeLoad,
} from './support/edge-load';

/** The load of the benches of the edge, in a process of its own. Takes an `EdgeLoad` as JSON, prints the answers. */
async function main(): Promise<void> {
  process.stdout.write(`${JSON.stringify(await send(JSON.parse(process.argv[2]!) as EdgeLoad))}\n`);
}

function send(load: EdgeLoad): Promise<Answers> {
  if (load.kind === 'flood')
    return sendWithoutPause(load.url, load, (n) => floodRequest(load.flood, load.key, n, load.awaited));
  const requestOf =
    load.kind === 'usual' ? usualRequest : (key: string, n: number) => floodRequest('money', key, n, '');
  return sendAtRate(load.url, load, (n) => requestOf(load.keys[n % load.keys.length]!, n));
}

if (require.main === module)
  main().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
