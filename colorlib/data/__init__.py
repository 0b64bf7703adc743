"""Pictures: reading them safely, where they come from, splits, the cache of Lab tensors, downloads."""
