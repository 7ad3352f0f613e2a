"""The one device, as JAX names it."""

from __future__ import annotations

from typing import Any

from ...errors import PolyadValueError
from ...ir import user_location, where
from ...texts import shown


class Device(str):
    """`jax.Device`: there is one, the CPU; NumPy knows it by this name."""

    __slots__ = ()
    id = 0
    platform = device_kind = "cpu"
    process_index = local_hardware_id = 0

    def __repr__(self) -> str:
        return "CpuDevice(id=0)"


CPU = Device("cpu")


def check_device(function: str, name: str, value: Any) -> None:
    """Raise `PolyadValueError` for a device that is not the CPU."""
    if value is None or (isinstance(value, str) and value in ("cpu", "cpu:0", "TFRT_CPU_0")):
        return
    raise PolyadValueError(
        f"JAX's {function}: {name} is the CPU here, not {shown(value)}{where(user_location())}\n  "
        "There is one device: leave it out, or give jax.devices()[0]."
    )


def default_backend() -> str:
    """The kind of the device."""
    return CPU.platform


def _checked(function: str, backend: Any) -> None:
    if backend not in (None, CPU.platform):
        check_device(function, "backend", backend)


def device_count(backend: Any = None) -> int:
    """The number of devices."""
    _checked("device_count", backend)
    return 1


def local_device_count(backend: Any = None) -> int:
    """The number of devices."""
    return device_count(backend)


def devices(backend: Any = None) -> list[Device]:
    """The one device."""
    _checked("devices", backend)
    return [CPU]


def local_devices(process_index: Any = None, backend: Any = None, host_id: Any = None) -> Any:
    """The one device."""
    return devices(backend)


def process_index(backend: Any = None) -> int:
    """The number of this process."""
    return 0


def process_count(backend: Any = None) -> int:
    """The number of processes."""
    return 1
