/**
 * The finger of the sandbox: what stands in for a registered device and for UIDAI. A device seals the
 * fingerprint, and the one-time password that it was given, for UIDAI alone. Here the sealed block is a salt and
 * a digest, so that the sandbox can say whether it was captured with a one-time password, and nobody reads one
 * out of it.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const SALT_BYTES = 16;
const DATA = /<Data(?:\s[^<>]*)?>([A-Za-z0-9+/=\s]+)<\/Data\s*>/;

const seal = (salt: Buffer, otp: string): Buffer => createHash('sha256').update(salt).update(otp).digest();

/** The sealed data of a new capture, in base64, with the one-time password that was typed in before, if any. */
export function captureData(otp = ''): string {
  const salt = randomBytes(SALT_BYTES);
  return Buffer.concat([salt, seal(salt, otp)]).toString('base64');
}

/** The PID block of a new capture, in one line: the sandbox takes it, a bank would not. */
export function pidBlock(otp = ''): string {
  return (
    '<PidData><Resp errCode="0" errInfo="Capture Success" fCount="1" fType="2" nmPoints="52" qScore="78"/>' +
    '<DeviceInfo dpId="SAMPLE.DEVICE" mc="c2FtcGxlLWNlcnRpZmljYXRl"/>' +
    `<Skey ci="20280813">c2FtcGxl</Skey><Data type="X">${captureData(otp)}</Data></PidData>`
  );
}

/** Whether a block was captured with this one-time password. */
export function holdsOtp(block: string, otp: string): boolean {
  const data = Buffer.from(DATA.exec(block)?.[1] ?? '', 'base64');
  const [salt, digest] = [data.subarray(0, SALT_BYTES), data.subarray(SALT_BYTES)];
  const wanted = seal(salt, otp);
  return digest.length === wanted.length && timingSafeEqual(digest, wanted);
}
