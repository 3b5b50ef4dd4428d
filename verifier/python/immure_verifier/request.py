"""What a relying party asks the verifier to check."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .tables import present_edition


@dataclass
class Request:
    """The evidence file, the trusted public keys, and what the evidence must fit. None: no check."""

    evidence: Path
    keys: list[Path]
    now: int
    #: A challenge file, in the place of `nonce` and `audience`.
    challenge: Path | None = None
    nonce: str | None = None
    audience: str | None = None
    #: How many seconds ago the run may have ended; 0: any time ago.
    max_age: int = 0
    #: The oldest edition to accept; 0: the newest edition that the verifier knows.
    oldest_edition: int = 0
    #: Acceptance profiles to accept besides `packet`.
    accept: tuple[str, ...] = ()
    #: A directory that must hold exactly the signed outputs.
    artifacts: Path | None = None
    #: The digest of the input's manifest, as `immure manifest` prints it.
    input_sha256: str | None = None
    #: The path of the program, the last part of the path, or the program's SHA-256.
    program: str | None = None
    #: The arguments that the program must have had, without its name.
    arguments: tuple[str, ...] | None = None
    exit_code: int | None = None
    #: SHA-256 digests of the immure programs that may have made the evidence.
    launchers: tuple[str, ...] | None = None

    @property
    def oldest(self) -> int:
        """The number of the oldest edition to accept."""
        return self.oldest_edition or present_edition()
