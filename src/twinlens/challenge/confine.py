"""Starts a program with limits on time, memory and files, and with the network closed where that works.

    python -I -S confine.py STATUS SECONDS MEMORY FILE_SIZE PROGRAM ARGUMENTS...

Standard library only. What could not be done is a line each in the file STATUS. The program then takes this
process's place: the same Python, isolated, without site packages, in an empty environment.
"""

import os
import sys

NEW_NETWORK, NEW_USER = 0x40000000, 0x10000000


def main(arguments: list[str]) -> None:
    """Set the limits and become the program."""
    status, seconds, memory, file_size, *command = arguments
    notes = [*_limited(int(seconds), int(memory), int(file_size)), *_without_network()]
    with open(status, "w", encoding="utf-8") as stream:
        stream.writelines(f"{note}\n" for note in notes)
    os.execve(sys.executable, [sys.executable, "-I", "-S", *command], {})


def _limited(seconds: int, memory: int, file_size: int) -> list[str]:
    """Set the limits; what the system refuses, in words."""
    try:
        import resource
    except ImportError:
        return ["time and memory are not limited: this system has no resource limits"]
    wanted = {
        "RLIMIT_CPU": seconds, "RLIMIT_AS": memory, "RLIMIT_FSIZE": file_size, "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": 64,
    }  # fmt: skip
    notes = []
    for name, most in wanted.items():
        try:
            resource.setrlimit(getattr(resource, name), (most, most))
        except (AttributeError, ValueError, OSError) as error:
            notes.append(f"{name} is not limited: {error}")
    return notes


def _without_network() -> list[str]:
    """Move into a network namespace of our own, which has no way out; why not, where that does not work."""
    import ctypes

    unshare = getattr(ctypes.CDLL(None, use_errno=True), "unshare", None) if os.name == "posix" else None
    if unshare is None:
        return ["the network is open: this system has no namespaces"]
    for flags in (NEW_NETWORK | NEW_USER, NEW_NETWORK):
        if unshare(flags) == 0:
            return []
    return [f"the network is open: {os.strerror(ctypes.get_errno())}"]


if __name__ == "__main__":
    main(sys.argv[1:])
