import { createHmac } from 'node:crypto';
import type { Fighter, Finding, Ground, Report } from './ground';
import { isBroken, isIn, type Gun } from './http';

interface Tokens {
  access_token: string;
  refresh_token: string;
}
const DEVICE = { name: 'Test attack' };

async function signIn({ gun, codeOf }: Pick<Ground, 'gun' | 'codeOf'>, who: Fighter) {
  const { mobile: login, password } = who;
  const post = (path: string, body: object) => gun.shoot({ method: 'POST', path, body });
  const asked = await post('/v1/sign-ins', { login, password, device: DEVICE });
  if (asked.status !== 202) throw new Error(`${who.name} cannot sign in: ${asked.status} ${asked.text}`);
  const shown = { id: asked.body.id, code: await codeOf(login), device: DEVICE };
  const done = await post('/v1/sign-ins/code', shown);
  if (!isIn(done)) throw new Error(`${who.name} cannot sign in: ${done.status} ${done.text}`);
  return { shown, tokens: done.body.tokens as Tokens };
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const partsOf = (token: string) => {
  const [head, payload, signature] = token.split('.') as [string, string, string];
  const read = (text: string) =>
    JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<string, unknown>;
  return { head, payload, signature, header: read(head), claims: read(payload) };
};

/** A token of the attacker that says to be somebody else's, or signed by anything but our keys. */
function forged(token: string, victim: string, publicKey: string): Record<string, string> {
  const { head, payload, signature, header, claims } = partsOf(token);
  const other = part({ ...claims, sub: victim });
  const none = part({ ...header, alg: 'none' });
  const hs = part({ ...header, alg: 'HS256' });
  const mac = (text: string, key: string) => createHmac('sha256', key).update(text).digest('base64url');
  return {
    'another subject': `${head}.${other}.${signature}`,
    'no algorithm': `${none}.${other}.`,
    'no signature': `${head}.${payload}.`,
    'signed with our public key': `${hs}.${other}.${mac(`${hs}.${other}`, publicKey)}`,
    'signed with nothing': `${hs}.${other}.${mac(`${hs}.${other}`, '')}`,
    'a key of their own': `${part({ ...header, kid: '../../dev/null', jwk: { kty: 'oct', k: '' } })}.${other}.${signature}`,
    'a longer life': `${head}.${part({ ...claims, exp: 4_000_000_000 })}.${signature}`,
    'more scopes': `${head}.${part({ ...claims, scope: 'admin' })}.${signature}`,
    'another kind of token': `${part({ ...header, typ: 'JWT' })}.${payload}.${signature}`,
    'a changed signature': `${head}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
  };
}

/** Tokens that were changed, and keys that nobody has. */
export async function tamper(ground: Ground): Promise<Report> {
  const way = 'tokens';
  const { gun, victim, attackers, loot } = ground;
  const before = gun.sent;
  const findings: Finding[] = [];
  const who = attackers.find(({ role }) => role === 'retailer')!;
  const { tokens } = await signIn(ground, who);
  const { text: keys } = await gun.shoot({ method: 'GET', path: '/.well-known/jwks.json' });
  const { x = '' } = (JSON.parse(keys) as { keys: { x?: string }[] }).keys[0] ?? {};
  const [user = ''] = loot.get('user') ?? [];
  const changed: Record<string, string | undefined> = {
    nothing: undefined,
    'no key at all': 'x',
    'a key with another end': `${victim.key.slice(0, -4)}AAAA`,
    'the beginning of a key': victim.key.slice(0, 16),
    ...forged(tokens.access_token, user, x),
  };
  for (const [name, token] of Object.entries(changed)) {
    const hit = await gun.shoot({ method: 'GET', path: '/v1/wallets', token });
    if (isIn(hit) || isBroken(hit))
      findings.push({ way, what: `GET /v1/wallets with ${name} was answered ${hit.status}` });
  }
  return { way, targets: Object.keys(changed).length, requests: gun.sent - before, findings };
}

/** What is good once, shown twice. */
export async function replay(ground: Ground): Promise<Report> {
  const way = 'replays';
  const { gun, attackers } = ground;
  const before = gun.sent;
  const findings: Finding[] = [];
  const who = attackers.find(({ role }) => role === 'distributor')!;
  const { shown, tokens } = await signIn(ground, who);
  const refused = async (name: string, path: string, body: object) => {
    const hit = await gun.shoot({ method: 'POST', path, body });
    if (isIn(hit) || isBroken(hit)) findings.push({ way, what: `${name} was answered ${hit.status}` });
  };
  await refused('the code of a sign-in, a second time,', '/v1/sign-ins/code', shown);
  const refresh = { refresh_token: tokens.refresh_token };
  const next = await gun.shoot({ method: 'POST', path: '/v1/session/refresh', body: refresh });
  if (!isIn(next)) throw new Error(`a refresh token was refused: ${next.status}`);
  const { access_token: access, refresh_token: newer } = next.body as unknown as Tokens;
  await refused('a refresh token, a second time,', '/v1/session/refresh', refresh);
  await refused('the refresh token that came of it', '/v1/session/refresh', { refresh_token: newer });
  if (await worksFor(gun, access))
    findings.push({ way, what: 'the access token of a session that a replay ended still opens /v1/wallets' });
  return { way, targets: 4, requests: gun.sent - before, findings };
}

const LOOKS = 20;
/** A session that is over is known within seconds. */
async function worksFor(gun: Gun, token: string): Promise<boolean> {
  for (let look = 0; look < LOOKS; look += 1) {
    if (!isIn(await gun.shoot({ method: 'GET', path: '/v1/wallets', token }))) return false;
    await new Promise((resolve) => {
      setTimeout(resolve, 500);
    });
  }
  return true;
}
