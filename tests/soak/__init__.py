"""The whole appliance for a long time at a high rate: whether anything grows or falls behind."""
