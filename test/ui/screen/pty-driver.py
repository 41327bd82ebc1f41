"""Runs a command on a pseudo-terminal and lets a test drive it.

Usage: pty-driver.py COLUMNS ROWS COMMAND...
stdin:  one JSON object a line: {"keys": "..."} or {"columns": 100, "rows": 30}
stdout: one JSON object a line: {"output": "<base64>"} and at last {"exit": 0}
"""
import base64, fcntl, json, os, pty, select, signal, struct, sys, termios


def resize(terminal, columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def say(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


columns, rows, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
child, terminal = pty.fork()
if child == 0:
    resize(0, columns, rows)
    os.execvp(command[0], command)
resize(terminal, columns, rows)

orders = b""
sources = [terminal, 0]
while terminal in sources:
    ready, _, _ = select.select(sources, [], [])
    if terminal in ready:
        try:
            output = os.read(terminal, 65536)
        except OSError:  # Linux ends a pseudo-terminal with EIO
            output = b""
        if output:
            say({"output": base64.b64encode(output).decode()})
        else:
            sources.remove(terminal)
    if 0 in ready:
        chunk = os.read(0, 65536)
        if not chunk:  # the test is gone: so is its command
            sources.remove(0)
            os.kill(child, signal.SIGKILL)
        orders += chunk
        *complete, orders = orders.split(b"\n")
        for order in map(json.loads, complete):
            if "keys" in order:
                os.write(terminal, order["keys"].encode())
            else:
                resize(terminal, order["columns"], order["rows"])
_, status = os.waitpid(child, 0)
say({"exit": os.waitstatus_to_exitcode(status)})
