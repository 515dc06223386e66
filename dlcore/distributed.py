"""Data-parallel training: each worker has its rows of every minibatch, and one sum makes ∇J whole.

    with Workers() as workers:                 # train.py, which all workers run
        net = MLP([784, 256, 10]).to(workers.device)
        fit(net, loss, Adam(net.theta), X, y, checkpoint="run.safetensors", workers=workers)

    torchrun --nproc-per-node=2 --max-restarts=3 train.py

Worker r of K takes nᵣ of a minibatch's n samples, and J = Σᵣ nᵣ/n Jᵣ, ∇J = Σᵣ nᵣ/n ∇Jᵣ.  As ∇J is
one flat vector, with J at its end, the whole exchange of a step is one all-reduce.  Everybody
starts from the same θ, gets the same sum and makes the same step: θ is never sent.  Ctrl-C on any
worker stops all after the same step; a worker that dies ends the others with ``LostWorker``.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

from . import checks as check
from .backend import Array, describe, namespace, on_cpu
from .fingerprint import differences
from .network import Network

LOOK = 100  # on a GPU, which has to be waited for, a wish to stop is read in every hundredth step


class LostWorker(ConnectionError):
    """Another worker has died, or has said nothing for too long; fit adds its ``history``."""

    def __init__(self, message: str, history: Any = None):
        super().__init__(message)
        self.history = history


class Workers:
    """The processes that torchrun has started, of which this is one.

    rank, size   this is worker ``rank`` = 0 … ``size`` − 1; number 0 writes and shows progress
    device       where its network belongs: "cuda:0", … if torch sees a GPU for each worker of this
                 machine (NCCL adds up), else "torch", the CPU (gloo does)
    timeout      seconds to wait for the others; more than a step, a validation or a write takes

    Raises ImportError without torch, or where it was built without ``torch.distributed``;
    ValueError where torchrun has not started this process; LostWorker if the others do not come.
    """

    def __init__(self, timeout: float = 60.0):
        limit = timedelta(seconds=check.positive("Workers", "timeout", timeout))
        torch = check.library("Workers", "torch")
        if not torch.distributed.is_available():
            raise ImportError("Workers needs a torch that was built with torch.distributed")
        wanted = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
        if missing := [name for name in wanted if name not in os.environ]:
            command = "torchrun --nproc-per-node=2 program.py"
            got = f"no {', '.join(missing)} in the environment"
            raise ValueError(f"Workers: expected to be started by {command}, got {got}")
        self.rank, self.size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
        local, here = (int(os.environ.get(f"LOCAL_{n}", 0)) for n in ("RANK", "WORLD_SIZE"))
        gpu = torch.cuda.device_count() >= max(here, 1)
        self.device = f"cuda:{local}" if gpu else "torch"
        if gpu:
            torch.cuda.set_device(local)
        self.share, self.stop, self.sums = 1.0, False, 0
        with self._heard():
            store, *_ = next(torch.distributed.rendezvous("env://", timeout=limit))
            store, who = self._met(store, limit), dict(rank=self.rank, world_size=self.size)
            backend = "cpu:gloo,cuda:nccl" if gpu else "gloo"
            torch.distributed.init_process_group(backend, store=store, timeout=limit, **who)

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: object) -> None:
        self._engine().destroy_process_group()

    def __repr__(self):
        return f"Workers(rank={self.rank}, size={self.size})"

    def accept(self, net: Network) -> None:
        """Raise TypeError or ValueError for a network that would not train as in one process."""
        wanted = "fit: expected for workers"
        if not hasattr(net.theta, "detach"):
            remedy = "net.to(workers.device), and its optimizer after that"
            raise TypeError(f"{wanted} a network on torch, got {describe(net.theta)}: {remedy}")
        for l, layer in enumerate(net.layers):
            if l in net.frozen:  # it runs as in evaluation, sample by sample
                continue
            if layer.buffers():
                why = "each worker would have statistics of its own rows; LayerNorm has none"
                raise ValueError(f"{wanted} layers without batch statistics, got {layer}: {why}")
            if getattr(layer, "native_rng", False):
                raise ValueError(f"{wanted} noise with native_rng=False, got {layer}")
            if layer.rng is not None and not hasattr(type(layer), "rows"):
                raise ValueError(f"{wanted} the noise of dlcore.noise, got {layer}")
        self.stop = False

    def agree(self, mine: dict) -> None:
        """Raise ValueError, on all workers, unless the words of a run are the same on all."""
        found: list = [None] * self.size
        with self._heard():
            self._engine().all_gather_object(found, mine)
        told = [(r, differences(theirs, found[0], "on rank 0")) for r, theirs in enumerate(found)]
        if other := "; ".join(f"on rank {r} {differ}" for r, differ in told if differ):
            raise ValueError(f"fit: expected the same on all workers, got another {other}")

    def rows(self, n: int, net: Network) -> slice:
        """Which of n samples are this worker's.  The noise of all n is drawn, as by one process.

        Where there are more workers than samples, some have the first one, with a share of 0.
        """
        start, stop = (r * n // self.size for r in (self.rank, self.rank + 1))
        self.share = (stop - start) / n
        rows = slice(start, stop) if stop > start else slice(0, 1)
        self.divide(net, (rows, n))
        return rows

    def divide(self, net: Network, rows: Any = None) -> None:
        """Let noise be drawn for n samples and those of a slice be kept; None: draw as always."""
        for layer in net.layers:
            if layer.rng is not None:
                layer.rows = rows

    def sum(self, J: Array, g: Array, stop: bool = False) -> tuple[Array, Array]:
        """J = Σᵣ nᵣ/n Jᵣ and ∇J = Σᵣ nᵣ/n ∇Jᵣ; ``self.stop``: does anybody want to stop?"""
        xp, J = namespace(g), J[..., None]
        total = xp.concat([self.share * g, self.share * J, xp.full_like(J, stop)], axis=-1)
        with self._heard():
            self._engine().all_reduce(total)
        self.sums += 1
        if on_cpu(g) or self.sums % LOOK == 0:
            self.stop = float(total[..., -1:].sum()) > 0
        return total[..., -2], total[..., :-2]

    def broadcast(self, value: Any) -> Any:
        """The value that worker 0 has: what is decided by it is decided alike everywhere."""
        values = [value]
        with self._heard():
            self._engine().broadcast_object_list(values)
        return values[0]

    def _met(self, store, limit):
        # torchrun's store still has the addresses of workers that have died (pytorch issue 135712):
        # a new one under a name on which all who are here agree, because all have seen all.
        own, others = str(uuid4()), range(self.size)
        store.set(f"worker {self.rank}", own)
        end = monotonic() + limit.total_seconds()
        while monotonic() < end:
            here = b"".join(store.get(f"worker {r}") for r in others)
            store.set(f"seen by {self.rank}", here)
            if all(store.get(f"seen by {r}") == here for r in others):
                return self._engine().PrefixStore(here.decode(), store)
            sleep(0.01)
        raise RuntimeError(f"waited {limit.total_seconds():g} s for all to come")

    def _engine(self):
        import torch.distributed

        return torch.distributed

    @contextmanager
    def _heard(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            reason = re.sub(r"^\[[^\]]*\] |\. .*|\n.*", "", str(error), flags=re.DOTALL)
            who = f"worker {self.rank} of {self.size}"
            raise LostWorker(f"{who} has lost another ({reason})") from error
