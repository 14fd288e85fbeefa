"""Telegram: what happens, told to the configured chats, and commands from those who may give them.

A program of its own, off unless configured: it reads the journal and the status files, and nothing waits for it.

settings   run/telegram.json and the token
texts      lines → HTML messages of bounded length, each with its key (pure)
digest     any number of events → few lines (pure)
outbox     what was told, what is on its way: durable, at least once, in order
gather     what there is to tell since then, from the journal and from upkeep's notices
call       one call of the Bot API: bounded, repeated with back-off, retry_after obeyed
deliver    the outbox to every chat
commands   an update → who asks for what, or why it is not heard (pure)
answers    the read-only answers
operate    pause, resume and the two-step kill
listen     updates, one after the other
metrics    figures for Prometheus
program    all of it, until SIGTERM
"""
