"""Kills at every named place and at random, power cuts, disk faults, damaged files: what was acknowledged stays."""
