"""Pictures: where they come from, reading them safely, splits, Lab tensors, downloads."""
