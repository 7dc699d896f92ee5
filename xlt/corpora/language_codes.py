"""Which codes mean the same language: ``EN``, ``eng``, ``en_US`` and ``eng_Latn`` are ``en``, ``cmn`` is ``zh``.

The table is that of ISO 639-1 with its codes of three letters (639-3, and 639-2 where libraries have another one), and
the variety that data sets mean by a macrolanguage (``arb`` for Arabic, ``cmn`` for Chinese).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

# A code of two letters, then what else is said for it.
_CODES = """
aa aar, ab abk, ae ave, af afr, ak aka, am amh, an arg, ar ara arb, as asm, av ava, ay aym ayr, az aze azj, ba bak,
be bel, bg bul, bi bis, bm bam, bn ben, bo bod tib, br bre, bs bos, ca cat, ce che, ch cha, co cos, cr cre,
cs ces cze, cu chu, cv chv, cy cym wel, da dan, de deu ger, dv div, dz dzo, ee ewe, el ell gre, en eng, eo epo, es spa,
et est ekk, eu eus baq, fa fas per pes, ff ful fuv, fi fin, fj fij, fo fao, fr fra fre, fy fry, ga gle, gd gla, gl glg,
gn grn gug, gu guj, gv glv, ha hau, he heb iw, hi hin, ho hmo, hr hrv, ht hat, hu hun, hy hye arm, hz her, ia ina,
id ind, ie ile, ig ibo, ii iii, ik ipk, io ido, is isl ice, it ita, iu iku, ja jpn, jv jav jw, ka kat geo, kg kon,
ki kik, kj kua, kk kaz, kl kal, km khm, kn kan, ko kor, kr kau knc, ks kas, ku kur kmr, kv kom, kw cor, ky kir, la lat,
lb ltz, lg lug, li lim, ln lin, lo lao, lt lit, lu lub, lv lav lvs, mg mlg plt, mh mah, mi mri mao, mk mkd mac, ml mal,
mn mon khk, mr mar, ms msa may zsm, mt mlt, my mya bur, na nau, nb nob, nd nde, ne nep npi, ng ndo, nl nld dut, nn nno,
no nor, nr nbl, nv nav, ny nya, oc oci, oj oji, om orm gaz, or ori ory, os oss, pa pan, pi pli, pl pol, ps pus pbt,
pt por, qu que quy, rm roh, rn run, ro ron rum, ru rus, rw kin, sa san, sc srd, sd snd, se sme, sg sag, sh hbs, si sin,
sk slk slo, sl slv, sm smo, sn sna, so som, sq sqi alb, sr srp, ss ssw, st sot, su sun, sv swe, sw swa swh, ta tam,
te tel, tg tgk, th tha, ti tir, tk tuk, tl tgl fil, tn tsn, to ton, tr tur, ts tso, tt tat, tw twi, ty tah, ug uig,
uk ukr, ur urd, uz uzb uzn, ve ven, vi vie, vo vol, wa wln, wo wol, xh xho, yi yid ydd, yo yor, za zha, zh zho chi cmn,
zu zul
"""
_SAME = {code: tuple(line.split()) for line in _CODES.split(",") for code in line.split()}

# In the headers of spreadsheets and published files, and from people who do not think in codes.
_NAMES = """
ar arabic, bg bulgarian, bn bengali, ca catalan, cs czech, da danish, de german, el greek, en english, es spanish,
et estonian, fa persian farsi, fi finnish, fr french, he hebrew, hi hindi, hr croatian, hu hungarian, id indonesian,
it italian, ja japanese, ko korean, lt lithuanian, lv latvian, ms malay, nl dutch, no norwegian, pl polish,
pt portuguese, ro romanian, ru russian, sk slovak, sl slovenian, sr serbian, sv swedish, sw swahili, ta tamil, th thai,
tr turkish, uk ukrainian, ur urdu, vi vietnamese, zh chinese
"""
_NAMES_OF = {code: tuple(names) for code, *names in (line.split() for line in _NAMES.split(","))}
_NAMED = {name: code for code, names in _NAMES_OF.items() for name in names}

# The script that a text is in where its code names none; languages with two in wide use have none, all others Latin.
_SCRIPTS = {
    "arab": "ar fa ps sd ug ur", "armn": "hy", "beng": "as bn",
    "cyrl": "ab av ba be bg ce cv kk kv ky mk mn os ru tg tt uk",
    "deva": "hi mr ne sa", "ethi": "am ti", "geor": "ka", "grek": "el", "gujr": "gu", "guru": "pa", "hang": "ko",
    "hans": "zh", "hebr": "he yi", "jpan": "ja", "khmr": "km", "knda": "kn", "laoo": "lo", "mlym": "ml", "mymr": "my",
    "orya": "or", "sinh": "si", "taml": "ta", "telu": "te", "thaa": "dv", "thai": "th", "tibt": "bo dz",
}  # fmt: skip
_USUAL = {code: script for script, codes in _SCRIPTS.items() for code in codes.split()}
_OF_TWO_SCRIPTS = {"az", "ks", "ku", "sr", "uz"}
# Chinese is written as the region has it.
_CHINESE = {"cn": "hans", "sg": "hans", "hk": "hant", "mo": "hant", "tw": "hant"}


@dataclass(frozen=True, slots=True)
class _Parts:
    language: str
    script: str
    region: str
    variants: tuple[str, ...]


def same_language_codes(code: str) -> tuple[str, ...]:
    """All codes of a code's language without script and region, the shortest first: ``("de", "deu", "ger")``."""
    base = _words(code)[0]
    return _SAME.get(base, (base,))


def english_names(code: str) -> tuple[str, ...]:
    """What a code's language is called in English, in small letters; empty for one that few files name so."""
    return _NAMES_OF.get(same_language_codes(code)[0], ())


def same_language(code: str, names: Iterable[str]) -> str | None:
    """The one among some names of languages that a code means; None where none does, or more than one.

    Case, ``_`` for ``-``, and the length of the code do not matter. A region or a script that the name does not have is
    no other language where the script is the usual one: ``en_US`` and ``eng_Latn`` are ``en``, ``zh-CN`` is ``zh``, but
    ``zh-TW`` is not.
    """
    names = list(names)
    if code in names:
        return code
    for fit in (_spelled_alike, _exactly, _nearly):
        fitting = [name for name in names if fit(code, name)]
        if fitting:
            return fitting[0] if len(fitting) == 1 else None
    return None


def related(code: str, names: Iterable[str]) -> list[str]:
    """The names that are of the language of a code, or of one called so, in whatever script and region."""
    language = _NAMED.get(code.lower()) or same_language_codes(code)[0]
    return [name for name in names if same_language_codes(name)[0] == language]


def _spelled_alike(code: str, name: str) -> bool:
    return _words(code) == _words(name)


def _exactly(code: str, name: str) -> bool:
    return _parts(code) == _parts(name)


def _nearly(code: str, name: str) -> bool:
    asked, there = _parts(code), _parts(name)
    if (asked.language, asked.variants) != (there.language, there.variants):
        return False
    return there.region in ("", asked.region) and (asked.script == there.script or _usual(asked, there))


def _usual(asked: _Parts, there: _Parts) -> bool:
    # Whether the script that one of the two names goes without saying.
    (script, *other) = {asked.script, there.script} - {""}
    if other or asked.language in _OF_TWO_SCRIPTS:
        return False
    # Of a language without a code of two letters nobody knows; where there are several, none is meant.
    return len(asked.language) > 2 or script == _USUAL.get(asked.language, "latn")


def _words(code: str) -> list[str]:
    return re.split("[-_]", code.lower())


def _parts(code: str) -> _Parts:
    base, *rest = _words(code)
    language = _SAME.get(base, (base,))[0]
    scripts = [word for word in rest if len(word) == 4 and word.isalpha()]
    regions = [word for word in rest if len(word) == 2 or (len(word) == 3 and word.isdecimal())]
    variants = tuple(word for word in rest if word not in scripts and word not in regions)
    script, region = "".join(scripts[:1]), "".join(regions[:1])
    if language == "zh" and region in _CHINESE:
        script, region = script or _CHINESE[region], ""
    return _Parts(language, script, region, variants)
