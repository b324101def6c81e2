import { callSandbox, type SandboxCall } from '../../stack/sandbox-control';

/**
 * The telephones of the customers: what the sandbox's control API shows of the one-time passwords that were
 * sent. It also onboards an agent, as the provider's own staff would.
 */
export interface SandboxPhone {
  /** The latest `count` one-time passwords for a number and a purpose, oldest first. */
  otps(
    mobile: string,
    purpose: 'sender_kyc' | 'transfer' | 'refund' | 'agent_kyc' | 'withdrawal',
    count?: number,
  ): Promise<string[]>;
  /** Makes a code known at the provider. */
  onboard(userCode: string): Promise<void>;
}

interface OtpReport {
  purpose: string;
  otp: string;
}

export function createPhone(sandboxUrl: string, saw: (otp: string) => void): SandboxPhone {
  const call = <T>(path: string, more?: SandboxCall): Promise<T> =>
    callSandbox<T>(sandboxUrl, `/eko${path}`, more);
  return {
    async otps(mobile, purpose, count = 1) {
      const { items } = await call<{ items: OtpReport[] }>(`/otps?mobile=${mobile}`); // newest first
      const found = items
        .filter((o) => o.purpose === purpose)
        .slice(0, count)
        .map((o) => o.otp)
        .toReversed();
      if (found.length < count)
        throw new Error(`${found.length} of ${count} one-time passwords have arrived`);
      for (const otp of found) saw(otp);
      return found;
    },
    async onboard(userCode) {
      await call('/agents', { method: 'POST', body: { user_code: userCode } });
    },
  };
}
