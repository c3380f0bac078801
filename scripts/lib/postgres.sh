# Sourced, after waiting.sh. A PostgreSQL cluster that lasts as long as the script; "$work" is the script's directory.

# The server refuses to run as root, so that root runs it as the user whom its package has created.
as_postgres() {
  if [[ $EUID -eq 0 ]]; then runuser -u postgres -- "$@"; else "$@"; fi
}

start_postgres() {
  postgres_bin=$(scripts/install-postgresql)
  postgres_home=$work/postgres
  mkdir "$postgres_home"
  postgres_data=$postgres_home/data
  printf 'postgres\n' >"$postgres_home/password"
  if [[ $EUID -eq 0 ]]; then
    chmod 711 "$work" # the server's user has to reach its own directory
    chown -R postgres "$postgres_home"
  fi
  create_cluster || {
    cat "$postgres_home/initdb.log" >&2
    return 1
  }

  local port
  # Between the choice of a port and its use somebody else may take it.
  for _ in 1 2 3; do
    port=$(free_port)
    if run_cluster "$port"; then
      export TASKER_SPAN_POSTGRES_URL=postgres://postgres:postgres@127.0.0.1:$port/postgres
      return
    fi
  done
  cat "$postgres_home/log" >&2
  echo 'PostgreSQL does not start' >&2
  return 1
}

# In a subshell: the user `postgres` may not read the current directory.
create_cluster() (
  cd "$postgres_home" &&
    as_postgres "$postgres_bin/initdb" --pgdata "$postgres_data" --username postgres --pwfile password \
      --auth scram-sha-256 --encoding UTF8 --locale C >initdb.log 2>&1 &&
    # What is lost when the machine stops has been lost with the directory anyway.
    as_postgres tee -a "$postgres_data/postgresql.conf" >/dev/null <<'CONF'
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
fsync = off
synchronous_commit = off
full_page_writes = off
CONF
)

# run_cluster PORT: with the caller's $postgres_options, which win over the configuration
run_cluster() (
  cd "$postgres_home" &&
    as_postgres "$postgres_bin/pg_ctl" start --pgdata "$postgres_data" --log "$postgres_home/log" \
      --options "-p $1 ${postgres_options:-}" --wait --timeout 60 >/dev/null 2>&1
)

# As after a crash: no connection is closed, no transaction is ended. With the same port and options.
crash_postgres() (
  cd "$postgres_home" &&
    as_postgres "$postgres_bin/pg_ctl" restart --pgdata "$postgres_data" --log "$postgres_home/log" --mode immediate \
      --wait --timeout 60 >/dev/null 2>&1
)

stop_postgres() {
  [[ -f ${postgres_data:-}/postmaster.pid ]] || return 0
  (
    cd "$postgres_home" &&
      as_postgres "$postgres_bin/pg_ctl" stop --pgdata "$postgres_data" --mode immediate --wait --timeout 30 >/dev/null
  )
}
