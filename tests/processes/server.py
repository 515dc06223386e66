"""Starts programs as processes of their own, fast: what they import is imported once, here.

    server = Server()
    process = server.start("killed", path=…, where="numpy", epochs=9)
    process.kill(); assert process.wait() == -9

The server is a process without threads, which forks for each program.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import traceback
from pathlib import Path

import numpy as np
from safetensors import safe_open

ROOT = Path(__file__).parents[2]
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TQDM_DISABLE": "1"}


class Server:
    def __init__(self, folder):
        command = [sys.executable, "-m", "tests.processes.server"]
        pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        pipes |= dict(start_new_session=True)  # what is left over is killed with the server
        self.process = subprocess.Popen(command, cwd=ROOT, env=os.environ | ONE_THREAD, **pipes)
        self.folder, self.started = folder, 0
        assert json.loads(self.process.stdout.readline()) == "ready"

    def ask(self, **request):
        print(json.dumps(request), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def start(self, name, environment=None, **arguments):
        """A program of ``programs``, as a process that can be killed and waited for."""
        self.started += 1
        log = self.folder / f"{self.started}.log"
        request = dict(name=name, **arguments)
        pid = self.ask(log=str(log), environment=environment or {}, arguments=request)
        return Process(self, pid, log)

    def workers(self, name, size=2, each=({}, {}), **arguments):
        """The same program as workers of each other, as torchrun would start them; ``each``: what
        a worker has for itself."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        common = dict(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), WORLD_SIZE=str(size))
        return [
            self.start(name, common | {"RANK": str(rank)}, workers=True, **arguments | each[rank])
            for rank in range(size)
        ]

    def close(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()


def contents(path):
    """Every bit of a checkpoint: arrays, and the text about them, in whatever order they lie."""
    with safe_open(path, framework="numpy") as file:
        return {n: file.get_tensor(n).tobytes() for n in file.keys()}, file.metadata()  # noqa: SIM118


class Process:
    def __init__(self, server, pid, log):
        self.server, self.pid, self.log, self.code = server, pid, log, None

    def signal(self, number):
        if self.code is None:
            os.kill(self.pid, number)  # whoever has ended stays a zombie until ``wait``

    def wait(self, seconds=60.0):
        """The exit code, negative for a signal; None where it has not ended in this time."""
        if self.code is None:
            self.code = self.server.ask(wait=self.pid, seconds=seconds)
        return self.code

    def text(self):
        return self.log.read_text(encoding="utf-8")


def serve():
    import filelock  # noqa: F401
    import safetensors.numpy  # noqa: F401
    import torch.distributed

    from dlcore.backend import namespace
    from tests.processes import programs

    for array in (np.zeros(1), torch.zeros(1)):
        namespace(array)  # what these import takes half a second
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if "wait" in request:
            answer = wait(request["wait"], request["seconds"])
        elif (answer := os.fork()) == 0:
            run(programs, request)
        print(json.dumps(answer), flush=True)


def wait(pid, seconds):
    end = time.monotonic() + seconds
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() >= end:
            return None
        time.sleep(0.001)


def run(programs, request):
    code = 1
    try:
        with open(request["log"], "w", encoding="utf-8") as log:
            for stream in (1, 2):
                os.dup2(log.fileno(), stream)
        os.environ |= request["environment"]
        signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where pytest is (&)
        programs.main(**request["arguments"])
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
