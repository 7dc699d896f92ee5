"""The published rules, spelled out slowly: what spans are for conlleval and seqeval, macro F1, the repair of tags."""

Span = tuple[int, int, str]


def conlleval_spans(tags: list[str]) -> set[Span]:
    """Chunks by the two tests of the script: does one end before this word, does one start with it?"""
    found = set()
    begun: int | None = None
    before, before_kind = "O", ""
    for i, tag in enumerate([*tags, "O"]):
        part, _, kind = tag.partition("-")
        ends = before != "O" and (part in ("O", "B") or kind != before_kind)
        starts = part == "B" or (part == "I" and (before == "O" or kind != before_kind))
        if ends and begun is not None:
            found.add((begun, i, before_kind))
            begun = None
        if starts:
            begun = i
        before, before_kind = part, kind
    return found


def strict_spans(tags: list[str]) -> set[Span]:
    """A B- and the I- of the same type right behind it."""
    found = set()
    for start, tag in enumerate(tags):
        if tag[0] == "B":
            stop = start + 1
            while stop < len(tags) and tags[stop] == "I" + tag[1:]:
                stop += 1
            found.add((start, stop, tag[2:]))
    return found


def macro_f1(gold: list[str], predicted: list[str | None]) -> float:
    scores = []
    for label in {*gold, *predicted} - {None}:
        right = sum(g == p == label for g, p in zip(gold, predicted, strict=True))
        found, there = predicted.count(label), gold.count(str(label))
        precision, recall = right / found if found else 0.0, right / there if there else 0.0
        scores.append(2 * precision * recall / (precision + recall) if right else 0.0)
    return sum(scores) / len(scores)


def repaired(tags: list[str]) -> list[str]:
    """The two passes of the published code of gaschi2023, in words of our own: forward, then backward."""
    fixed = []
    for i, tag in enumerate(tags):
        orphan = tag.startswith("I") and (i == 0 or tags[i - 1] == "O")
        fixed.append("B" + tag[1:] if orphan else tag)
    kind = ""
    for i in range(len(fixed) - 1, -1, -1):
        part, _, own = fixed[i].partition("-")
        if part == "O":
            kind = ""
        elif not kind:
            kind = own if part == "I" else ""
        elif own != kind:
            fixed[i] = f"{part}-{kind}"
            if part == "B":
                kind = ""
    return fixed
