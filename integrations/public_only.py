"""Connections to public addresses only: what a configured name resolves to may be ours inside."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from urllib3.exceptions import NewConnectionError

from integrations.time_limit import TLSConnection, TLSPool, WatchedAdapter

NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether the world reaches it, also where an IPv4 address is wrapped in it."""
    found = ip_address(address.partition("%")[0])
    return all(each.is_global and not each.is_multicast for each in (found, *_wrapped(found)))


def _wrapped(found: IPv4Address | IPv6Address) -> tuple[IPv4Address, ...]:
    if isinstance(found, IPv4Address):
        return ()
    inside = [found.ipv4_mapped, found.sixtofour, *(found.teredo or ())]
    if found in NAT64:
        inside.append(IPv4Address(int(found) & 0xFFFFFFFF))
    return tuple(each for each in inside if each is not None)


class _PublicConnection(TLSConnection):
    """Looks at who answered, so that no second look-up of the name can tell another address."""

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        if is_public(str(connected.getpeername()[0])):
            return connected
        connected.close()
        raise NewConnectionError(self, "not a public address")


class _PublicPool(TLSPool):
    """https to public addresses."""

    ConnectionCls = _PublicConnection


class PublicOnlyAdapter(WatchedAdapter):
    """Mounted for https; speaks it with public addresses only."""

    tls_pool = _PublicPool
