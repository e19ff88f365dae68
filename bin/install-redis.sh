# Installs the distribution's redis-server, or says how and stops.
install='apt-get update && apt-get install -y --no-install-recommends redis-server'

if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo 'hookline: installing redis-server from the distribution' >&2
  DEBIAN_FRONTEND=noninteractive sh -c "$install" >&2 || true
fi

if ! command -v redis-server >/dev/null; then
  echo 'hookline: redis-server is needed and could not be installed from here. Run this once:' >&2
  echo "  sudo sh -c '$install'" >&2
  exit 1
fi
