"""Network addresses: which are this machine's own, and which are counted as one."""

from collections.abc import Container
from ipaddress import IPv4Address, IPv6Address, ip_address


def network_of(host: str, proxies: Container[str] = ()) -> bytes:
    """The network that an address is counted by: itself for IPv4, its /64 for IPv6.

    Empty for this machine's own address, for a proxy and for an unknown address: each of them
    stands for many people.
    """
    address = _address(host)
    if address is None or address.is_loopback or host in proxies or str(address) in proxies:
        return b""
    # A subscriber of IPv6 has a whole /64.
    return address.packed[:8] if address.version == 6 else address.packed


def unmapped(client: tuple[str, int] | None) -> tuple[str, int] | None:
    """A peer's address and port as uvicorn compares them with FORWARDED_ALLOW_IPS.

    A socket for both versions has IPv4 addresses mapped into IPv6, and a proxy that is listed as
    127.0.0.1 would not be recognized as ::ffff:127.0.0.1.
    """
    if client is None or ":" not in client[0]:
        return client
    address = _address(client[0])
    return (str(address), client[1]) if address else client


def is_from_here(host: str) -> bool:
    """Whether this is an address of this machine's own loopback."""
    address = _address(host)
    return address is not None and address.is_loopback


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    # A socket for both versions has IPv4 addresses mapped into IPv6.
    return getattr(address, "ipv4_mapped", None) or address
