#!/usr/bin/env bash
# fpt with `--features cuda` where the archive that tracel-llvm-bundler downloads cannot be had: LLVM 23 out of Debian sid takes
# its place. Needs Debian's package servers, a C and C++ compiler and Python; installs nothing, all lies under $W.
#
#   scripts/cuda_without_bundle.sh check    types alone (needs no LLVM at all)
#   scripts/cuda_without_bundle.sh llvm     fetch LLVM and lay it out where the bundler looks, under $XDG_DATA_HOME
#   scripts/cuda_without_bundle.sh build    a release build with FEATURES (cuda,vulkan)
set -euo pipefail
W=${W:-$HOME/.cache/fpt-cuda}            # work folder
SRC=$(cd "$(dirname "$0")/.." && pwd)
BUNDLE=23.1.0-4                      # version of tracel-llvm-bundler in Cargo.lock
export XDG_DATA_HOME=$W/data         # the bundler looks in $XDG_DATA_HOME/tracel/tracel-llvm-$BUNDLE
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$W/target}
export CUDARC_CUDA_VERSION=13000     # bindings for CUDA 13.0 and later; unset: nvcc's, else the newest known
P=$XDG_DATA_HOME/tracel/tracel-llvm-$BUNDLE

check() { # DOCS_RS lets cubecl-llvm's and the bundler's build scripts return at once
  cd "$SRC" && DOCS_RS=1 cargo check --locked -p fpt --features cuda
}

llvm() {
  if [ -e "$P/.tracel-llvm-installed" ]; then return; fi   # laying it out anew would rebuild what depends on it
  mkdir -p "$W/debs" "$W/sid" "$W/apt/lists/partial"
  # a sid entry for the configured Debian mirror
  mirror=$(apt-get indextargets --format '$(REPO_URI)' | grep -v security | head -1)
  echo "deb $mirror sid main" > "$W/apt/sources.list"
  sid=(-o Dir::Etc::sourcelist="$W/apt/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::Lists="$W/apt/lists")
  cd "$W/debs"
  ls llvm-23-dev_*.deb >/dev/null 2>&1 || { apt-get "${sid[@]}" -qq update; apt-get "${sid[@]}" -qq download llvm-23-dev; }
  ls libzstd-dev_*.deb >/dev/null 2>&1 || apt-get -qq download libzstd-dev   # this release's own
  for d in llvm-23-dev_*.deb libzstd-dev_*.deb; do dpkg -x "$d" "$W/sid"; done

  rm -rf "$P"; mkdir -p "$P/bin" "$P/lib" "$P/include"
  cp -r "$W/sid/usr/include/llvm-23/llvm" "$W/sid/usr/include/llvm-c-23/llvm-c" "$P/include/"
  # Only these targets: X86 for the CPU compiler that cubecl-llvm always carries, NVPTX for the GPU.
  for f in Targets AsmPrinters AsmParsers Disassemblers; do
    sed -i -E '/^LLVM_[A-Z_]+\((X86|NVPTX)\)/!{/^LLVM_[A-Z_]+\(/d}' "$P/include/llvm/Config/$f.def"
  done
  # The static libraries those need, dependents first, read from LLVM's own export list.
  python3 - "$W/sid/usr/lib/llvm-23/lib/cmake/llvm/LLVMExports.cmake" > "$P/libs" <<'PY'
import re, sys
text = open(sys.argv[1]).read()
known = set(re.findall(r'add_library\((LLVM\w+) STATIC', text))
deps = {}
for name, body in re.findall(r'set_target_properties\((LLVM\w+) PROPERTIES\s+(.*?)\)\n', text, re.S):
    found = re.search(r'INTERFACE_LINK_LIBRARIES "([^"]*)"', body)
    deps[name] = [d for d in re.findall(r'LLVM\w+', found[1]) if d in known] if found else []
order, seen = [], set()
def visit(name):
    if name not in seen:
        seen.add(name)
        for d in deps.get(name, []):
            visit(d)
        order.append(name)
for root in ("Passes OrcJIT MCJIT ExecutionEngine IRReader Linker BitWriter X86CodeGen X86AsmParser "
             "X86Disassembler NVPTXCodeGen").split():
    assert "LLVM" + root in known, root
    visit("LLVM" + root)
print(*reversed(order))
PY
  for l in $(cat "$P/libs"); do cp "$W/sid/usr/lib/llvm-23/lib/lib$l.a" "$P/lib/"; done
  # The three names of glibc 2.38 that these libraries ask for, for an older one. No <stdlib.h>: under C23
  # it would turn each call into a call of itself.
  cat > "$W/isoc23.c" <<'C'
extern long strtol(const char *, char **, int);
extern long long strtoll(const char *, char **, int);
extern unsigned long long strtoull(const char *, char **, int);
long __isoc23_strtol(const char *s, char **e, int b) { return strtol(s, e, b); }
long long __isoc23_strtoll(const char *s, char **e, int b) { return strtoll(s, e, b); }
unsigned long long __isoc23_strtoull(const char *s, char **e, int b) { return strtoull(s, e, b); }
C
  cc -O2 -fPIC -c "$W/isoc23.c" -o "$W/isoc23.o" && ar rcs "$P/lib/libisoc23shim.a" "$W/isoc23.o"
  # With no .so beside them, -lz -lzstd -lstdc++ find these and link statically.
  cp "$W/sid/usr/lib/x86_64-linux-gnu/libzstd.a" "$(cc -print-file-name=libz.a)" "$(c++ -print-file-name=libstdc++.a)" "$P/lib/"
  sed -n 's/^set(LLVM_PACKAGE_VERSION \(.*\))/\1/p' "$W/sid/usr/lib/llvm-23/lib/cmake/llvm/LLVMConfig.cmake" > "$P/version"
  # In place of sid's llvm-config, which wants sid's glibc.
  cat > "$P/bin/llvm-config" <<'SH'
#!/bin/sh
p=$(cd "$(dirname "$0")/.." && pwd)
for a; do case $a in
  --link-static) ;;
  --version) cat "$p/version" ;;
  --libdir) echo "$p/lib" ;;
  --includedir) echo "$p/include" ;;
  --cflags) echo "-I$p/include -D_GNU_SOURCE -D__STDC_CONSTANT_MACROS -D__STDC_FORMAT_MACROS -D__STDC_LIMIT_MACROS" ;;
  --cxxflags) echo "-I$p/include -std=c++17 -fno-exceptions -D_GNU_SOURCE -D__STDC_CONSTANT_MACROS -D__STDC_FORMAT_MACROS -D__STDC_LIMIT_MACROS" ;;
  --libs) for l in $(cat "$p/libs") isoc23shim; do printf -- '-l%s ' "$l"; done; echo ;;
  --libnames) for l in $(cat "$p/libs") isoc23shim; do printf 'lib%s.a ' "$l"; done; echo ;;
  --system-libs) echo "-lrt -ldl -lm -lz -lzstd" ;;
  *) echo "llvm-config stand-in: no answer for $a" >&2; exit 1 ;;
esac; done
SH
  chmod +x "$P/bin/llvm-config"
  touch "$P/.tracel-llvm-installed"   # the bundler takes this for 'already installed'
}

build() {
  cd "$SRC" && cargo build --locked --release -p fpt --features "${FEATURES:-cuda,vulkan}"
}

for step in "${@:-check llvm build}"; do for s in $step; do "$s"; done; done
