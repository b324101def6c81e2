import { randomBytes } from 'node:crypto';

export interface Places {
  api: string;
  key: string;
  sandbox: string;
  /** Opens the control API of the sandbox. */
  sandboxToken: string;
  network?: NetworkPlaces;
}

/** What pages about users and staff need besides. */
export interface NetworkPlaces {
  /** API keys of two distributors that have nothing to do with each other. */
  distributor: string;
  otherDistributor: string;
  databaseUrl: string;
  encryptionKeysFile: string;
  /** Of an account of the staff; `$1` stands for what it is called. */
  passwordFile: string;
}

/**
 * What a shell evaluates to try the pages of docs: where things run, and small functions. The values are of a form
 * that needs no other quotes.
 */
export function shellLines({ network, ...places }: Places): string {
  return [ofServices(places), ...(network === undefined ? [] : [ofNetwork(network)])].join('\n');
}

function ofServices({ api, key, sandbox, sandboxToken }: Omit<Places, 'network'>): string {
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

function ofNetwork(places: NetworkPlaces): string {
  return `DISTRIBUTOR='${places.distributor}'
OTHER_DISTRIBUTOR='${places.otherDistributor}'
# staff ACCOUNT COMMAND…: a command of munim as ops, support, desk or finance
staff() {
  DATABASE_URL='${places.databaseUrl}' NODE_ENV=development MUNIM_POLICY_PROFILE=development \\
    MUNIM_ENCRYPTION_KEYS_FILE='${places.encryptionKeysFile}' \\
    npm run -s munim -- "\${@:2}" --json --as "$1@munim.example" --password-file "${places.passwordFile}"
}
# code MOBILE: the code that was sent to it last; waits for one that was not shown yet
code() { npm run -s sample code "$1"; }
# refused COMMAND…: the code by which it is refused
refused() { { "$@" || true; } 2>&1 | grep -o '{.*}' | field .code; }
# scan: a small PDF, in base64
scan() { printf '%%PDF-1.7\\n1 0 obj <</Scan (%s)>> endobj\\ntrailer\\n%%%%EOF\\n' "$(fresh)" | base64 -w0; }`;
}

/** The beginning of a JPEG and some bytes, in base64. */
export function photo(): string {
  return Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), randomBytes(200)]).toString('base64');
}
