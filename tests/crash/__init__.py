"""Kills at every named place and at random, power cuts, disk faults, damaged and old files: what was acknowledged stays."""
