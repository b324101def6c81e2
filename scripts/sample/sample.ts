import { randomBytes } from 'node:crypto';

export interface Places {
  api: string;
  key: string;
  sandbox: string;
  /** Opens the control API of the sandbox. */
  sandboxToken: string;
}

/**
 * What a shell evaluates to try the pages of docs/services: where things run, and six small functions. The
 * values are of a form that needs no other quotes.
 */
export function shellLines({ api, key, sandbox, sandboxToken }: Places): string {
  return `API='${api}'
KEY='${key}'
SANDBOX='${sandbox}/__sandbox'
# call METHOD PATH [more for curl]: asks the API
call() {
  curl -sS -X "$1" "$API$2" -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' "\${@:3}"
}
# sandbox METHOD PATH [more for curl]: tells the sandbox what to do, or asks what it has seen
sandbox() {
  curl -sS -X "$1" "$SANDBOX$2" -H 'Authorization: Bearer ${sandboxToken}' -H 'Content-Type: application/json' \\
    "\${@:3}"
}
# field .name: one value out of an answer
field() { node -p "JSON.parse(fs.readFileSync(0, 'utf8'))$1"; }
# otp MOBILE [n]: the one-time password that was sent to this telephone last, or the n-th before it
otp() { sandbox GET "/eko/otps?mobile=$1" | field ".items[\${2:-0}].otp"; }
# finger [OTP]: a new capture of nobody's finger, as a text of JSON; with a one-time password in its PidOptions
finger() { node -p 'JSON.stringify(process.argv[1])' "$(npm run -s sample pid \${1:-})"; }
# fresh: a reference that was never used
fresh() { node -p "'try-' + crypto.randomUUID().slice(0, 18)"; }`;
}

/** The beginning of a JPEG and some bytes, in base64. */
export function photo(): string {
  return Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), randomBytes(200)]).toString('base64');
}
