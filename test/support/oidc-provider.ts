import { spawn } from 'node:child_process';
import path from 'node:path';

/** Claims of the people of a company, by their id there. */
export type Accounts = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface RunningProvider {
  issuer: string;
  close(): void;
}

/** `oidc-provider` in a process of its own. */
export function startOidcProvider(redirectUri: string, accounts: Accounts): Promise<RunningProvider> {
  const script = path.join(__dirname, 'openid-server.mjs');
  const child = spawn(process.execPath, [script, redirectUri, JSON.stringify(accounts)], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: process.env.PATH },
  });
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      const issuer = /^http:\/\/127\.0\.0\.1:\d+$/m.exec(String(chunk))?.[0];
      if (issuer !== undefined) resolve({ issuer, close: () => child.kill() });
    });
    child.once('exit', (code) => reject(new Error(`the OpenID provider ended with ${code}`)));
  });
}

/** A browser's cookies and its way through redirects, for one person. */
export class Browser {
  private readonly jar = new Map<string, Map<string, string>>();

  /** One request, without following where it leads. */
  async ask(url: string, form?: Readonly<Record<string, string>>, origin?: string): Promise<Response> {
    const { host } = new URL(url);
    const mine = this.jar.get(host) ?? new Map<string, string>();
    this.jar.set(host, mine);
    const response = await fetch(url, {
      redirect: 'manual',
      headers: {
        cookie: [...mine].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(origin === undefined ? {} : { origin }),
      },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) mine.delete(name!);
      else mine.set(name!, value!);
    }
    return response;
  }

  /** Where redirects lead, until a page comes, or an address that `stop` knows. */
  async follow(url: string, stop: (url: string) => boolean): Promise<{ url: string; response?: Response }> {
    for (let at = url; ;) {
      if (stop(at)) return { url: at };
      const response = await this.ask(at);
      const location = response.headers.get('location');
      if (location === null) return { url: at, response };
      at = new URL(location, at).href;
    }
  }

  /** Signs in at the provider as this account and agrees; the address that it sends the browser back to. */
  async signInAt(url: string, account: string, back: string): Promise<string> {
    const isBack = (at: string): boolean => at.startsWith(back);
    let place = await this.follow(url, isBack);
    while (place.response !== undefined) {
      const page = await place.response.text();
      const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
      const action = /action="([^"]+)"/.exec(page)?.[1];
      if (prompt === undefined || action === undefined) throw new Error(`not a page to sign in: ${page}`);
      const form: Record<string, string> = { prompt };
      if (prompt === 'login') Object.assign(form, { login: account, password: 'x' });
      const response = await this.ask(new URL(action, place.url).href, form);
      place = await this.follow(new URL(response.headers.get('location')!, place.url).href, isBack);
    }
    return place.url;
  }
}
