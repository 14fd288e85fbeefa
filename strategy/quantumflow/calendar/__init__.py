"""When nothing may be traded by the calendar: pure functions of a configuration and a span of time.

spec     what is configured: a place, Shabbat, holidays, weekly pauses, and what is done before a pause
sun      sunset, and the end of twilight at a depth of the sun, by `astral`
rest     days of rest → pauses, from candle lighting to havdalah; Hebrew holidays by `pyluach`
weekly   "Sat 22:00 - Sun 02:00" → pauses, in a zone whose clocks may change
table    all of it → one bounded table of pauses, which the trader journals and the engine keeps

No clock is read. Everything inside is UTC; the zone says which day it is at the place, and when weekly pauses begin.
"""
