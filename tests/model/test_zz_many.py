import os, time, pytest, hypothesis, stamina, sys
from functools import partial
from hypothesis import HealthCheck, Phase
from hypothesis.stateful import run_state_machine_as_test
from django.db import transaction
from tests.model.machine import Sequences
from tests.model.salon import make_salon
FROM=int(os.environ.get("FROM","1000")); N=int(os.environ.get("N","20")); EACH=int(os.environ.get("EACH","20"))
def test_many(db, settings):
    settings.CALCOM_V2_CIRCUIT_BREAKER_ENABLED = False
    settings.CALCOM_V2_RATE_LIMIT_ENABLED = False
    settings.CALCOM_V2_CACHE_ENABLED = False
    salon = make_salon()
    seen = {}
    phases=[Phase.generate]+([Phase.shrink] if os.environ.get("SHRINK") else [])
    t=time.perf_counter(); done=0
    with stamina.set_testing(True, attempts=3):
        for n in range(FROM, FROM+N):
            wanted = hypothesis.settings(max_examples=EACH, stateful_step_count=15, deadline=None, database=None, print_blob=False, report_multiple_bugs=False, suppress_health_check=list(HealthCheck), phases=phases)
            machine = hypothesis.seed(n)(partial(Sequences, salon))
            sid = transaction.savepoint()
            try:
                run_state_machine_as_test(machine, settings=wanted)
            except BaseException as e:
                if isinstance(e, KeyboardInterrupt): raise
                tb=e.__traceback__; last=None
                while tb: 
                    if '/work/w4/' in tb.tb_frame.f_code.co_filename and 'site-packages' not in tb.tb_frame.f_code.co_filename: last=f"{tb.tb_frame.f_code.co_filename[9:]}:{tb.tb_lineno}"
                    tb=tb.tb_next
                key=(type(e).__name__, last)
                print("="*100); print("SEED",n,key, str(e)[:1500])
                if key not in seen or len(str(e.__notes__))<seen[key]:
                    seen[key]=len(str(getattr(e,'__notes__','')))
                    print("\n".join(getattr(e,'__notes__',[])))
                try: transaction.savepoint_rollback(sid)
                except Exception as x: print("rollback failed", x); break
            sys.stdout.flush()
    print("took", time.perf_counter()-t, seen)
