"""What the oversight body asked and recommended, for other apps. Everything needs an open force context."""

from apps.oversight.queries import all_open, of_deployments, of_period, waiting_count

__all__ = ["all_open", "of_deployments", "of_period", "waiting_count"]
