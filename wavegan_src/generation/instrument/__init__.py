"""The instrument: a trained drive model as one self-contained page on which one drives its engines.

`model_data.py` turns a model into what the page reads, `page.py` packs it with `page.html`, `page.css` and the scripts
in `script/`, which are the synthesis of `models/drive` and `streaming/` once more, a car, and what one sees.

May import: what `generation` may.
"""
