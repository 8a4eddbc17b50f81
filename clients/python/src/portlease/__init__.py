"""Leases ports from the portlease broker of this host, binds them, and keeps them until they are given back."""

from portlease._access import Tls
from portlease._client import Client
from portlease._errors import PortleaseError, from_rpc
from portlease._lease import Jeopardy, Lease
from portlease._track import LeaseState, Lost

__all__ = ["Client", "Jeopardy", "Lease", "LeaseState", "Lost", "PortleaseError", "Tls", "from_rpc"]
