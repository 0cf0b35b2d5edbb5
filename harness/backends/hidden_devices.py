"""What hides the devices of this machine: variables by which a user says which of them are to be seen."""

import os

_VARIABLES = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "ONEAPI_DEVICE_SELECTOR")


def hidden_by() -> str:
    """Return the variables that say which devices are to be seen, as a shell writes them; mostly empty."""
    return " ".join(f"{name}={os.environ[name]!r}" for name in _VARIABLES if name in os.environ)


def no_device(library: str, kind: str, said: str) -> str:
    """Return that a library finds no device of a kind, with what it said and what may hide one."""
    hidden = hidden_by()
    told = "; ".join(filter(None, (said, f"the environment has {hidden}" if hidden else "")))
    return f"{library} finds no {kind} device" + (f": {told}" if told else "")
