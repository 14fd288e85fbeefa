"""What a number in an answer counts, and what every answer is."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["E8", "Answer", "Display", "Lots", "Next", "Ns", "Ppm", "Refused", "Ticks", "Total"]


class Answer(BaseModel):
    """A part of an answer. It is made from rows that are right already, so nothing is converted."""

    model_config = ConfigDict(extra="ignore")


Ns = Annotated[int, Field(description="UTC nanoseconds since 1970.", examples=[1_760_000_000_123_456_789])]
E8 = Annotated[int, Field(description="10⁻⁸ of the quote currency.", examples=[741_886_992])]
Ppm = Annotated[int, Field(description="Millionths.", examples=[1_000])]
Ticks = Annotated[int, Field(description="A price in ticks of the instrument.", examples=[6_183_764])]
Lots = Annotated[int, Field(description="A quantity in lots of the instrument.", examples=[1_200])]
Total = Annotated[int, Field(description="How many, over the life of the journal.", examples=[12])]
Next = Annotated[
    int | None, Field(description="Pass it as `before` for the page that follows; null at the end.", examples=[41])
]
Display = Annotated[
    dict[str, str],
    Field(
        description="The figures beside it as exact decimals, by their names; without those of unknown units.",
        examples=[{"price": "61837.64", "qty": "0.012", "notional_e8": "742.05168"}],
    ),
]


class Problem(Answer):
    """What is wrong with one parameter or field."""

    parameter: str = Field(examples=["limit"])
    problem: str = Field(examples=["Input should be less than or equal to 500"])


class Refused(Answer):
    """Every refusal: its name, and for some what belongs to it. The log of the process has the rest."""

    error: str = Field(description="The refusal's name.", examples=["bad_request"])
    detail: list[Problem] | str | None = Field(default=None, description="What was wrong, where there is more to say.")
