"""The answers for an op as they stand while its run goes on."""

from harness.answers.crossover import crossovers_of
from harness.answers.labels import relabelled, shown_labels
from harness.model import TIMED, Verdict
from harness.runs.decisions import ratios_of
from harness.runs.findings import OpFindings
from harness.runs.job import Job
from harness.runs.progress import Standing
from harness.sentences.backend_answers import answer, by_backend
from harness.sentences.curves import curves, without_provisional


def standings(findings: OpFindings, job: Job) -> tuple[Standing, ...]:
    """Return a line per backend of what the rounds so far say, the fastest first."""
    timed = {cell.case.backend for cell in findings.cells() if cell.status in TIMED}
    if len(timed) == 1 or job.settings.baseline not in timed:
        return ()
    shown = shown_labels(cell.case.backend for cell in findings.cells())
    ratios = relabelled(ratios_of([findings], job, looks=1), shown)
    return tuple(
        Standing(
            op=findings.op.name,
            backend=backend,
            # That what stands so far is provisional goes without saying.
            sentence=answer({span: without_provisional(curve) for span, curve in spans.items()}),
            cells=sum(len(curve.points) for curve in spans.values()),
            decided=sum(
                point.verdict != Verdict.UNSURE for curve in spans.values() for point in curve.points
            ),
            rounds=findings.rounds(),
        )
        for backends in by_backend(
            curves(ratios, crossovers_of(ratios), counts_elements=findings.op.counts_elements)
        ).values()
        for backend, spans in backends.items()
    )
