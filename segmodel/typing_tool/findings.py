"""Sentences about batteries: what they do, and what one person's answers tell."""

from __future__ import annotations

from segmodel.formats import count_word, listed, number, sentence_case, share, share_range
from segmodel.typing_tool.battery import Battery, Told

_REASONS = 3
_LEAST = 0.05
"""What an answer must add to be named as a reason: less than a twentieth of a unit of log odds is nothing."""


def finding(battery: Battery) -> str:
    """Return what a battery does, in a sentence."""
    asked = len(battery.questions)
    questions = "question" if asked == 1 else "questions"
    found = battery.accuracy
    count = sentence_case(count_word(asked))
    if found.hit_rate_low <= battery.largest_share:
        verb = "does" if asked == 1 else "do"
        return f"{count} {questions} {verb} no better than always guessing the largest segment"
    verb = "tells" if asked == 1 else "tell"
    return f"{count} {questions} {verb} the segment of {share(found.hit_rate)} of people they have not seen"


def standing(battery: Battery) -> str:
    """Return how good that is, against guessing and against asking everything."""
    found = battery.accuracy
    between = share_range(found.hit_rate_low, found.hit_rate_high)
    told = (
        f"95% interval {between}, of {number(found.n)} {people(battery)} who neither chose the questions nor "
        f"fitted the formula; always guessing the largest segment puts {share(battery.largest_share)} right"
    )
    if battery.all_hit_rate is not None:
        told += f", asking all {battery.all_questions} questions {share(battery.all_hit_rate)}"
    sure = found.sure_hit_rate
    if sure is None:
        return (
            f"{told}. {share(found.unsure_share)} of answers are unsure (under {share(found.unsure_below)} probable)."
        )
    return (
        f"{told}. {share(found.unsure_share)} of answers are unsure (under {share(found.unsure_below)} probable); "
        f"of the others {share(sure)} are right."
    )


def weakest(battery: Battery) -> str:
    """Return which segment is told worst, in a sentence."""
    worst = min(battery.accuracy.segments, key=lambda segment: segment.recall)
    return f"{battery.name(worst.segment)} is told worst: {share(worst.recall)} of its {people(battery)} are put right."


def people(battery: Battery) -> str:
    """Return what those it was found among are called."""
    return "respondents" if battery.source == "survey" else "customers"


def answer(battery: Battery, told: Told) -> str:
    """Return what one person's answers tell, in a sentence."""
    first, second = battery.name(told.segment), battery.name(told.runner_up)
    probability, other = share(told.probability), share(told.runner_up_probability)
    if told.is_unsure:
        return f"Unsure: {first} ({probability}) or {second} ({other})"
    return f"{first}, {probability} probable; next is {second} with {other}"


def reasons(battery: Battery, told: Told) -> tuple[str, ...]:
    """Return why, in sentences: what spoke for the segment told against the runner-up, and the other way."""
    first, second = battery.name(told.segment), battery.name(told.runner_up)
    pro = [
        f"“{reason.question.wording}”: {reason.answer}" for reason in told.reasons[:_REASONS] if reason.weight >= _LEAST
    ]
    contra = [
        f"“{reason.question.wording}”: {reason.answer}" for reason in told.against[:1] if -reason.weight >= _LEAST
    ]
    sentences = []
    if pro:
        sentences.append(f"For {first} rather than {second} speaks {listed(pro)}.")
    else:
        sentences.append(
            f"No answer speaks clearly for {first} rather than {second}: it is the more frequent of the two."
        )
    if contra:
        sentences.append(f"Against it speaks {contra[0]}.")
    asked = len(battery.questions)
    if told.answered < asked:
        how = {
            "lda": "the others are left out of the formula, which allows for all they could have been",
            "naive_bayes": "the others count for nothing",
            "logistic": "the others count as average answers",
        }[battery.rule.method]
        sentences.append(f"{told.answered} of {asked} questions are answered; {how}.")
    return tuple(sentences)
