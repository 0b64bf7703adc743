"""A course's side of the kit: checks that name the mistake, and grading of a round."""
