/**
 * `npm run -s sample env|pid [OTP]|photo`: what the pages of docs/services need to be tried out on the
 * `npm start` that runs here. `env` prints lines for a shell, `pid` a capture of a fingerprint, made with a
 * one-time password if one is given, `photo` a picture in base64.
 */
import { pidBlock } from '../sandbox/eko/finger';
import { photo, shellLines } from './sample/sample';
import { DATA_DIR } from './stack/root';
import { findRunning } from './stack/run-lock';

async function sample(what?: string, otp?: string): Promise<string> {
  if (what === 'pid') return pidBlock(otp);
  if (what === 'photo') return photo();
  if (what !== 'env') throw new Error('say what you want: npm run -s sample env, pid or photo');
  const dev = await findRunning(DATA_DIR);
  if (dev === undefined) throw new Error('Munim does not run here: npm start, in another terminal');
  const { api_url: api, api_key: key, sandbox_url: url, sandbox_token: sandboxToken } = dev;
  return shellLines({ api, key, sandbox: url, sandboxToken });
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
