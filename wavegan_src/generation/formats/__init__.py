"""A trained model for other programs: its weights as safetensors, its networks as ONNX, a renderer in C.

`facts.py` says what a program must know beside the weights; `weights.py` writes both, as `safetensors.py` files;
`graphs.py` builds ONNX graphs and `onnx_file.py` writes them; `renderer/` is `streaming` once more in C99.
`docs/formats.md` describes all of it.

May import: what `generation` may.
"""
