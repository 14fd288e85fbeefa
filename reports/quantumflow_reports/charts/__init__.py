"""Numbers → pictures, each in a light and a dark variant; the same numbers give the same bytes.

style    colours, fonts, sizes, the stamp, and how a figure becomes bytes
equity   equity and drawdown over time
trips    what round trips made: a histogram, and weekday × hour
realism  the same fills at mid, at touch and by the paper broker
gallery  every chart by its name
"""
