"""The web page in the system's Chromium, over a real appliance on the generated market.

appliance  one appliance for all tests, and questions to its API
dialogs    what an operator types into them
browser    Chromium without a network of its own, pages that note every error, screenshots in .build/page
"""
