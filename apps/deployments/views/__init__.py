"""Pages of deployments: translation only, each makes one call to an operation or query."""
