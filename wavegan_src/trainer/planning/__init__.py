"""What a run will take, judged before it starts: its data, memory, disk space and time.

`models/estimates.py` has the figures that follow from the configuration alone; here they meet the machine.
"""
