import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** Secrets of one development folder: made once, in `<dataDir>/keys/`, readable by their owner only. */
export interface DevelopmentKeys {
  encryptionKeysFile: string;
  blindIndexKeyFile: string;
  cursorKeyFile: string;
  razorpayx: { keyId: string; keySecret: string; webhookSecret: string; accountNumber: string };
}

export function developmentKeys(dataDir: string): DevelopmentKeys {
  const dir = path.join(dataDir, 'keys');
  fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
  const once = (name: string, make: () => string): string => {
    const file = path.join(dir, name);
    if (!fs.existsSync(file)) {
      const draft = `${file}.${process.pid}`;
      fs.writeFileSync(draft, `${make()}\n`, { mode: 0o600 });
      fs.renameSync(draft, file); // a key that was half written would be used for ever
    }
    return file;
  };
  const random = (): string => crypto.randomBytes(32).toString('base64');
  const secret = (name: string): string => fs.readFileSync(once(name, () => crypto.randomBytes(24).toString('base64url')), 'utf8').trim();
  return {
    encryptionKeysFile: once('encryption-keys', () => `dev1:${random()}`),
    blindIndexKeyFile: once('blind-index-key', random),
    cursorKeyFile: once('cursor-key', random),
    razorpayx: {
      keyId: 'rzp_test_munim', accountNumber: '7878780080316316',
      keySecret: secret('razorpayx-key-secret'), webhookSecret: secret('razorpayx-webhook-secret'),
    },
  };
}
