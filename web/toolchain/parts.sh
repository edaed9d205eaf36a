# Part of web/setup: how the things in the store are made, each by a function make_NAME FOLDER.

# What this release does not have comes from the next one, by a private configuration of apt: the
# machine's own sources, lists and packages stay as they are.
next_release=trixie
# Binaryen is linked with a newer C library than this release has, and is run with that one.
emscripten_packages=(emscripten binaryen node-acorn libc6 libstdc++6 libgcc-s1)
library_sources=(fmtlib freetype googletest imgui libsdl2 libtomcrypt libzstd lzo2 xxhash xz-utils zlib)
font_packages=(fonts-inter fonts-jetbrains-mono)

# next_apt FOLDER   Prepares the private configuration in FOLDER and exports APT_CONFIG.
next_apt() {
  local folder=$1 mirror
  mirror=$(debian_mirror bookworm)
  if [ -z "$mirror" ] && [ "$(id -u)" -eq 0 ]; then
    apt-get update -qq -o DPkg::Lock::Timeout=600 >&2
    mirror=$(debian_mirror bookworm)
  fi
  if [ -z "$mirror" ]; then
    echo "web/setup: no Debian 12 mirror among this machine's apt sources" >&2
    exit 1
  fi
  mkdir -p "$folder"/{lists/partial,cache/archives/partial,parts}
  : > "$folder/status"
  local signed="signed-by=/usr/share/keyrings/debian-archive-keyring.gpg"
  printf '%s\n' "deb [$signed] $mirror $next_release main" \
    "deb-src [$signed] $mirror $next_release main" > "$folder/sources.list"
  mirror=$(debian_mirror bookworm-security)
  if [ -n "$mirror" ]; then
    echo "deb-src [$signed] $mirror $next_release-security main" >> "$folder/sources.list"
  fi
  cat > "$folder/apt.conf" <<CONF
Dir::Etc::sourcelist "$folder/sources.list";
Dir::Etc::sourceparts "$folder/parts";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "$folder/parts";
Dir::State::lists "$folder/lists";
Dir::State::status "$folder/status";
Dir::Cache "$folder/cache";
Acquire::Languages "none";
APT::Sandbox::User "";
CONF
  export APT_CONFIG=$folder/apt.conf
  apt-get update -qq
}

# debian_mirror SUITE   Where this machine gets a suite of Debian from; empty when it does not.
debian_mirror() {
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $1" | head -n 1
}

# next_packages FOLDER PACKAGE...   Unpacks packages of the next release under FOLDER.
next_packages() {
  local folder=$1 apt deb
  apt=$(mktemp -d)
  shift
  (
    next_apt "$apt"
    cd "$apt"
    apt-get download -qq "$@"
  )
  for deb in "$apt"/*.deb; do
    # The variants of Emscripten's libraries for other uses are most of its size.
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$folder" --exclude '*/wasm32-emscripten/lto' \
      --exclude '*/wasm32-emscripten/pic' --exclude '*/wasm64-emscripten' --exclude './usr/share/doc'
  done
  rm -rf "$apt"
}

# ------------------------------------------------------------------------------------------------------
# emscripten: FOLDER/root leads to the folder that holds emcc. An emsdk on the PATH is taken as it is.

emsdk_root() {
  local emcc version
  emcc=$(command -v emcc) || return 0
  version=$(emcc -dumpversion 2> /dev/null) || return 0
  emcc=$(dirname "$(readlink -f "$emcc")")
  if [ -e "$emcc/cmake/Modules/Platform/Emscripten.cmake" ] &&
    printf '%s\n' 3.1.69 "$version" | sort -V -C; then
    echo "$emcc $version"
  fi
}

emscripten_inputs() {
  local emsdk
  emsdk=$(emsdk_root)
  echo "${emsdk:-$next_release ${emscripten_packages[*]} $(command -v node) 1}"
}

make_emscripten() {
  local folder=$1 emsdk
  emsdk=$(emsdk_root)
  if [ -n "$emsdk" ]; then
    ln -s "${emsdk% *}" "$folder/root"
    return
  fi
  next_packages "$folder" "${emscripten_packages[@]}"
  ln -s usr/share/emscripten "$folder/root"
  ln -sfn nodejs "$folder/usr/share/node_modules" # where the optimizer imports acorn from
  wrap_binaryen "$folder"
  cat > "$folder/root/.emscripten" <<CONFIG
LLVM_ROOT = '/usr/bin'
LLVM_ADD_VERSION = '19'
CLANG_ADD_VERSION = '19'
BINARYEN_ROOT = '$folder/binaryen'
NODE_JS = '$(command -v node)'
COMPILER_WRAPPER = '$(command -v ccache)'
FROZEN_CACHE = True
CONFIG
}

# Scripts that run Binaryen's programs with the loader and the libraries they were linked for.
wrap_binaryen() {
  local folder=$1 libraries=$1/usr/lib/x86_64-linux-gnu program
  mkdir -p "$folder/binaryen/bin"
  for program in "$folder"/usr/bin/wasm-* "$folder"/usr/bin/wasm2js; do
    cat > "$folder/binaryen/bin/${program##*/}" <<SCRIPT
#!/bin/sh
exec $libraries/ld-linux-x86-64.so.2 --library-path $libraries $program "\$@"
SCRIPT
    chmod +x "$folder/binaryen/bin/${program##*/}"
  done
}

# ------------------------------------------------------------------------------------------------------
# sources: FOLDER/NAME is the unpacked source package NAME.

make_sources() {
  local folder=$1 apt name
  apt=$(mktemp -d)
  (
    next_apt "$apt"
    cd "$apt"
    for name in "${library_sources[@]}"; do unpack_source "$name"; done
  )
  for name in "${library_sources[@]}"; do
    mv "$apt/$name"-[0-9]*/ "$folder/$name"
  done
  rm -rf "$apt"
}

# unpack_source NAME   Unpacks the newest version that can be fetched. After a point release a mirror may
# list a version for days before it has the files; the version before is still there then.
unpack_source() {
  local versions version
  versions=$(apt-cache showsrc --only-source "$1" | sed -n 's/^Version: //p' | sort -uVr)
  for version in $versions; do
    if apt-get source -qq --only-source "$1=$version" > log 2>&1; then return; fi
    echo "web/setup: no source of $1 $version; trying the version before it" >&2
  done
  cat log >&2
  echo "web/setup: none of the versions of $1 could be fetched" >&2
  exit 1
}

# libraries: lib/ and include/ of the outside libraries, compiled for the web.
make_libraries() {
  local folder=$1 build
  build=$(mktemp -d)
  cmake -S "$checkout/web/toolchain/libraries" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    --toolchain "$checkout/src/build/emscripten.cmake" -DCMAKE_INSTALL_PREFIX="$folder" \
    -DSOURCES="$(readlink "$cache/sources")" > "$folder/log" 2>&1 &&
    ninja --quiet -C "$build" install >> "$folder/log" 2>&1 || {
    tail -n 40 "$folder/log" >&2
    exit 1
  }
  rm -rf "$build"
}

# fonts: the font files of the packages, side by side.
make_fonts() {
  local folder=$1
  next_packages "$folder" "${font_packages[@]}"
  find "$folder/usr" \( -name '*.ttf' -o -name '*.otf' \) -exec mv -t "$folder" {} +
  rm -rf "$folder/usr" "$folder/etc"
}

# node_modules: the packages of web/package.json, and web/node_modules leads there.
provide_node_modules() {
  provide node_modules "$(cat "$checkout/web/package.json" "$checkout/web/package-lock.json")"
  if [ ! -e "$checkout/web/node_modules" ]; then
    ln -sfn ../.cache/node_modules/node_modules "$checkout/web/node_modules"
  fi
}

make_node_modules() {
  cp "$checkout/web/package.json" "$checkout/web/package-lock.json" "$1"
  (cd "$1" && npm ci --no-audit --no-fund --loglevel=error >&2)
}
