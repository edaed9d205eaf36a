# Part of web/setup: which packages of this Debian release are needed, and how they are installed.

native_packages=(
  cmake ninja-build ccache g++ pkg-config
  libbenchmark-dev libcli11-dev libfmt-dev libgtest-dev liblzma-dev liblzo2-dev libtomcrypt-dev
  libxxhash-dev libzstd-dev zlib1g-dev
)
# Emscripten is a set of scripts around LLVM 19. dpkg-dev unpacks source packages.
web_packages=(
  cmake ninja-build ccache python3 clang-19 lld-19 llvm-19 dpkg-dev xz-utils command:node=nodejs
  command:npm=npm
)
tests_packages=(
  clang-19 clang-format-19 clang-tidy-19 libclang-rt-19-dev llvm-19 command:chromium=chromium
  btrfs-progs zstd xz-utils python3
)

# install_packages PACKAGE...   A name command:C=P stands for the package P unless there is a program C
# from anywhere.
install_packages() {
  local entry command missing=() wanted=() status
  for entry in "$@"; do
    if [[ $entry == command:* ]]; then
      command=${entry#command:}
      if ! command -v "${command%=*}" > /dev/null; then missing+=("${command#*=}"); fi
    else
      wanted+=("$entry")
    fi
  done
  status=$(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' "${wanted[@]}" 2> /dev/null || true)
  for entry in "${wanted[@]}"; do
    grep -qx "ii *$entry" <<< "$status" || missing+=("$entry")
  done
  if [ ${#missing[@]} -eq 0 ]; then return; fi

  if [ "$(id -u)" -ne 0 ]; then
    echo "web/setup: these packages are missing, and installing them takes root:" >&2
    echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  echo "set-up: packages ${missing[*]}" >&2
  apt-get update -qq -o DPkg::Lock::Timeout=600 >&2
  apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=600 "${missing[@]}" \
    < /dev/null > "$store/apt-get.log" 2>&1 || {
    tail -n 20 "$store/apt-get.log" >&2
    echo "web/setup: apt-get could not install ${missing[*]}." >&2
    echo "  clang-19 and its like are in Debian 12's security updates, which must be among the sources." >&2
    exit 1
  }
}
