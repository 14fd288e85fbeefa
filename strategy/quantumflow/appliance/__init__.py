"""One appliance: from the configuration to running programs, and what they came to.

venue        which market: asked for, or found by trying
captures     which symbols a replay's inputs hold
data_dir     the directory of one account: claimed, locked, of one venue
ports        loopback ports, free or refused
resolve      configuration + this start's choices → one JSON document a program (pure)
care         the documents of the programs that look after it (pure)
programs     where each program lies
prepare      decides, claims, writes those documents
happenings   what supervisord says of a program, as events (pure)
supervisor   supervisord as a child: started, heard, stopped
watch        when a run is over, and whether well (pure)
status_files what programs say of themselves, and whether to believe it
follow       new fills and log lines as they are written
summary      the run in figures (pure)
screen       what is shown, to a person or as JSON lines
up           all of it in order, at a terminal
unattended   all of it in a container: becomes supervisord (contained), whose listener ends it
healthcheck  whether the page's process answers, for a container's host
silence      which program runs and says nothing (pure)
"""
