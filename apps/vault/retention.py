from apps.core import retention


def register() -> None:
    reason = (
        "Purged by the rule of its owner (watchlist, staging, consent or alert), which destroys the key and"
        " deletes the blobs."
    )
    retention.exempt("vault.VaultBlob", reason)
    retention.exempt(
        "vault.VaultKey", "That a key existed and when it was destroyed; the material is never here."
    )
