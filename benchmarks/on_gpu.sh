#!/bin/sh
# Measures on an NVIDIA GPU, within ten minutes: `sh benchmarks/on_gpu.sh > on_gpu.txt 2>&1` in the repository's root.
#
# Correctness against the CPU; steps of `config` (d = 128, batch 128) in float32 and bfloat16, compiled and not, with the share
# of the card's matrix peak and the memory against the estimate; steps of `config_fast`. What it prints belongs in
# docs/performance.md, with the card's name. It was never run on a GPU: none was at hand.
#
# `sh benchmarks/on_gpu.sh --dry-run` does the same on a CPU in tiny sizes, to try the script; its figures mean nothing.
set -u
python=${PYTHON:-python}
case " $* " in
*" --dry-run "*) echo "a dry run on the CPU: no figure of it means anything" ;;
*) nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv || exit ;;
esac
"$python" -c "import torch; print('torch', torch.__version__, 'CUDA', torch.version.cuda)"
exec timeout 600 "$python" -m benchmarks.on_gpu "$@"
