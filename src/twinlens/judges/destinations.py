"""What leaves this machine where a judge is called: to which hosts photos are sent."""

import ipaddress
from typing import Any

from twinlens.core import catalog, spec
from twinlens.core.types import Judge


def destinations(judge: str | Judge) -> tuple[str, ...]:
    """The hosts to which a judge, or that of a spec, sends photos, each once; this machine is none of them.

    A judge says so itself, by `sends_to`; of one from outside that does not, nothing is known.
    """
    made: Any = judge
    if isinstance(judge, str):
        kind = catalog.kind("judges", spec.parse(judge)[0])
        made = catalog.part("judges", judge) if hasattr(kind, "sends_to") else None
    hosts = tuple(getattr(made, "sends_to", ()))
    return tuple(dict.fromkeys(host for host in hosts if not is_this_machine(host)))


def notice(judge: str | Judge) -> str:
    """One line on what a judge sends where, "" where nothing leaves this machine."""
    hosts = " and ".join(destinations(judge))
    return f"the photos and the prompts about them are sent to {hosts}, and to no other host" if hosts else ""


def is_this_machine(host: str) -> bool:
    """Whether the name or the address of a host is that of this machine.

    >>> [is_this_machine(host) for host in ("localhost", "127.0.0.1", "::1", "192.168.0.2")]
    [True, True, True, False]
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified
