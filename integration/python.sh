# shellcheck shell=bash
# python313 prints a Python 3.13, wherever the machine keeps one.
python313() {
  local candidate
  for candidate in "${TSBOOT_PYTHON:-}" "$(command -v python3.13 || true)" \
    "$(pyenv root 2>/dev/null || true)"/versions/3.13*/bin/python /opt/python/3.13*/bin/python; do
    if [[ -x $candidate ]] && "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  echo "no Python 3.13 here: install one, or name it in TSBOOT_PYTHON" >&2
  return 1
}
