"""The API: a process of its own that looks, and hands an operator's commands to the trader.

serve            its configuration and its start
guard            who may ask and how much, before any route is looked at
who              which token, host name and page a request comes with (pure)
protocols        uvicorn's two protocols, bounded where it leaves them open
rate             token buckets by address (pure)
app              the routes put together
*_routes         the routes: journal, standing, market, records
asked            what a question may hold
models           the shapes of the answers
openapi          the description of all of it; `describe` prints it
sources          where the answers come from
looks            answers that are put together
limits           how much of each risk limit is used (pure)
board            what of the market is shown (pure)
market_reader    the one reader of market.sock
sockets          the WebSockets of WEBSOCKET.md
topics           what is told to many at once
market_teller    the market, ten times a second
state_teller     bots and portfolio
journal_tail     the one tail of the journal
metrics          figures for Prometheus
once             work that many ask for and that is done once
readiness        whether an order would be refused for a reason of the system
export           the journal page by page, to be checked elsewhere
reports          the daily reports' files
commands         the one route that changes something
page             the files of the web page, by exact name
"""
