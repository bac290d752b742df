"""Execute notebooks from their text.

Each runs in a kernel of its own, in the folder ``notebooks/``; after each code cell the expressions
of the text below it are evaluated.  The twin is written only if all went well.
"""

import ast
import os
import re
import time
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from tools.render import expressions, fresh, notebooks

_USED = "__import__('sys')._used()"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class PageError(Exception):
    """A page cannot be computed: page, place and cause, in lines for people."""


async def evaluate(client: NotebookClient, asked: Iterable[str]) -> dict[str, dict]:
    """Evaluate expressions in the kernel of a client, as they stand; return its answers."""
    wanted = {each: each for each in asked}
    if not wanted:
        return {}
    reply = await client.kc.execute_interactive(
        "", silent=True, store_history=False, user_expressions=wanted, timeout=client.timeout
    )
    return reply["content"]["user_expressions"]


async def run(
    notebook: nbformat.NotebookNode, name: str, root: Path, refused: list[str] | None = None
) -> dict[str, str]:
    """Execute a notebook in place and evaluate its expressions; return digests of what it used.

    With a list for what is `refused`, cells may raise, as on a part of the panel: it then has them.

    Raises
    ------
    PageError
        A cell raised, or expressions of the page give no figure: all of them are named.
    """
    began = time.time()
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        # Kernels on this machine's loopback warn that they are not encrypted.
        extra_arguments=["--IPKernelApp.log_level=40"],
        timeout=600,
        record_timing=False,
        coalesce_streams=True,  # in how many pieces a text arrives depends on the moment
        resources={"metadata": {"path": str(root / "notebooks")}},
    )
    # Two notebooks run at a time, and more threads would wait for one another.
    own = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", **os.environ}
    own["PYTHONPATH"] = notebooks.python_path(root)
    client.create_kernel_manager()
    try:
        # Not its own set-up, which would take the program's handlers of signals away.
        await client.async_start_new_kernel(env=own)
        await client.async_start_new_kernel_client()
        given = {"root": str(root), "packages": notebooks.PACKAGES}
        watch = str(Path(__file__).with_name("opened.py"))
        await evaluate(client, [f"exec(open({watch!r}).read(), {given})"])
        failed: list[str] = []
        quoted = 0
        places = expressions.places(notebook.cells)
        for number, cell in expressions.in_turn(notebook.cells):
            if cell.cell_type == "code":
                try:
                    await _run_cell(client, cell, number, f"book/{name}.md, {places[number]}")
                except PageError as error:
                    if refused is None:
                        raise
                    refused.append(str(error))
            asked = expressions.of_cell(cell)
            quoted += len(asked)
            answers = await evaluate(client, dict.fromkeys(each for each, _ in asked))
            for expression, sentence in asked:
                try:
                    answers[expression] = expressions.plain(expressions.value(answers[expression]))
                except ValueError as error:
                    if refused:  # what a cell has not made
                        answers[expression] = expressions.plain(expressions.CANNOT)
                        continue
                    failed.append(f"  {{eval}}`{expression}` {error}\n    in: {sentence}")
            expressions.keep(cell, answers)
        if failed:
            raise PageError(
                f"book/{name}.md: {len(failed)} of {quoted} expressions\n" + "\n".join(failed)
            )
        answer = (await evaluate(client, [_USED]))[_USED]
    finally:
        if client.km.has_kernel:
            await client.km.shutdown_kernel(now=True)  # asked politely, it complains
        if client.kc is not None:
            client.kc.stop_channels()
    used = {*ast.literal_eval(answer["data"]["text/plain"]), notebooks.LOCK}
    return {name: fresh.digest(root, name, since=began) for name in used}


async def _run_cell(
    client: NotebookClient, cell: nbformat.NotebookNode, number: int, where: str
) -> None:
    try:
        await client.async_execute_cell(cell, number)
    except CellExecutionError as error:
        lines = COLOUR.sub("", error.traceback).splitlines()
        tail = [line for line in lines if line.strip()][-8:]
        raise PageError("\n".join([f"{where} raised:", *tail])) from None
    except (CellTimeoutError, DeadKernelError) as error:
        raise PageError(f"{where}: {type(error).__name__}: {str(error).splitlines()[0]}") from None
    cell.metadata.pop("execution", None)
    for output in cell.outputs:
        if output.get("name") == "stderr":
            raise PageError(f"{where} wrote to stderr:\n{output.text}")
    captioned = "table" in cell.metadata or "figure" in cell.metadata.get("mystnb", {})
    if captioned and len(cell.outputs) != 1:
        raise PageError(
            f"{where} has a caption; found {len(cell.outputs)} outputs, expected one: "
            "a last line that returns something besides the chart ends with a semicolon"
        )


async def computed(pair: notebooks.Pair) -> float:
    """Execute one notebook and write both halves; return the seconds it took.

    A `PageError` leaves both halves as they were.
    """
    began = time.perf_counter()
    written = pair.text.read_bytes()
    notebook = notebooks.read(pair)
    inputs = await run(notebook, pair.name, pair.root)
    seconds = time.perf_counter() - began
    notebooks.write(pair.twin, notebooks.serialised(notebook))
    fresh.note(pair, notebook, inputs)
    if pair.text.read_bytes() == written:  # a text that was edited meanwhile is its editor's
        notebooks.write(pair.text, notebooks.text_of(notebook))
    return seconds
