"""Pictures and controls: plots, tiles, panels, widgets, and pages without a kernel."""
