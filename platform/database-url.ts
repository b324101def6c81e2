/** Whether a PostgreSQL URL lists hosts, `postgres://one:5432,two:5432/db`, as libpq allows and our driver does not. */
export function namesSeveralHosts(url: string): boolean {
  return (
    /^postgres(?:ql)?:\/\/(?:[^@/?#]*@)?[^/?#]*,/.test(url) || /[?&](?:host|target_session_attrs)=/.test(url)
  );
}

/** The way to a primary that moves, said after the name of the setting. */
export const ONE_HOST =
  'must name one host, without target_session_attrs: give the address that follows the primary (a DNS name or ' +
  'virtual IP that moves with it, or HAProxy or PgBouncer before it)';
