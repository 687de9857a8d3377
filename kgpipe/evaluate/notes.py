"""What a reader must know before quoting a figure of the report."""

from collections.abc import Sequence

from kgpipe.evaluate.sample import WholeGraph
from kgpipe.evaluate.verification import VerificationScores

# Below this many labelled claims or documents, a report says that it is a demonstration.
SMALL_SAMPLE_CLAIMS = 400
SMALL_SAMPLE_DOCUMENTS = 30


def write_notes(
    documents: int | None,
    verification: Sequence[VerificationScores],
    whole: WholeGraph | None,
) -> tuple[str, ...]:
    """The notes, the most important first; `documents` is the number of those with gold."""
    notes = []
    judged = max((scores.judged for scores in verification), default=0)
    few_documents = documents is not None and documents < SMALL_SAMPLE_DOCUMENTS
    if few_documents or 0 < judged < SMALL_SAMPLE_CLAIMS:
        sizes = [f"{documents} documents"] if documents is not None else []
        sizes += [f"{judged} judged claims"] if judged else []
        notes.append(
            f"Small sample ({', '.join(sizes)}): these figures show that the pipeline works and "
            "where it fails. They are a demonstration, not a claim of accuracy on other documents."
        )
    if documents is not None:
        notes.append(
            "Extraction: strict means equal subject, predicate, object and negation after "
            "normalisation; partial means that at least half of the words of each part are shared, "
            "with the same negation and no contradicting number. Each fact is matched at most once."
        )
    if verification:
        notes.append(
            "Verification: a claim is decided where machine and people both call it supported or "
            "refuted. A machine's unclear is an abstention. Failed searches and model calls are no "
            "verdicts; they are counted apart."
        )
        notes.append(
            "Labels that were chosen, the doubtful facts first or the facts that stand in gold, "
            "say how verdicts do on them. For all facts, read the estimate from a random sample."
        )
    if documents is not None or verification:
        notes.append(
            "Intervals are 95 %: Wilson for single shares, else a bootstrap of 1,000 resamples "
            "that draws whole groups (documents, or the group column of the labels). With fewer "
            "than about ten groups they are too narrow: there read Wilson's. A share that is 0 or "
            "1 in every group has none by bootstrap, but Clopper and Pearson's over the groups "
            "(marked exact); other figures that never vary have none."
        )
    else:
        notes.append(
            "No gold was given: this counts what was found; how much of it is right, it cannot say."
        )
    if whole is not None and whole.true is not None:
        notes.append(_explain_sample(whole))
    return tuple(notes)


def _explain_sample(whole: WholeGraph) -> str:
    if whole.fitted:
        return (
            "All facts: estimated from the labels alone, since the probabilities come from a model "
            "that was fitted on labels, perhaps on these."
        )
    return (
        "All facts: prediction-powered estimates add the machine's probabilities of all facts to "
        "the labels of the random sample, which correct them (Angelopoulos et al. 2023). They are "
        "valid however wrong the probabilities are; good ones make the interval narrower."
    )
