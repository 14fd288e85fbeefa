"""QuantumFlow: a paper-trading appliance for crypto whose results can be checked."""
