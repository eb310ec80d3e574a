"""What a user would pick instead, each run as a program of its own:

    python peers.py NAME CORPUS OUT

reads a folder of .txt, writes OUT/corpus (what is kept) and OUT/audit (documents.jsonl, duplicates.jsonl) in the shape
that quality.py reads. rensa and datasketch run as their manuals show, on character 5-grams of the text without white
space; datatrove and data-juicer as configured for Chinese.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Iterable, Iterator

NAMES = {"rensa": "rensa", "datasketch": "datasketch", "datatrove": "datatrove", "data-juicer": "data_juicer"}
PACKAGES = {"rensa": "rensa", "datasketch": "datasketch", "datatrove": "datatrove", "data-juicer": "py-data-juicer"}
THRESHOLD = 0.6
PERMUTATIONS = 128
N = 5


def texts(root: Path) -> Iterator[tuple[str, str]]:
    """Relative path and text of each file, sorted."""
    for path in sorted(root.rglob("*.txt")):
        yield str(path.relative_to(root)), path.read_text(encoding="utf-8")


def grams(text: str) -> list[str]:
    text = "".join(text.split())
    return list({text[i : i + N] for i in range(max(1, len(text) - N + 1))})


def publish(root: Path, out: Path, paths: Iterable[str], pairs: dict[str, str | None]) -> None:
    """Copies what is kept; pairs maps a removed document to the one it resembles, where the tool tells."""
    audit = out / "audit"
    audit.mkdir(parents=True)
    with (audit / "documents.jsonl").open("w", encoding="utf-8") as documents, \
            (audit / "duplicates.jsonl").open("w", encoding="utf-8") as duplicates:
        for path in paths:
            gone = path in pairs
            row = {"path": path, "decision": "drop" if gone else "keep", "witness": pairs.get(path)}
            documents.write(json.dumps(row, ensure_ascii=False) + "\n")
            if gone and pairs[path]:
                row = {"a": path, "b": pairs[path], "relation": "near", "action": "drop"}
                duplicates.write(json.dumps(row, ensure_ascii=False) + "\n")
            if not gone:
                target = out / "corpus" / path
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(root / path, target)


def rensa(root: Path, out: Path) -> None:
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS, num_bands=32)
    kept: dict[int, RMinHash] = {}
    paths: list[str] = []
    pairs: dict[str, str | None] = {}
    for number, (path, text) in enumerate(texts(root)):
        paths.append(path)
        sketch = RMinHash(num_perm=PERMUTATIONS, seed=42)
        sketch.update(grams(text))
        found = [x for x in index.query(sketch) if sketch.jaccard(kept[x]) >= THRESHOLD]
        if found:
            pairs[path] = paths[min(found)]
        else:
            index.insert(number, sketch)
            kept[number] = sketch
    publish(root, out, paths, pairs)


def datasketch(root: Path, out: Path) -> None:
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    kept: dict[str, MinHash] = {}
    paths: list[str] = []
    pairs: dict[str, str | None] = {}
    for path, text in texts(root):
        paths.append(path)
        sketch = MinHash(num_perm=PERMUTATIONS)
        sketch.update_batch([gram.encode() for gram in grams(text)])
        found = [x for x in index.query(sketch) if sketch.jaccard(kept[x]) >= THRESHOLD]
        if found:
            pairs[path] = min(found)
        else:
            index.insert(path, sketch)
            kept[path] = sketch
    publish(root, out, paths, pairs)


def to_jsonl(root: Path, target: Path) -> list[str]:
    """The corpus as one record a line, for tools that want that."""
    target.parent.mkdir(parents=True, exist_ok=True)
    paths = []
    with target.open("w", encoding="utf-8") as file:
        for path, text in texts(root):
            paths.append(path)
            file.write(json.dumps({"id": path, "text": text}, ensure_ascii=False) + "\n")
    return paths


def kept_ids(folder: Path) -> set[str]:
    ids = set()
    for path in sorted(folder.rglob("*.jsonl")):
        if "stats" not in path.name:
            ids |= {json.loads(line)["id"] for line in path.open(encoding="utf-8") if line.strip()}
    return ids


def datatrove(root: Path, out: Path) -> None:
    """MinHash in its four steps, with the Chinese word cutter. It does not tell which document a removed one resembles."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupBuckets
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers.jsonl import JsonlWriter

    scratch = out / "scratch"
    paths = to_jsonl(root, scratch / "input/corpus.jsonl")
    config = MinhashConfig(n_grams=N)
    read = lambda: JsonlReader(str(scratch / "input"))  # noqa: E731
    steps = [
        [read(), MinhashDedupSignature(str(scratch / "signatures"), config=config, language="cmn")],
        [MinhashDedupBuckets(str(scratch / "signatures"), str(scratch / "buckets"), config=config)],
        [MinhashDedupCluster(str(scratch / "buckets"), str(scratch / "remove"), config=config)],
        [read(), MinhashDedupFilter(str(scratch / "remove")), JsonlWriter(str(scratch / "kept"), compression=None)],
    ]
    for number, step in enumerate(steps):
        tasks = config.num_buckets if number == 1 else 1
        LocalPipelineExecutor(step, tasks=tasks, workers=1, logging_dir=str(scratch / f"logs-{number}")).run()
    kept = kept_ids(scratch / "kept")
    publish(root, out, paths, {path: None for path in paths if path not in kept})
    shutil.rmtree(scratch)


def data_juicer(root: Path, out: Path) -> None:
    """MinHash on characters, as its manual advises for Chinese. It does not tell which document a removed one resembles."""
    scratch = (out / "scratch").resolve()
    paths = to_jsonl(root, scratch / "input/corpus.jsonl")
    recipe = {
        "project_name": "bench", "dataset_path": str(scratch / "input/corpus.jsonl"), "np": os.cpu_count() or 1,
        "export_path": str(scratch / "kept/kept.jsonl"), "use_cache": False, "work_dir": str(scratch),
        "process": [{"document_minhash_deduplicator": {
            "tokenization": "character", "window_size": N, "lowercase": False, "num_permutations": PERMUTATIONS,
            "jaccard_threshold": THRESHOLD}}],
    }
    (scratch / "recipe.yaml").write_text(json.dumps(recipe), encoding="utf-8")  # JSON is YAML
    command = Path(sys.executable).with_name("dj-process")
    subprocess.run([str(command), "--config", str(scratch / "recipe.yaml")], check=True)
    kept = kept_ids(scratch / "kept")
    publish(root, out, paths, {path: None for path in paths if path not in kept})
    shutil.rmtree(scratch)


RUNNERS = {"rensa": rensa, "datasketch": datasketch, "datatrove": datatrove, "data-juicer": data_juicer}


def main() -> int:
    """`--list` prints the peers this Python can import, with versions."""
    if sys.argv[1:] == ["--list"]:
        from importlib.metadata import version

        for name, module in NAMES.items():
            if importlib.util.find_spec(module):
                print(name, version(PACKAGES[name]))
        return 0
    RUNNERS[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
