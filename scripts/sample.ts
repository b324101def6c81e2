/**
 * `npm run -s sample env|pid [OTP]|photo|code MOBILE`: what the pages of docs need to be tried out on the `npm start`
 * that runs here. `env` prints lines for a shell, `pid` a capture of a fingerprint, made with a one-time password if
 * one is given, `photo` a picture in base64, `code` the next code that was sent to a number.
 */
import path from 'node:path';
import { pidBlock } from '../sandbox/eko/finger';
import { nextCode } from './sample/code';
import { photo, shellLines, type NetworkPlaces } from './sample/sample';
import { developmentKeys } from './stack/development-keys';
import { DATA_DIR } from './stack/root';
import { findRunning, type DevFile } from './stack/run-lock';
import { staffPasswordFile } from './stack/seed-staff';

async function sample(what?: string, given?: string): Promise<string> {
  if (what === 'pid') return pidBlock(given);
  if (what === 'photo') return photo();
  if (what === 'code' && given !== undefined) return nextCode(path.join(DATA_DIR, 'outbox'), given);
  if (what !== 'env') throw new Error('say what you want: npm run -s sample env, pid, photo or code MOBILE');
  const dev = await findRunning(DATA_DIR);
  if (dev === undefined) throw new Error('Munim does not run here: npm start, in another terminal');
  const { api_url: api, api_key: key, sandbox_url: url, sandbox_token: sandboxToken } = dev;
  const network = networkOf(dev);
  return shellLines({
    ...{ api, key, sandbox: url, sandboxToken },
    ...(network === undefined ? {} : { network }),
  });
}

/** Nothing of a stack that was started before there was a network. */
function networkOf({ network = [], database_url: databaseUrl }: DevFile): NetworkPlaces | undefined {
  const [one, other] = network.filter(({ type }) => type === 'distributor');
  if (one === undefined || other === undefined) return undefined;
  return {
    distributor: one.api_key,
    otherDistributor: other.api_key,
    databaseUrl,
    encryptionKeysFile: developmentKeys(DATA_DIR).encryptionKeysFile,
    passwordFile: staffPasswordFile(path.join(DATA_DIR, 'keys'), '$1'),
  };
}

sample(...process.argv.slice(2)).then(
  (text) => {
    process.stdout.write(`${text}\n`);
  },
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);
