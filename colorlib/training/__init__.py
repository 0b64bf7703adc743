"""From a schedule to trained networks: stages, steps, the loop, checkpoints, cross-fitting, several
processes.
"""
