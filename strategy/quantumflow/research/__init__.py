"""Research on the appliance's own engine: data, backtests, analysis. `make research` installs what it needs."""
