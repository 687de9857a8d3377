import pytest

from kgpipe.backends.lean_repairs import Named, mend_fact


@pytest.mark.parametrize(
    ("copied", "fact", "mended"),
    [
        ("se notificaron al registro 330 casos", ("registro", "se notificaron", "330 casos"),
         ("330 casos", "se notificaron al", "registro")),
        ("se notificaron al registro otros 330 casos", ("registro", "notificaron", "330 casos"),
         None),
        ("Perú tiene las minas", ("minas", "tiene", "Perú"), ("Perú", "tiene", "minas")),
        ("oro vendido por mineros", ("mineros", "vendido", "oro"), ("mineros", "vendido", "oro")),
        ("en mayo se vendieron dragas", ("dragas", "vendieron", "mayo"),
         ("dragas", "se vendieron", "mayo")),
        ("el registro notificó al juez 330 casos", ("registro", "notificó", "330 casos"),
         ("registro", "notificó", "330 casos")),
        ("un campamento fue hallado en el parque", ("campamento", "fue hallado", "parque"),
         ("campamento", "fue hallado en", "parque")),
        ("los mineros usan el mercurio", ("mineros", "usan", "mercurio"),
         ("mineros", "usan", "mercurio")),
        ("el país cumplió, con retraso, la meta", ("país", "cumplió", "meta"),
         ("país", "cumplió", "meta")),
        ("no dice nada", ("mineros", "usan", "mercurio"), ("mineros", "usan", "mercurio")),
        ("C++ (sic) usa a*b", ("C++", "usa", "a*b"), ("C++", "usa", "a*b")),
    ],
)  # fmt: skip
def test_spanish_facts(
    copied: str, fact: tuple[str, str, str], mended: tuple[str, str, str] | None
) -> None:
    assert mend_fact(Named(*fact), copied=copied, language="es") == mended


def test_languages_without_cues_are_left_alone() -> None:
    fact = Named("Lager", "wurde gefunden", "Park")
    copied = "ein Lager wurde gefunden im Park"
    assert mend_fact(fact, copied=copied, language="de") == fact
