"""What holds for the whole tree: one rule a file, each a function of the tree's root that answers with findings."""
