"""Where this computer's power comes from."""

import psutil


def on_battery() -> bool | None:
    """Return whether this computer runs on a battery; None where it has none, or the system does not tell."""
    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    return None if battery is None else not battery.power_plugged
