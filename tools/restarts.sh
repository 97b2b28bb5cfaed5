#!/usr/bin/env bash
# Hands the gateway's sockets to a new process N times under load, by wrk with keep-alive and by hey with a connection for
# each request, and fails on a single error of either. wrk shows what Go's clients hide by asking again.
#   make restarts N=50
set -euo pipefail
cd "$(dirname "$0")/.."
restarts=${N:-50}
work=$(mktemp -d)
pid=0 vendor=0 wrk=0 hey=0
trap 'for p in $pid $vendor $wrk $hey; do [ "$p" -le 1 ] || kill "$p" 2>/dev/null || true; done; rm -rf "$work"' EXIT

free() { local p; while p=$((20000 + RANDOM % 12000)); (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null; do :; done; echo "$p"; }
listens() { for _ in $(seq 600); do (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return; sleep 0.1; done; echo "nothing listens on $1" >&2; exit 1; }

origin=$(free) caller=$(free) admin=$(free)
cat > "$work/nginx.conf" <<NGINX
daemon off; worker_processes 1; pid $work/nginx.pid; error_log stderr crit;
events { worker_connections 1024; }
http { access_log off; keepalive_requests 1000000; server { listen 127.0.0.1:$origin; location / { return 200 "fine\n"; } } }
NGINX
cat > "$work/gateway.yaml" <<YAML
listen: 127.0.0.1:$caller
admin: {listen: 127.0.0.1:$admin}
drain: {announce: ${ANNOUNCE:-300ms}}
upstreams: {up: {url: "http://127.0.0.1:$origin"}}
YAML
PATH=$PATH:/usr/sbin nginx -c "$work/nginx.conf" & vendor=$!
listens "$origin"
bin/gateway run --config "$work/gateway.yaml" > "$work/out" 2>&1 & pid=$!
listens "$caller"

wrk -t1 -c20 -d1h --timeout 30s "http://127.0.0.1:$caller/up/x" > "$work/wrk" & wrk=$!
hey -z 1h -c 20 -t 30 -disable-keepalive "http://127.0.0.1:$caller/up/x" > "$work/hey" & hey=$!
handed() { sed -n 's/.*"message":"handed over".*"pid":\([0-9]*\).*/\1/p' "$work/out" | sed -n "$1p"; }
sleep "${WARM:-0}"
for n in $(seq "$restarts"); do
  sleep 1
  kill -USR2 "$pid"
  for _ in $(seq 1200); do next=$(handed "$n"); [ -z "$next" ] || break; sleep 0.1; done
  [ -n "$next" ] || { echo "hand-over $n did not happen:"; grep -v '"exchange"' "$work/out" | tail; exit 1; }
  pid=$next
done
sleep 1
kill -INT "$wrk" "$hey"; wait "$wrk" "$hey" || true
wrk=0 hey=0
echo "$restarts hand-overs"
sed 's/^ */wrk: /' "$work/wrk" | grep -E 'requests in|Socket errors|Non-2xx' || true
sed -n '/Status code/,$p' "$work/hey" | sed 's/^ */hey: /' | grep -v '^hey: $'
! grep -qE 'Socket errors|Non-2xx' "$work/wrk" && ! grep -q 'Error distribution' "$work/hey" && grep -qE '\[200\]' "$work/hey"
