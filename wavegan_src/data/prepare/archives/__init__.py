"""Archives among the recordings: WebDataset tars and Parquet files, unpacked to plain files for `prepare`.

May import: data, run, utils.
"""
