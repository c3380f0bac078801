#!/usr/bin/env python3
"""Runs the Python of docs/identity.md, and compares what it computes with the tables of that page.

Nothing of ours is involved but the page: the hash is that of the package `xxhash`, which is installed into a virtual
environment under target/ where this Python does not have it.
"""

import itertools
import pathlib
import re
import subprocess
import sys
import uuid
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "identity.md"
ENVIRONMENT = ROOT / "target" / "identity-venv"
REQUIREMENT = "xxhash>=2,<5"


def main() -> None:
    try:
        import xxhash  # noqa: F401
    except ImportError:
        sys.exit(run_in_environment())

    page = PAGE.read_text(encoding="utf-8")
    code = {}
    exec(compile(snippet(page), f"the Python of {PAGE.name}", "exec"), code)
    trace_id, root_span_id = code["trace_id"], code["root_span_id"]
    execution_span_id, traceparent = code["execution_span_id"], code["traceparent"]

    checked = 0

    def check(what: str, page_says: str, computed: str) -> None:
        nonlocal checked
        if page_says != computed:
            sys.exit(f"{PAGE}: {what}: the page says {page_says}, Python computes {computed}")
        checked += 1

    for task, _, trace, root in rows(page, "tasks"):
        check(f"trace id of {task}", trace, trace_id(uuid.UUID(task)))
        check(f"root of {task}", root, root_span_id(uuid.UUID(task)))
    for step, attempt, hashed, span in rows(page, "executions"):
        check(f"bytes of {step} {attempt}", hashed, (uuid.UUID(step).bytes + int(attempt).to_bytes(4, "big")).hex())
        check(f"attempt {attempt} at {step}", span, execution_span_id(uuid.UUID(step), int(attempt)))
    for task, left, entered, micros, span in rows(page, "transitions"):
        computed = code["transition_span_id"](uuid.UUID(task), left, entered, int(micros))
        check(f"transition of {task} from {left} to {entered}", span, computed)
    for step, *numbers, hashed, span in rows(page, "later executions"):
        numbers = [int(number) for number in numbers]
        expected = uuid.UUID(step).bytes + b"".join(number.to_bytes(4, "big") for number in numbers)
        check(f"bytes of {step} {numbers}", hashed, expected.hex())
        check(f"execution {numbers} of {step}", span, execution_span_id(uuid.UUID(step), *numbers))
    for step, randomness in rows(page, "randomness"):
        check(f"randomness of {step}", randomness, code["step_randomness"](uuid.UUID(step)))
    for task, step, attempt, header in rows(page, "traceparents"):
        parent = execution_span_id(uuid.UUID(step), int(attempt))
        check(f"traceparent of {task}, {step}", header, traceparent(trace_id(uuid.UUID(task)), parent))
    ids = [uuid.UUID(row[0]) for row in rows(page, "tasks")]
    member = re.search(r"^`(tasker=\S+)`", page, re.MULTILINE)
    check("the member of `tracestate`", member[1] if member else "nothing", code["tracestate"](*ids[:2], "team a"))
    print(f"{PAGE.name}: Python computes the same {checked} values")


def snippet(page: str) -> str:
    """The page's blocks of Python, as one program."""
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    if not blocks:
        sys.exit(f"{PAGE}: no block of Python")
    return "\n".join(blocks)


def rows(page: str, name: str) -> list[list[str]]:
    """The rows of the table after `<!-- vectors: NAME -->`, without its heading."""
    _, marker, rest = page.partition(f"<!-- vectors: {name} -->\n\n")
    table = list(itertools.takewhile(lambda line: line.startswith("|"), rest.splitlines()))[2:]
    cells = [[cell.strip(" `") for cell in row.strip("|").split("|")] for row in table]
    if not marker or not cells:
        sys.exit(f"{PAGE}: there is no table of {name}")
    return cells


def run_in_environment() -> int:
    """This script again, by a Python that has `xxhash`."""
    if pathlib.Path(sys.prefix) == ENVIRONMENT:
        sys.exit(f"{ENVIRONMENT} has no xxhash: remove it, and try again")
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        venv.create(ENVIRONMENT, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", REQUIREMENT], check=True)
    return subprocess.run([python, __file__], check=False).returncode


if __name__ == "__main__":
    main()
