import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** Secrets of one development folder: made once, in `<dataDir>/keys/`, readable by their owner only. */
export interface DevelopmentKeys {
  encryptionKeysFile: string;
  blindIndexKeyFile: string;
  cursorKeyFile: string;
  auditKeysFile: string;
  /** Of the sandbox's control API. */
  sandboxToken: string;
  razorpayx: {
    keyId: string;
    keySecret: string;
    webhookSecret: string;
    accountNumber: string;
    accountType: string;
  };
  razorpay: { keyId: string; keySecret: string; webhookSecret: string };
  eko: {
    developerKey: string;
    accessKey: string;
    initiatorId: string;
    userCode: string;
    aadhaarKeyFile: string;
    callbackToken: string;
  };
  setu: {
    clientId: string;
    secret: string;
    partnerId: string;
    productInstanceId: string;
    callbackToken: string;
  };
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
  const secret = (name: string): string =>
    fs
      .readFileSync(
        once(name, () => crypto.randomBytes(24).toString('base64url')),
        'utf8',
      )
      .trim();
  return {
    encryptionKeysFile: once('encryption-keys', () => `dev1:${random()}`),
    blindIndexKeyFile: once('blind-index-key', random),
    cursorKeyFile: once('cursor-key', random),
    auditKeysFile: once('audit-keys', () => `dev1:${random()}`),
    sandboxToken: secret('sandbox-control-token'),
    razorpayx: {
      keyId: 'rzp_test_munim',
      accountNumber: '7878780080316316',
      // What a new merchant gets (docs/adr/0007); `razorpayx_lite` is tried by setting it.
      accountType: process.env.MUNIM_RAZORPAYX_ACCOUNT_TYPE ?? 'current_account',
      keySecret: secret('razorpayx-key-secret'),
      webhookSecret: secret('razorpayx-webhook-secret'),
    },
    razorpay: {
      keyId: 'rzp_test_munimpg',
      keySecret: secret('razorpay-key-secret'),
      webhookSecret: secret('razorpay-webhook-secret'),
    },
    eko: {
      developerKey: 'munim-developer-key',
      accessKey: secret('eko-access-key'),
      initiatorId: '9000000001',
      userCode: '20810200',
      callbackToken: secret('eko-callback-token'),
      aadhaarKeyFile: once('eko-aadhaar-key.pem', () =>
        crypto
          .generateKeyPairSync('rsa', { modulusLength: 2_048 })
          .publicKey.export({ type: 'spki', format: 'pem' })
          .toString()
          .trim(),
      ),
    },
    setu: {
      clientId: 'munim-client',
      secret: secret('setu-secret'),
      partnerId: '4711',
      productInstanceId: 'munim-instance-0001',
      callbackToken: secret('setu-callback-token'),
    },
  };
}
