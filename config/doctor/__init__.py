"""What is wrong with an installation, and what to do about it. `manage.py doctor` prints it.

    settings     what `check --deploy` says; keys that open no stored secret
    machine      database, migrations, broker, clocks
    work         worker, beat, queues; what waits for longer than it should
    connection   of one company: its key, the webhooks at Cal.com, what waits for its people

Everything reads only. A check that breaks is a finding itself, and stops no other.
"""
