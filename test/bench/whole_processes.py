"""Runs whole processes in turn and tells what each took: seconds of wall time, CPU seconds of it and its threads, and
the most memory it held. Reads {"rounds", "subjects": [{"name", "argv", "env", "status"}]} from stdin; the subjects of one
round run one after the other, so that what else the machine does falls on all of them alike."""
import json
import os
import sys
import time

task = json.load(sys.stdin)
nothing = os.open(os.devnull, os.O_RDWR)
measured = {subject['name']: [] for subject in task['subjects']}
for _ in range(task['rounds']):
    for subject in task['subjects']:
        began = time.perf_counter()
        pid = os.posix_spawnp(subject['argv'][0], subject['argv'], {**os.environ, **subject.get('env', {})}, file_actions=[
            (os.POSIX_SPAWN_DUP2, nothing, 0), (os.POSIX_SPAWN_DUP2, nothing, 1), (os.POSIX_SPAWN_DUP2, nothing, 2)])
        _, status, usage = os.wait4(pid, 0)
        seconds = time.perf_counter() - began
        if os.waitstatus_to_exitcode(status) != subject.get('status', 0):
            sys.exit(f"{subject['name']} ended with {os.waitstatus_to_exitcode(status)}: {' '.join(subject['argv'])}")
        measured[subject['name']].append({'seconds': seconds, 'cpuSeconds': usage.ru_utime + usage.ru_stime, 'mebibytes': usage.ru_maxrss / 1024})
json.dump(measured, sys.stdout)
