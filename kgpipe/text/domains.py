"""Domains of web addresses."""

from collections.abc import Collection
from urllib.parse import urlsplit


def is_in_domains(url: str, domains: Collection[str]) -> bool:
    """Whether an address belongs to one of the domains, or to a subdomain of one."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return False
    parts = host.split(".")
    return any(".".join(parts[at:]) in domains for at in range(len(parts)))
