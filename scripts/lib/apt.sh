# Sourced. Installs Debian's packages, as any user.

as_root() {
  if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi
}

# apt_install PACKAGE…: says what it does on standard error.
apt_install() {
  as_root apt-get update --quiet >&2
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes --no-install-recommends "$@" >&2
}
