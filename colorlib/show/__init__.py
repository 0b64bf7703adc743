"""Pictures and controls: plots, tiles, panels and widgets, and what a page shows without a kernel."""
