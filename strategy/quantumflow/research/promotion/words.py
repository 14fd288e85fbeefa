"""How likely luck is, in words. Pure."""

from quantumflow.research.promotion.chance import Chance

__all__ = ["NOT_KNOWN", "luck_sentence", "share_text"]

NOT_KNOWN = (
    "It does not know of searches whose ledgers are elsewhere, of what was chosen by eye before (the regimes, the"
    " ranges of the space), nor of markets unlike those of the data; costs are as the space has them."
)


def luck_sentence(chance: Chance, configurations: int) -> str:
    """One regime's chance with how it was derived, in words that a trader reads aloud."""
    if chance.place is None:
        return f"chance that this is luck: 100 % – in {chance.regime} no configuration traded enough to say anything."
    parts = (
        f"reality check {share_text(chance.reality)}, deflated Sharpe {share_text(chance.deflated)}, choice before each"
        f" fold {share_text(chance.walk_forward)}"
    )
    over = (
        ""
        if chance.overfitting is None
        else f" What is best in one half of the time is below the middle in the other half in"
        f" {share_text(chance.overfitting)} of the ways to halve it (PBO)."
    )
    return (
        f"chance that this is luck: {share_text(chance.luck)} – had nothing an edge, so often would the best of"
        f" {configurations:,} configurations in four regimes look at least as good as this one in {chance.regime}."
        f" The largest of three: {parts}.{over}"
    )


def share_text(share: float) -> str:
    """38 %; 0.4 %; below 0.1 %."""
    if share < 0.001:
        return "below 0.1 %"
    return f"{share * 100:.1f} %" if share < 0.0995 else f"{share * 100:.0f} %"
