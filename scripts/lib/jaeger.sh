# Sourced, after waiting.sh. A Jaeger that lasts as long as the script; "$work" is the script's directory.

start_jaeger() {
  local program
  program=$(scripts/build-jaeger)
  # Between the choice of the ports and their use somebody else may take one.
  for _ in 1 2 3; do
    export JAEGER_QUERY_PORT JAEGER_OTLP_GRPC_PORT JAEGER_OTLP_HTTP_PORT
    JAEGER_QUERY_PORT=$(free_port)
    JAEGER_OTLP_GRPC_PORT=$(free_port)
    JAEGER_OTLP_HTTP_PORT=$(free_port)
    : >"$work/jaeger.log"
    # In a process group of its own: Ctrl-C is for the command, which has its servers until it has ended.
    set -m
    "$program" --config tests/jaeger/config.yaml >"$work/jaeger.log" 2>&1 </dev/null &
    jaeger_pid=$!
    set +m
    wait_until 60 jaeger_settled || true
    if jaeger_ready; then
      export TASKER_SPAN_JAEGER_URL=http://127.0.0.1:$JAEGER_QUERY_PORT
      export TASKER_SPAN_OTLP_GRPC_URL=http://127.0.0.1:$JAEGER_OTLP_GRPC_PORT
      export TASKER_SPAN_OTLP_HTTP_URL=http://127.0.0.1:$JAEGER_OTLP_HTTP_PORT
      return
    fi
    stop_jaeger
  done
  cat "$work/jaeger.log" >&2
  echo 'Jaeger does not start' >&2
  return 1
}

# It is ready, or it never will be.
jaeger_settled() {
  jaeger_ready || ! kill -0 "$jaeger_pid" 2>/dev/null
}

# By its own word first: on its port somebody else's Jaeger might answer.
jaeger_ready() {
  local status
  grep -q 'Everything is ready' "$work/jaeger.log" || return 1
  {
    exec 3<>"/dev/tcp/127.0.0.1/$JAEGER_QUERY_PORT" || return 1
  } 2>/dev/null
  printf 'GET /api/services HTTP/1.0\r\n\r\n' >&3
  read -r status <&3 || true
  exec 3>&-
  [[ $status == HTTP/1.?' 200'* ]]
}

stop_jaeger() {
  [[ -n ${jaeger_pid:-} ]] || return 0
  kill "$jaeger_pid" 2>/dev/null || true
  wait_until 10 jaeger_stopped || kill -KILL "$jaeger_pid" 2>/dev/null || true
  wait "$jaeger_pid" 2>/dev/null || true
  jaeger_pid=
}

jaeger_stopped() {
  ! kill -0 "$jaeger_pid" 2>/dev/null
}
