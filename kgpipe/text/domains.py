"""Domains of web addresses."""

from collections.abc import Collection
from urllib.parse import urlsplit


def is_in_domains(url: str, domains: Collection[str]) -> bool:
    """Whether an address belongs to one of the domains, or to a subdomain of one."""
    parts = host_of(url).split(".")
    return any(".".join(parts[at:]) in domains for at in range(len(parts)))


def host_of(url: str) -> str:
    """The host that an address names, "" if it names none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
