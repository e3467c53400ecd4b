#!/bin/sh
# Measures on an NVIDIA GPU, within ten minutes: `sh benchmarks/on_gpu.sh > on_gpu.txt 2>&1` in the repository's root.
#
# Correctness against the CPU; steps of `config` (d = 128, batch 128) in float32 and bfloat16, compiled and not, with the share
# of the card's matrix peak and the memory against the estimate; steps of `config_fast`. Untested: no GPU was at hand when it
# was written. What it prints belongs in docs/performance.md, with the card's name.
set -u
python=${PYTHON:-python}
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv
$python -c "import torch; print('torch', torch.__version__, 'CUDA', torch.version.cuda)"
exec timeout 600 "$python" -m benchmarks.on_gpu "$@"
