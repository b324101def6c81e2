import fs from 'node:fs';
import type http from 'node:http';
import https from 'node:https';
import tls from 'node:tls';
import type { Log } from './logger';

export interface CertificateFiles {
  certFile: string;
  keyFile: string;
}

const LOOK_EVERY_MS = 10_000;

/** Certificate and key. Throws what reading the files throws. */
export function readCertificate({ certFile, keyFile }: CertificateFiles): { cert: Buffer; key: Buffer } {
  return { cert: fs.readFileSync(certFile), key: fs.readFileSync(keyFile) };
}

/**
 * Takes a renewed certificate without a restart: the files are looked at every ten seconds, and a pair that has
 * changed and fits together is used for new connections; those that are open keep theirs. A pair that does not
 * fit (the renewal is under way, or went wrong) is logged once, and the one before stays. Does nothing for a
 * server without TLS. Returns what ends it.
 */
export function keepCertificate(
  server: http.Server | https.Server,
  files: CertificateFiles | undefined,
  { log, everyMs = LOOK_EVERY_MS }: { log: Log; everyMs?: number },
): () => void {
  if (files === undefined || !(server instanceof https.Server)) return () => undefined;
  let seen = stampOf(files);
  const timer = setInterval(() => {
    const stamp = stampOf(files);
    if (stamp === seen) return;
    seen = stamp;
    try {
      const pair = readCertificate(files);
      tls.createSecureContext(pair); // throws when the two do not fit
      server.setSecureContext({ ...pair, minVersion: 'TLSv1.2' });
      log.info({}, 'the renewed certificate is in use');
    } catch (error) {
      const { code } = error as { code?: string };
      log.error({ code }, 'the new certificate cannot be used; the one before stays. Check both files');
    }
  }, everyMs);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}

/** What tells one version of the files from the next; a file that is missing counts as a version. */
function stampOf({ certFile, keyFile }: CertificateFiles): string {
  return [certFile, keyFile]
    .map((file) => {
      const stat = fs.statSync(file, { throwIfNoEntry: false });
      return stat === undefined ? 'none' : `${stat.mtimeMs}-${stat.size}-${stat.ino}`;
    })
    .join(' ');
}
