# Sourced by each finding. Makes a temp folder that goes at the end, installs the pinned packages into it, runs
# look.mjs there and compares what it prints with what was seen when the finding was written.
set -euo pipefail
export TZ=UTC NO_UPDATE_NOTIFIER=1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# packages NAME@VERSION...
packages() {
  echo '{"private":true}' >package.json
  npm install --silent --ignore-scripts --no-audit --no-fund --save-exact "$@"
  echo "with $*, Node $(node -p process.versions.node)"
}

# look: exit code 1 when the behaviour is another than the one in the file `expected`
look() {
  node look.mjs | tee seen
  if diff expected seen >difference; then
    echo 'as it was'
  else
    echo 'CHANGED (< as it was, > now):'
    cat difference
    exit 1
  fi
}
