"""Alphabets for constructed words: plain letters without combining marks, each a word character by any segmentation."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Script:
    """An alphabet, and punctuation of its own for languages that do not use the source's."""

    consonants: str
    vowels: str
    stop: str = "."
    comma: str = ","

    @property
    def letters(self) -> tuple[str, str]:
        """Consonants and vowels."""
        return self.consonants, self.vowels


# No letters whose lower case depends on their place (Greek sigma), none that normalisation would take apart.
SCRIPTS = {
    "latin": Script("ptkbdgmnlrsfvzhwjcx", "aeiouy"),
    "cyrillic": Script(consonants="пткбдгмнлрсфвзхжцчш", vowels="аеиоуыэ", stop="!", comma=";"),
    "greek": Script(consonants="πτκβδγμνλρφθχζξψ", vowels="αεηιου", stop="·", comma=";"),
    "armenian": Script(consonants="պտկբդգմնլրսֆվզհյժծձճղշչջխ", vowels="աեիոըէ", stop="։", comma="՝"),
    "georgian": Script(consonants="პტკბდგმნლრსფვზჰჟცჩშძწჭხქღყჯ", vowels="აეიოუ", stop="჻", comma="·"),
}
