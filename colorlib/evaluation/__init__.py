"""Which method is how good, on whom, and whether the difference is one: tables with their
intervals.
"""
