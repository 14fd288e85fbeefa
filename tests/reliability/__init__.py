"""What the tests of reliability found, case by case, and the page that says it: docs/RELIABILITY.md."""
