"""What an operator may tell the appliance, and how it gets to the trader.

request    a command as it is sent, and what of it is refused by name
standing   what all commands so far amount to: who is paused, what is killed, what core_risk must know of it
kill_file  the kill switch that needs no program: a file on the volume
client     the way to a running trader; the command line, the web and every other door use it

A command is journaled with the last frame's seq before it is applied, and answered after it is: a replay gives it again
at the same place. Its key is made by whoever sends it; the same key with the same content gets the same answer.
"""
