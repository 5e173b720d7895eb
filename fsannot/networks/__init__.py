"""Networks from image and clicks to object logits, with the tensor names of their published checkpoints.

Names inside these modules (``concurent``, ``my_aspp``, …) are those of the published state dicts, so that a
checkpoint loads strictly.
"""
