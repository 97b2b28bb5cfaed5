#!/usr/bin/env bash
# Runs http-cache-tests (npm) directly and through the gateway, and fails on any success that is another: the
# gateway must be invisible to whoever caches behind or before it. Errors become problems, and are counted apart.
# Needs node and npm; the first run installs the tests.
#   make cachetests
set -euo pipefail
cd "$(dirname "$0")/.."
cache=.cache/http-cache-tests
[ -d "$cache/node_modules/http-cache-tests" ] || npm install --silent --no-save --prefix "$cache" http-cache-tests@0.4.5
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT

suite=$PWD/$cache/node_modules/http-cache-tests
origin=18000 caller=18080 admin=18081
cat > "$work/gateway.yaml" <<YAML
listen: 127.0.0.1:$caller
admin: {listen: 127.0.0.1:$admin}
log: {level: error}
upstreams:
  tests:
    url: http://127.0.0.1:$origin
    hosts: [tests.localhost]
    throttle: {mode: "off"}
    retry: {attempts: 1}
    breaker: {enabled: false}
YAML
(cd "$suite" && npm_config_port=$origin npm_package_config_protocol=http npm_package_config_pidfile="$work/pid" \
  exec node server/server.mjs) > "$work/origin.log" 2>&1 &
bin/gateway run --config "$work/gateway.yaml" 2> "$work/gateway.log" &
for port in $origin $admin; do
  for _ in $(seq 100); do (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.1; done
done

suite_against() { # BASE OUTPUT
  (cd "$suite" && npm_package_config_base=$1 npm_package_config_id='' node --no-warnings cli.mjs) > "$2"
}
suite_against "http://127.0.0.1:$origin" "$work/direct.json"
suite_against "http://127.0.0.1:$caller/tests" "$work/gateway.json"
node -e '
  const [direct, through] = process.argv.slice(1).map(f => JSON.parse(require("fs").readFileSync(f)));
  const ids = Object.keys(direct);
  const problem = id => JSON.stringify(through[id]).includes("/.gateway/problems/");
  const differ = ids.filter(id => (direct[id] === true) !== (through[id] === true));
  const rewritten = differ.filter(problem); // errors that became problems, which is what the gateway is for
  const other = differ.filter(id => !problem(id));
  for (const id of other) console.log(id, "\n  direct ", JSON.stringify(direct[id]), "\n  gateway", JSON.stringify(through[id]));
  console.log(`${ids.length - differ.length} of ${ids.length} results are the same, ${rewritten.length} are of errors that became problems, ${other.length} differ`);
  process.exit(other.length ? 1 : 0);
' "$work/direct.json" "$work/gateway.json"
