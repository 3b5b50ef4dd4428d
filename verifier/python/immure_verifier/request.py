"""What a relying party asks about a piece of evidence."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .tables import present_edition


@dataclass
class Request:
    """The evidence, the trusted keys, and what the evidence must fit."""

    evidence: Path
    keys: list[Path]
    now: int
    #: A challenge in place of nonce and audience.
    challenge: Path | None = None
    nonce: str | None = None
    audience: str | None = None
    #: Seconds; 0: any age.
    max_age: int = 0
    #: 0: the present edition.
    oldest_edition: int = 0
    #: Acceptance profiles that are accepted besides `packet`.
    accept: tuple[str, ...] = ()
    #: A directory that must hold exactly the signed outputs.
    artifacts: Path | None = None
    #: The digest of the input's manifest, as `immure manifest` prints it.
    input_sha256: str | None = None
    #: A path, a name or a SHA-256 of the program.
    program: str | None = None
    #: The program's arguments.
    arguments: tuple[str, ...] | None = None
    exit_code: int | None = None

    @property
    def oldest(self) -> int:
        """The oldest edition that is accepted."""
        return self.oldest_edition or present_edition()
