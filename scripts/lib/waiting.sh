# Sourced. Ports that are free, and waiting for who is to listen there.

# A port without a listener, below the ports of outgoing connections, which come and go.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 10000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  printf '%s\n' "$port"
}

# wait_until SECONDS COMMAND…: whether the command succeeds within the time.
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}
