#!/usr/bin/env bash
# Attacks a gateway as strangers do, and prints a table: h2spec (a failure beyond Go's own four fails), slowhttptest with
# slow headers, slow bodies and slow reads over 2,000 connections each while a good caller asks on (an answer that it does
# not get fails), and floods of HTTP/2 frames.
#   make attack
set -euo pipefail
cd "$(dirname "$0")/.."
connections=${CONNECTIONS:-2000}
work=$(mktemp -d)
pids=()
trap 'for p in "${pids[@]}"; do kill "$p" 2>/dev/null || true; done; rm -rf "$work"' EXIT
failed=0
row() { printf '%-28s %s\n' "$1" "$2"; }

free() { local p; while p=$((20000 + RANDOM % 12000)); (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null; do :; done; echo "$p"; }
listens() { for _ in $(seq 600); do (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return; sleep 0.1; done; echo "nothing listens on $1" >&2; tail -n 3 "$work"/*.log >&2; exit 1; }

origin=$(free)
cat > "$work/nginx.conf" <<NGINX
daemon off; worker_processes 1; pid $work/nginx.pid; error_log stderr crit;
events { worker_connections 8192; }
http {
  access_log off;
  server {
    listen 127.0.0.1:$origin; client_max_body_size 0;
    location = /large { root $work; }
    location / { rewrite ^ /fine break; proxy_pass http://127.0.0.1:$origin; } # which reads a body to its end before
    location = /fine { return 200 "fine\n"; }
  }
}
NGINX
head -c 1048576 /dev/zero > "$work/large"
chmod 755 "$work"; chmod 644 "$work/large" # nginx reads it as another user
(PATH=$PATH:/usr/sbin exec nginx -c "$work/nginx.conf") 2> "$work/nginx.log" & pids+=($!)
listens "$origin"

start() { # NAME YAML...: a gateway of its own; its port is in $port
  port=$(free)
  printf '%s\n' "listen: 127.0.0.1:$port" "admin: {listen: 127.0.0.1:$(free)}" "upstreams: {up: {url: \"http://127.0.0.1:$origin\", throttle: {mode: \"off\"}}}" "${@:2}" > "$work/$1.yaml"
  bin/gateway run --config "$work/$1.yaml" > "$work/$1.log" 2>&1 & pids+=($!)
  listens "$port"
}

# Go's own: sections and numbers of h2spec 2.2.1.
known='4.2/3 6.5.3/1 8.1.2.2/1 8.1.2.2/2'
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/key" -out "$work/cert" -days 2 -subj /CN=localhost 2>/dev/null
start tls "tls: {files: {cert: $work/cert, key: $work/key}}"
go run github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible -t -k -h 127.0.0.1 -p "$port" -P /up/ -o 10 -j "$work/h2spec.xml" > "$work/h2spec" 2>&1 || true
row h2spec "$(grep -E '^[0-9]+ tests' "$work/h2spec" || echo 'did not run')"
found=$(sed -n '/^Failures:/,$!p' "$work/h2spec" | awk '/^ *[0-9]+(\.[0-9]+)*\. /{section=$1; sub(/\.$/,"",section)} /×/{number=$0; sub(/.*× */,"",number); sub(/:.*/,"",number); print section"/"number}')
for test in $found; do
  case " $known " in *" $test "*) row "" "$test fails, as in net/http";; *) row "" "$test FAILS"; failed=1;; esac
done
grep -qE '^[0-9]+ tests' "$work/h2spec" || failed=1

start plain
good() { # asks until the file ends it, and counts
  local ok=0 all=0
  while [ ! -e "$work/stop" ]; do
    all=$((all + 1))
    [ "$(curl -s -m 20 "http://127.0.0.1:$port/up/x")" != fine ] || ok=$((ok + 1))
    sleep 0.05
  done
  echo "$ok of $all" > "$work/good"
}
slow() { # NAME PATH ARGUMENTS...
  rm -f "$work/stop"
  good & local caller=$!
  slowhttptest -c "$connections" -r 400 -l "${SECONDS_EACH:-40}" -p 5 -u "http://127.0.0.1:$port$2" "${@:3}" > "$work/slow" 2>&1 || true
  touch "$work/stop"; wait "$caller"
  local answers; answers=$(cat "$work/good")
  row "slowhttptest, $1" "$(sed 's/\x1b\[[0-9;]*m//g' "$work/slow" | grep -aE '^(connected|closed|error):' | tail -3 | tr -s ' \n' ' ')the good caller got $answers"
  [ "${answers%% *}" = "${answers##* }" ] || failed=1
}
slow 'slow headers (-H)' /up/x -H -i 5 -x 24
slow 'slow bodies (-B)' /up/x -B -i 5 -s 8192 -x 10
slow 'slow reads (-X)' /up/large -X -w 512 -y 1024 -n 5 -z 32 -k 3

go test -count=1 -timeout 0 -run '^TestFloods$' -v ./cmd/gateway -floods "${FLOODS:-10s}" > "$work/floods" 2>&1 || failed=1
sed -nE 's/.*FLOOD ([^:]*): /\1\t/p; /^--- FAIL/p; /^FAIL/p' "$work/floods" | while IFS=$'\t' read -r name text; do row "$name" "$text"; done
exit "$failed"
