"""Errors a user can act on: each message names what is wrong, its value, what is valid and the remedy."""


class FsannotError(Exception):
    """Base of every error fsannot raises on purpose. Programs print its message without a traceback."""


class InputError(FsannotError, ValueError):
    """A value, an array or an option is outside its domain."""


class DatasetError(FsannotError):
    """A dataset's folder or one of its files is missing, unreadable or inconsistent."""


class MissingWeightsError(FsannotError, FileNotFoundError):
    """Weights are not where they should be; the message says where they are published and what to set."""


class UnsafeCheckpointError(FsannotError):
    """A checkpoint holds more than tensors and plain containers; nothing of it was executed."""


class CheckpointMismatchError(FsannotError):
    """A checkpoint's tensors do not fit the network that was asked for."""


class DeviceError(FsannotError, RuntimeError):
    """The requested device, or a package it needs, is not available."""


class DeviceMemoryError(DeviceError):
    """A device has no room for even the smallest piece of work."""


class ResultsError(FsannotError):
    """A stored result is incomplete, of another version, or lacks a column."""


class StoreError(FsannotError, OSError):
    """An artefact could not be written: full disk, no permission; nothing half-written is left."""
