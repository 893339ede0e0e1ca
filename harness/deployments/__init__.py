"""Where pools run, behind one Protocol."""
