import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Health } from './health';
import { CONNECTION_LIMITS, hostsNamed } from './http/connection-limits';
import type { KillPoints } from './kill-points';
import type { Log } from './logger';
import { addRuntimeMetrics, type Metrics } from './metrics';

/**
 * The admin port of a process, on loopback unless said otherwise: /healthz (it lives), /readyz (it can work), /metrics; and
 * arming of kill points where they are allowed.
 */
export interface AdminServer {
  port: number;
  close(): Promise<void>;
}

const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|localhost|::1)$/;

export async function startAdminServer(options: {
  port: number;
  /** 127.0.0.1 when missing. */
  host?: string;
  log?: Log;
  health: Health;
  metrics: Metrics;
  killPoints?: KillPoints;
}): Promise<AdminServer> {
  const { host = '127.0.0.1' } = options;
  addRuntimeMetrics(options.metrics);
  if (!LOOPBACK.test(host))
    options.log?.warn(
      { host },
      'the admin port is open beyond this machine: it asks nobody for a password, so let only your own network reach it',
    );
  // Arming a kill point stops the process: from this machine only, wherever the port is open.
  const killPoints = LOOPBACK.test(host) ? options.killPoints : undefined;
  const server = http.createServer(CONNECTION_LIMITS, (req, res) => {
    answer(req, { ...options, killPoints }).then(
      ({ status, type, body }) => {
        res.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
      },
      () => {
        res.writeHead(500).end();
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A browser runs pages of any site on this machine, and says so; programs send neither header. */
function isFromPage({ headers }: http.IncomingMessage): boolean {
  return headers.origin !== undefined || headers['sec-fetch-site'] !== undefined;
}

interface Answer {
  status: number;
  type: string;
  body: string;
}
const json = (status: number, body: unknown): Answer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(body),
});

async function answer(
  req: http.IncomingMessage,
  options: { health: Health; metrics: Metrics; killPoints?: KillPoints | undefined },
): Promise<Answer> {
  if (hostsNamed(req) > 1) return json(400, { status: 'name the host once' });
  const url = new URL(req.url ?? '/', 'http://localhost');
  if (req.method !== 'GET' && isFromPage(req)) return json(403, { status: 'no page may call this' });
  if (req.method === 'POST' && url.pathname === '/kill-points' && options.killPoints !== undefined) {
    const signal = url.searchParams.get('signal') === 'SIGSTOP' ? 'SIGSTOP' : 'SIGKILL';
    options.killPoints.arm(url.searchParams.get('point') ?? '', signal);
    return json(202, { armed: true });
  }
  if (req.method === 'DELETE' && url.pathname === '/kill-points' && options.killPoints !== undefined) {
    options.killPoints.disarm(url.searchParams.get('point') ?? '');
    return json(200, { armed: false });
  }
  if (req.method !== 'GET') return json(405, { status: 'method not allowed' });
  if (url.pathname === '/healthz') return json(200, { status: 'ok' });
  if (url.pathname === '/readyz') {
    const report = await options.health.check();
    return json(report.ready ? 200 : 503, report);
  }
  if (url.pathname === '/metrics')
    return {
      status: 200,
      type: options.metrics.registry.contentType,
      body: await options.metrics.registry.metrics(),
    };
  return json(404, { status: 'not found' });
}
