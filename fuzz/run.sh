#!/usr/bin/env bash
# Runs every fuzz target, or those named, for so many seconds each; stops at the first crash.
# usage: fuzz/run.sh SECONDS [TARGET…]
#
# The committed corpus is where a run begins. What a run finds on its way goes into a folder of its
# own (fuzz/artifacts/corpus), which the next run goes on from.
set -euo pipefail
cd "$(dirname "$0")"

seconds=${1:?usage: fuzz/run.sh SECONDS [TARGET…]}
shift
targets=("$@")
if [ "${#targets[@]}" -eq 0 ]; then
  for file in fuzz_targets/*.rs; do
    targets+=("$(basename "$file" .rs)")
  done
fi

command -v cargo-fuzz >/dev/null || cargo install --locked cargo-fuzz

# Coverage feedback needs flags that stable hides; no sanitizer, for `unsafe` is in one crate alone.
export RUSTC_BOOTSTRAP=1
for target in "${targets[@]}"; do
  found=artifacts/corpus/$target
  mkdir -p "$found"
  cargo fuzz run -s none --fuzz-dir . "$target" "$found" "corpus/$target" -- \
    -max_total_time="$seconds" -max_len=8192 -timeout=10 -print_final_stats=1
done
