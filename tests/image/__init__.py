"""The container image, really built and run, where a Docker engine can be had."""
