#!/bin/bash
# Succeed if the Jupyter server answers, and print the path of the file that describes it.
# The HEALTHCHECK and start.sh call this.
#   is-ready.sh [SECONDS]   wait up to SECONDS for an answer (default: do not wait)

# Each server writes its port and its URL prefix to jpserver-PID.json. The oldest file is the main server's.
check_server() {
  local file port base_url status
  file=$(find "$JUPYTER_RUNTIME_DIR" -name 'jpserver-*.json' -printf '%T@ %p\n' | sort -n | sed -n '1s/^[^ ]* //p')
  port=$(sed -n 's/.*"port": \([0-9]*\).*/\1/p' "$file")
  base_url=$(sed -n 's/.*"base_url": "\([^"]*\)".*/\1/p' "$file")
  exec 3<>"/dev/tcp/127.0.0.1/$port"
  printf 'GET %sapi HTTP/1.0\r\n\r\n' "$base_url" >&3
  read -r -t 5 _ status _ <&3
  [ "$status" = 200 ] && echo "$file"
}

deadline=$((SECONDS + ${1:-0}))
until (check_server) 2>/dev/null; do
  if [ "$SECONDS" -ge "$deadline" ]; then exit 1; fi
  sleep 0.1
done
