#!/bin/bash
# Trust the CA certificates (*.crt) in the folder of this script, for example those of a company proxy.
set -euo pipefail
shopt -s nullglob
certificates=("$(dirname "$0")"/*.crt)
if [ ${{ "{#" }}certificates[@]} -gt 0 ]; then
  install -m 644 "${certificates[@]}" /usr/local/share/ca-certificates/
  update-ca-certificates
fi
