#!/usr/bin/env bash
# What a training step moves between host and device, counted on a software Vulkan (Debian's mesa-vulkan-drivers):
#
#   FPT=target/release/fpt scripts/count_transfers.sh SHAPE [STEPS]      # a build with wgpu; micro, tiny, 4x128,32x64 ...
#
# Dispatches, copies up and down with their bytes and sizes, and waits, a step: runs of STEPS (8) and twice as many are
# compared, so that starting, tuning and warming up drop out. Once with dropout and once without: the difference is the masks.
# Needs a C compiler and the Vulkan headers (Debian's libvulkan-dev, which is looked for or downloaded and unpacked aside).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
fpt=$(realpath "${FPT:-target/release/fpt}")
shape=${1:?a shape: micro, tiny, base or LAYERSxWIDTH,BATCHxTOKENS}
steps=${2:-8}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

include=${VULKAN_HEADERS:-/usr/include}
if [ ! -f "$include/vulkan/vk_layer.h" ]; then
    (cd "$work" && apt-get -qq download libvulkan-dev && dpkg -x libvulkan-dev*.deb .)
    include=$work/usr/include
fi
cc -O2 -Wall -shared -fPIC -I"$include" -o "$work/libvulkan_count.so" "$here/vulkan_count.c" -lpthread
cat > "$work/layer.json" <<'LAYER'
{"file_format_version": "1.2.0", "layer": {"name": "VK_LAYER_FPT_count", "type": "GLOBAL",
 "library_path": "./libvulkan_count.so", "api_version": "1.3.0", "implementation_version": "1", "description": "counts"}}
LAYER

count() { # DROPOUT STEPS FILE
    VK_LAYER_PATH=$work VK_INSTANCE_LAYERS=VK_LAYER_FPT_count VULKAN_COUNT=$3 XDG_RUNTIME_DIR=$work \
        "$fpt" bench --device wgpu --shape "$shape" --dropout "$1" --steps "$2" > /dev/null 2> "$work/errors" ||
        { cat "$work/errors"; exit 1; }
}
for dropout in 0.1 0; do
    count $dropout 1 "$work/tuned.json" # kernels are compiled once, and kept
    count $dropout "$steps" "$work/$dropout-one.json"
    count $dropout $((2 * steps)) "$work/$dropout-two.json"
done

python3 - "$work" "$steps" "$shape" <<'PYTHON'
import json, pathlib, sys
work, steps = pathlib.Path(sys.argv[1]), int(sys.argv[2])
sides = {}
for dropout in ("0.1", "0"):
    one, two = (json.loads((work / f"{dropout}-{run}.json").read_text()) for run in ("one", "two"))
    side = {name: (two[name] - one[name]) / steps for name in one if not name.startswith("sizes")}
    for name in (name for name in one if name.startswith("sizes")):
        counts = {int(size): (two[name].get(size, 0) - one[name].get(size, 0)) / steps for size in two[name]}
        side[name] = {size: count for size, count in sorted(counts.items(), reverse=True) if count}
    sides[dropout] = side
print(f"{sys.argv[3]}, a step:{'dropout 0.1':>22}{'dropout 0':>14}")
for name in (name for name in sides["0"] if not name.startswith("sizes")):
    print(f"{name:22}{sides['0.1'][name]:>20,.1f}{sides['0'][name]:>14,.1f}")
named = {"micro": "2x64,32x16", "tiny": "4x128,32x64", "base": "12x768,4x64", "large": "36x1280,4x64"}
body, _, batch = named.get(sys.argv[3], sys.argv[3]).partition(",")
(_, width), (batch, tokens) = (map(int, part.split("x")) for part in (body, batch))
sites = {  # `fpt bench` makes batches of 16 numbers a token, and has heads of 32, or of 64 in wide bodies
    4 * batch * tokens * 16: "batch",
    4 * batch: "targets",
    4 * batch * width // (32 if width < 512 else 64) * tokens * tokens: "mask of attention",
    4 * batch * tokens * width: "mask of residuals or nets",
}
for dropout, side in sides.items():
    for way in ("up", "down"):
        for size, count in side[f"sizes_{way}"].items():
            print(f"{way} at dropout {dropout}: {count:6.2f} x {size:>12,} bytes  {sites.get(size, '')}")
PYTHON
