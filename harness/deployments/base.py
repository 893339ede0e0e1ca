"""What every kind of deployment offers to a run.

The drive takes sides by shifts. Two pools that have a lane each, with nothing in common, work in one shift and their
legs run side by side. A foreign NoETL usually has one control plane, one database and one command stream for both
pools, and both consume the same durable: a command goes to whoever asks first (spec: noetl-operations 1.4). There the
lanes are two views of one NoETL, and each side has a shift of its own in which only its pool takes work: all legs of
the reference first, then all of the candidate. Who is kept from working, and how, is the deployment's business (its
pool is not started yet, is scaled to zero, has no segment); that it worked is shown by provenance, claim by claim.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeAlias

from harness.model.deployment import DeploymentRequest
from harness.model.doctor import Site
from harness.model.lane import Lane, Side

Shift: TypeAlias = tuple[Side, ...]
"""Sides whose pools work at the same time."""

TOGETHER: tuple[Shift, ...] = (tuple(Side),)
"""For lanes that have nothing in common."""

ONE_BY_ONE: tuple[Shift, ...] = tuple((side,) for side in Side)
"""For lanes whose legs could touch each other."""


class Deployment(Protocol):
    """Two lanes that take work, shift by shift."""

    @property
    def lanes(self) -> Mapping[Side, Lane]:
        """One lane a side, also where both sides are the same pool: what is known of it before its shift."""

    @property
    def shifts(self) -> tuple[Shift, ...]:
        """Every side once, in the order in which the shifts are to be run."""

    @property
    def kept(self) -> bool:
        """Whether `up` had left it running."""

    @property
    def ours(self) -> bool:
        """Whether all of it was made by the harness and has shown that it is ready: there is nothing to examine."""

    @property
    def images(self) -> Mapping[str, str]:
        """Image and digest of each part of NoETL, where it runs in containers that can be asked; else empty."""

    async def site(self) -> Site:
        """What the place tells of itself now. Raises `HarnessError` (environment) where it does not answer."""

    def at_work(self, shift: Shift) -> AbstractAsyncContextManager[Mapping[Side, Lane]]:
        """The lanes of these sides. Inside the block their pools take work, and no pool of the deployment's that is not
        of this shift. Raises `HarnessError` (environment) where they do not."""

    async def check(self) -> None:
        """Look whether the lanes can be reached, as often as before each leg; `lost` has what can not."""

    def lost(self) -> tuple[str, ...]:
        """A line for everything that ended since it was ready; empty while all is well."""


class Target(Protocol):
    """Where pools run: what `--target` names."""

    @property
    def name(self) -> str:
        """The text that names it again on a command line. It holds no secret."""

    def pools(self, request: DeploymentRequest) -> DeploymentRequest:
        """The pools as what they are there: played by our own workers, or real."""

    def open(self, request: DeploymentRequest) -> AbstractAsyncContextManager[Deployment]:
        """Two lanes for `request`, and nothing of ours left behind them. Raises `HarnessError` (environment) when they
        can not be had, (usage) for a file that is not sound."""
