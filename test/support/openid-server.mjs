/**
 * A real OpenID provider on a free port, as a company has one: whoever says an account is believed, and its claims are
 * those of ACCOUNTS. Prints its issuer. A process of its own, since it has no other form than that of modules.
 */
import http from 'node:http';
import { Provider } from 'oidc-provider';

const [redirectUri, accounts] = [process.argv[2], JSON.parse(process.argv[3])];
const server = http.createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'munim-console',
        client_secret: 'a secret of the console for tests alone',
        redirect_uris: [redirectUri],
        backchannel_logout_uri: new URL('/ops/login/company/logout', redirectUri).href,
        backchannel_logout_session_required: true,
        post_logout_redirect_uris: [new URL('/ops/login', redirectUri).href],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    pkce: { required: () => true },
    // claims of the e-mail address are in the id token, as companies set theirs up
    conformIdTokenClaims: false,
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
    findAccount: (_ctx, id) => ({
      accountId: id,
      claims: () => ({ sub: id, ...accounts[id] }),
    }),
    features: { devInteractions: { enabled: true }, backchannelLogout: { enabled: true } },
    cookies: { keys: ['cookies of a test'] },
    // It tells nobody on the same machine what it has to say, unless it is let.
    fetch: (url, { dispatcher: _guarded, ...options }) => fetch(url, options),
  });
  server.on('request', provider.callback());
  process.stdout.write(`${issuer}\n`);
});
