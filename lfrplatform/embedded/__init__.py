"""PostgreSQL with pgvector, Valkey and the platform's processes for one clone, from packages, without root
or Docker.

Nothing here imports Django. `python -m lfrplatform.embedded --help` is the command line.
"""

from lfrplatform.embedded.lock import AlreadyRunning
from lfrplatform.embedded.place import EmbeddedError, Place, locate
from lfrplatform.embedded.sharing import ServicesHandle, share_services, start_services
from lfrplatform.embedded.supervisor import Supervisor

__all__ = [
    "AlreadyRunning",
    "EmbeddedError",
    "Place",
    "ServicesHandle",
    "Supervisor",
    "locate",
    "share_services",
    "start_services",
]
