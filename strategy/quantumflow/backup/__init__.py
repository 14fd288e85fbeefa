"""A copy of an account from which it can be begun again, and the way back.

bundle     what a backup is: its files, its manifest, and whether it can be believed
risk_log   how much of core_risk's log belongs to a copy of the journal
make       a backup of a running or a stopped appliance
keep       which backups are kept
restore    a data directory from a backup

A backup is a directory of `<data-dir>/backups/`, named by its moment. It appears whole and tested, or not at all.
"""
