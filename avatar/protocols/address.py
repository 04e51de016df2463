"""Protocols by address: ``vmc://:39539``, ``ifacialmocap://192.168.1.7``, ``openseeface://``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from avatar.errors import ConfigError
from avatar.pose import RestSkeleton
from avatar.protocols import ifacialmocap, openseeface, vmc
from avatar.protocols.receiver import LOCAL, Receiver

EVERYWHERE: Final = "0.0.0.0"
"""All of this machine's addresses: to be heard by other machines."""

PORTS: Final = {
    "vmc": vmc.MARIONETTE_PORT,
    "ifacialmocap": ifacialmocap.PORT,
    "openseeface": openseeface.PORT,
}
"""Protocol -> its usual port."""


def parse_address(address: str, default_host: str = LOCAL) -> tuple[str, str, int]:
    """Protocol, host and port of ``protocol://host:port``; host and port may be left out.

    Raises ConfigError for anything else.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"no address: {address!r}: {error}") from error
    if parts.scheme not in PORTS:
        known = ", ".join(f"{name}://host:{port}" for name, port in PORTS.items())
        raise ConfigError(f"no protocol in {address!r}: known: {known}")
    if parts.path.strip("/") or parts.query or parts.username:
        raise ConfigError(f"no address: {address!r}: write {parts.scheme}://host:port")
    usual = PORTS[parts.scheme]
    return parts.scheme, parts.hostname or default_host, usual if port is None else port


def receiver(
    address: str,
    *,
    rest: RestSkeleton | None = None,
    tell: Callable[[str], None] | None = None,
) -> Receiver:
    """A receiver, not yet open, for what is sent to ``address``.

    The host is where to listen, this machine alone if left out; for ``ifacialmocap`` it is the
    phone, which is asked to send. Raises ConfigError, or MissingExtra without python-osc.
    """
    protocol, host, port = parse_address(address)
    if protocol == "vmc":
        return vmc.VmcReceiver(host, port, rest=rest, tell=tell)
    if protocol == "openseeface":
        return openseeface.OpenSeeFaceReceiver(host, port, tell=tell)
    if host == LOCAL:
        return ifacialmocap.IFacialMocapReceiver(host, port, tell=tell)
    return ifacialmocap.IFacialMocapReceiver(EVERYWHERE, port, phone=host, tell=tell)


def sender(
    address: str, rest: RestSkeleton, *, tell: Callable[[str], None] | None = None
) -> vmc.VmcSender:
    """A sender to ``vmc://host:port``; raises ConfigError, or MissingExtra without python-osc."""
    protocol, host, port = parse_address(address)
    if protocol != "vmc":
        raise ConfigError(f"{protocol} is only received: send to vmc://host:port")
    return vmc.VmcSender(rest, host, port, tell=tell)
