"""What students answer, one file a task: RIGHT in unusual ways, and WRONG with the mistake that should be recognised.

RIGHT is a list of answers that must pass.  WRONG is a list of (answer, words): the words stand in the line
"Looks like" of the explanation where the check recognises the mistake.  test_checks.py runs them all.
"""
