"""Networks that turn an image and clicks into object logits, with the tensor names of their published checkpoints.

Names inside these modules (``concurent``, ``my_aspp``, …) are those of the published state dicts, so that a
checkpoint loads strictly.
"""
