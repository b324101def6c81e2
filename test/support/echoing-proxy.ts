/**
 * Stands between the connectors and the sandbox. As it is told, it lets a request through, or answers with
 * what the request said, as providers do that quote their callers.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * `error`: 500 with the body in a message. `text`: 200, the body and no JSON of theirs. `reason`: 200 in the
 * form of Eko's and Setu's refusals, the body in every text. `after`: the sandbox does it, and its answer is
 * replaced like `error`.
 */
export type Echo = 'error' | 'text' | 'reason' | 'after';
export interface EchoingProxy {
  url: string;
  /** The next requests whose path begins so are answered in this way. */ echo(
    kind: Echo,
    path: string,
    times?: number,
  ): void;
  pending(): number;
  /** Answers to requests whose path holds this come with what `change` makes of the sandbox's JSON. */ amend(
    path: string,
    change: (json: Record<string, unknown>) => void,
  ): void;
  /** What each answer says besides, unasked. */ says: string;
  close(): Promise<void>;
}

interface Order {
  kind: Echo;
  path: string;
  left: number;
}

export async function startEchoingProxy(target: string): Promise<EchoingProxy> {
  const { hostname, port } = new URL(target);
  let orders: Order[] = [];
  const amendments = new Map<string, (json: Record<string, unknown>) => void>();
  const take = (path: string): Order | undefined => {
    const found = orders.find((o) => path.includes(o.path));
    if (found !== undefined && (found.left -= 1) === 0) orders = orders.filter((o) => o !== found);
    return found;
  };
  const server = http.createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('error', () => {
      res.destroy();
    });
    req.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
    });
    req.on('end', () => {
      const body = Buffer.concat(chunks);
      const order = take(req.url!);
      const said = `${decodeURIComponent(req.url!.replaceAll('+', ' '))} ${body.toString('utf8').slice(0, 4_000)} ${proxy.says}`;
      if (order !== undefined && order.kind !== 'after') return answer(res, order.kind, said);
      const forward = http.request(
        { hostname, port, method: req.method, path: req.url, headers: req.headers },
        (from) => {
          if (order !== undefined) {
            from.resume();
            from.on('end', () => {
              answer(res, 'error', said);
            });
            return;
          }
          const change = [...amendments].find(([path]) => req.url!.includes(path))?.[1];
          if (change !== undefined) return void amended(from, res, change);
          res.writeHead(from.statusCode!, from.headers);
          from.pipe(res);
        },
      );
      forward.on('error', () => {
        res.destroy();
      });
      res.on('close', () => {
        forward.destroy();
      });
      forward.end(body);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const proxy: EchoingProxy = {
    says: '',
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    echo(kind, path, times = 1) {
      orders.push({ kind, path, left: times });
    },
    pending: () => orders.length,
    amend(path, change) {
      amendments.set(path, change);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
  return proxy;
}

async function amended(
  from: http.IncomingMessage,
  res: http.ServerResponse,
  change: (json: Record<string, unknown>) => void,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of from) chunks.push(chunk as Buffer);
  let body = Buffer.concat(chunks);
  try {
    const json = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
    change(json);
    body = Buffer.from(JSON.stringify(json));
  } catch {
    /* no JSON: as it came */
  }
  const { 'content-length': _length, 'transfer-encoding': _encoding, ...headers } = from.headers;
  res.writeHead(from.statusCode!, { ...headers, 'content-length': String(body.length) }).end(body);
}

function answer(res: http.ServerResponse, kind: Echo, said: string): void {
  if (kind === 'text') return void res.writeHead(200, { 'content-type': 'text/plain' }).end(said);
  const quoted = `Sorry, ${said} is not what we take`;
  if (kind === 'error')
    return void res.writeHead(500, { 'content-type': 'application/json' }).end(
      JSON.stringify({
        status: 1,
        message: quoted,
        success: false,
        error: { code: 'E', message: quoted, detail: quoted, description: quoted },
        reason: quoted,
      }),
    );
  res.writeHead(200, { 'content-type': 'application/json' }).end(
    JSON.stringify({
      status: 1,
      response_status_id: 1,
      response_type_id: 1,
      message: quoted,
      data: {
        reason: quoted,
        comment: quoted,
        txstatus_desc: quoted,
        description: quoted,
        status: 'Failure',
        failureReason: { code: 'E', message: quoted, type: 'E' },
      },
      invalid_params: { otp: quoted },
      success: false,
      traceId: 'T',
      error: { code: 'E', message: quoted, failureReason: quoted },
      trace_id: 'T',
    }),
  );
}
