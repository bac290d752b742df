"""What students get, in one folder and as one archive: ``python -m tools.course.handout``.

Puts the student's edition and the starters, built before, beside what they need:
``_build/handout`` and ``_build/handout.zip``.
"""

import shutil
from pathlib import Path

from tools.render import book

ROOT = book.ROOT
SOURCE = Path(__file__).with_name("handout_pages")
FOLDER = ROOT / "_build" / "handout"
# Raw yearbooks are not ours to give.
_LEFT_OUT = shutil.ignore_patterns(
    "__pycache__", ".*", "raw", "make", "__main__.py", "test_*", "conftest.py", "refusals.csv"
)


def collect(student: Path, exercises: Path, target: Path) -> None:
    """Make the folder anew, from the pages and notebooks of students; anybody may read it."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(SOURCE, target, ignore=_LEFT_OUT)
    tools = ROOT / "book" / "tools"
    places = {
        "book": student, "exercises": exercises, "lib": ROOT / "lib", "data": ROOT / "data",
        "studies": ROOT / "notebooks" / "studies", "widgets": ROOT / "notebooks" / "widgets",
    }  # fmt: skip
    for name, place in places.items():
        shutil.copytree(place, target / name, ignore=_LEFT_OUT)
    (target / "tools" / "course").mkdir(parents=True)
    for name in ("__init__.py", "course/__init__.py", "course/answers.py"):  # what checks need
        shutil.copy(tools / name, target / "tools" / name)
    shutil.copy(ROOT / "LICENSE", target)
    shutil.copy(ROOT / "requirements-student.txt", target / "requirements.txt")
    for path in [target, *target.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def main() -> None:
    """Collect and pack."""
    student = ROOT / "_build" / "student"
    collect(student, ROOT / "_build" / "starters", FOLDER)
    packed = Path(shutil.make_archive(str(FOLDER), "zip", FOLDER.parent, FOLDER.name))
    size = f"{packed.stat().st_size / 1e6:.0f} MB"
    print(f"For students: {FOLDER.relative_to(ROOT)}, or {packed.name} ({size})")


if __name__ == "__main__":
    with book.ALONE:
        main()
