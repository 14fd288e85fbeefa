#!/bin/sh
# Builds the image by whatever Docker engine there is, and says its size. usage: image.sh NAME; DOCKER names another client
set -eu
cd "$(dirname "$0")/.."
name=$1
docker=${DOCKER:-docker}
command -v "$docker" >/dev/null || { echo "error: there is no $docker. Install Docker, or name its client: DOCKER=podman" >&2; exit 1; }
"$docker" info >/dev/null 2>&1 || { echo "error: $docker finds no engine. Start it, or set DOCKER_HOST." >&2; exit 1; }

build=$(setup/build_id.sh)
DOCKER_BUILDKIT=1 "$docker" build ${BASE:+--build-arg "BASE=$BASE"} --build-arg "QF_BUILD=$build" --tag "$name" .
bytes=$("$docker" image inspect --format '{{.Size}}' "$name")
echo "$name: build $build, $((bytes / 1000000)) MB"
