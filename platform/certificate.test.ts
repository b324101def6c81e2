import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { until } from '../test/support/until';
import { keepCertificate, readCertificate } from './certificate';
import { silentLog } from './logger';

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-certificate-'));
const files = { certFile: path.join(dir, 'cert.pem'), keyFile: path.join(dir, 'key.pem') };
afterAll(() => {
  fs.rmSync(dir, { recursive: true });
});

function renew(name: string): void {
  const made = { cert: path.join(dir, 'new-cert.pem'), key: path.join(dir, 'new-key.pem') };
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'].concat([
      '-subj',
      `/CN=${name}`,
      '-keyout',
      made.key,
      '-out',
      made.cert,
    ]),
    { stdio: 'ignore' },
  );
  fs.renameSync(made.key, files.keyFile);
  fs.renameSync(made.cert, files.certFile);
}

const shown = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.end();
    });
    socket.once('error', reject);
  });

it('a renewed certificate is used without a restart, and a broken one is not', async () => {
  renew('first');
  const failures: string[] = [];
  const server = https.createServer(readCertificate(files), (_req, res) => {
    res.end('ok');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const log = {
    ...silentLog,
    error: (_fields: object, message: string) => {
      failures.push(message);
    },
  };
  const stop = keepCertificate(server, files, { log, everyMs: 20 });
  try {
    expect(await shown(port)).toBe('first');
    renew('second');
    await until(
      () => shown(port),
      (name) => name === 'second',
    );
    fs.writeFileSync(files.keyFile, 'no key');
    await until(
      async () => failures.length,
      (count) => count > 0,
    );
    expect(await shown(port)).toBe('second');
  } finally {
    stop();
    server.close();
  }
});
