"""Tiny datasets in the official folder layouts, generated below a given folder.

Pictures are generated scenes, so that edges, partitions and features have something to find in them.
"""

from tests.fakes.datasets import (
    write_fake_camvid,
    write_fake_cityscapes,
    write_fake_data_root,
    write_fake_davis,
    write_fake_davis_archive,
    write_fake_folder,
    write_fake_icoseg,
    write_fake_rooftop,
)

__all__ = [
    "write_fake_camvid",
    "write_fake_cityscapes",
    "write_fake_data_root",
    "write_fake_davis",
    "write_fake_davis_archive",
    "write_fake_folder",
    "write_fake_icoseg",
    "write_fake_rooftop",
]
