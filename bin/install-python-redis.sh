# Installs the distribution's python3-redis, for the one test that runs a Python client; without it that test is skipped.
install='apt-get update && apt-get install -y --no-install-recommends python3-redis'

if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo 'hookline: installing python3-redis from the distribution' >&2
  DEBIAN_FRONTEND=noninteractive sh -c "$install" >&2 || true
fi

if ! /usr/bin/python3 -c 'import redis' 2>/dev/null; then
  echo 'hookline: python3-redis could not be installed from here: one test is skipped. To run it, too:' >&2
  echo "  sudo sh -c '$install'" >&2
fi
