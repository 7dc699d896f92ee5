#!/bin/sh
# What realignment does to an encoder, as two papers look at it. Cao et al. (2020): words search their translations in whole
# corpora, in context and as types (Table 3), by part of speech (Table 4), by the difference of frequency ranks (Figure 3).
# Veitsman et al. (2026): sentences search theirs, by groups of languages (Table 2); distances by layer (Figure 1).
#
#     sh examples/retrieval.sh DATA ENCODER [FOLDER]
#
# DATA holds parallel/bible/LANG.tsv.gz (verse TAB text), from which FastAlign takes the pairs of realignment; to be
# scored, word_alignment/xl_wa/en-LANG.{dev,test}.tsv (gold links) or else parallel/ntrex128/ntrex128.tsv.gz (a column per
# language, links by FastAlign), ud/UD_*-PUD (parallel treebanks), sib200/LANG/{train,dev,test}.tsv (index_id, category,
# text) and dictionaries/muse. ENCODER is a checkpoint folder or hub name. TARGETS, STEPS, RATE, DTYPE (of training),
# SENTENCES (of each text that is scored) and GROUPS_FILE (lines src_lang,tgt_lang,group) may be set outside. Started again,
# it goes on where it stopped: what is there already is not made again.
set -eu
DATA=$(cd "$1" && pwd)
ENCODER=$2
if [ -d "$ENCODER" ]; then ENCODER=$(cd "$ENCODER" && pwd); fi
if [ -n "${GROUPS_FILE:-}" ]; then GROUPS_FILE=$(cd "$(dirname "$GROUPS_FILE")" && pwd)/$(basename "$GROUPS_FILE"); fi
mkdir -p "${3:-retrieval}"
cd "${3:-retrieval}"

TARGETS=${TARGETS:-"es fr ru it ar zh"}
SENTENCES=${SENTENCES:-500}
BIBLE="$DATA/parallel/bible/{lang}.tsv.gz"
FASTALIGN="-q --force --aligner fastalign --symmetrise intersect --lowercase --strip-diacritics"
TAB=$(printf '\t')

for t in $TARGETS; do
  # Some verses are held out, for scores of one's own in the text of training.
  # shellcheck disable=SC2086
  [ -e "bible-$t.parquet" ] ||
    xlt extract-pairs $FASTALIGN --join-key --corpus "$BIBLE" --keep-empty --hold-out "$SENTENCES" -o "bible-$t.parquet" en "$t"

  if [ -e "test-$t.parquet" ]; then
    :
  elif [ -e "$DATA/word_alignment/xl_wa/en-$t.test.tsv" ]; then
    cat "$DATA/word_alignment/xl_wa/en-$t.dev.tsv" "$DATA/word_alignment/xl_wa/en-$t.test.tsv" >gold.tsv
    cut -f 1,2 gold.tsv >words.tsv
    cut -f 3 gold.tsv >words.links
    xlt extract-pairs -q --force --pretokenized --keep-empty --corpus words.tsv --links words.links \
      -o "test-$t.parquet" en "$t"
  else
    # FastAlign learns little from a few hundred sentences: it is trained on these with the verses.
    gzip -dc "$DATA/parallel/ntrex128/ntrex128.tsv.gz" | awk -F '\t' -v t="$t" -v n="$SENTENCES" '
      NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
      NR <= n + 1 { print $at["en"] "\t" $at[t] }' >text.tsv
    for l in en "$t"; do
      gzip -dc "$DATA/parallel/bible/$l.tsv.gz" | LC_ALL=C sort -t "$TAB" -k 1,1 >"verses.$l"
    done
    LC_ALL=C join -t "$TAB" verses.en "verses.$t" | cut -f 2,3 | cat text.tsv - >both.tsv
    # shellcheck disable=SC2086
    {
      xlt extract-pairs $FASTALIGN --corpus both.tsv --save-priors priors.parquet -o both.parquet en "$t"
      xlt extract-pairs $FASTALIGN --corpus text.tsv --load-priors priors.parquet --keep-empty -o "test-$t.parquet" en "$t"
    }
  fi

  if [ ! -e "pud-$t.parquet" ]; then
    PUD=$(echo "$DATA"/ud/UD_*-PUD/en_pud-ud-test.conllu.gz),$(echo "$DATA"/ud/UD_*-PUD/"$t"_pud-ud-test.conllu.gz)
    # shellcheck disable=SC2086
    {
      xlt extract-pairs $FASTALIGN --corpus "$PUD" --save-priors priors.parquet -o both.parquet en "$t"
      xlt extract-pairs $FASTALIGN --corpus "$PUD" --load-priors priors.parquet --limit "$SENTENCES" --keep-empty \
        --keep-identical -o "pud-$t.parquet" en "$t"
    }
  fi
  [ -e "entries-$t.parquet" ] ||
    xlt extract-pairs -q --entries --dict "$DATA/dictionaries/muse" --dict-split test -o "entries-$t.parquet" en "$t"
done

# Pairs of languages whose sentences are compared, and the groups over which scores are averaged: the same in spirit as
# those of the paper, for languages of the Bibles.
if [ -n "${GROUPS_FILE:-}" ]; then cp "$GROUPS_FILE" groups.csv; else cat >groups.csv <<'END'; fi
src_lang,tgt_lang,group
en,es,1 aligned with English
en,fr,1 aligned with English
en,it,1 aligned with English
en,ru,1 aligned with English
en,ar,1 aligned with English
en,zh,1 aligned with English
en,nl,2 other with English
en,de,2 other with English
en,bg,2 other with English
en,kk,2 other with English
es,fr,3 both aligned; same script
es,it,3 both aligned; same script
fr,it,3 both aligned; same script
es,ru,4 both aligned; other script
ru,ar,4 both aligned; other script
fr,zh,4 both aligned; other script
nl,de,5 none aligned
bg,kk,5 none aligned
hi,el,5 none aligned
END
for l in $(sed 1d groups.csv | cut -d , -f 1,2 | tr , '\n' | sort -u); do
  for part in train dev test; do sed 1d "$DATA/sib200/$l/$part.tsv" | cut -f 1,3; done >"sib-$l.tsv"
done
sed 1d groups.csv | while IFS=, read -r s t group; do
  [ -e "sentences-$s-$t.parquet" ] ||
    xlt extract-pairs -q --aligner none --join-key --corpus 'sib-{lang}.tsv' --limit "$SENTENCES" \
      -o "sentences-$s-$t.parquet" "$s" "$t"
done

xlt realign --resume --loss l2 --keep src --steps "${STEPS:-400}" --lr "${RATE:-5e-4}" --dtype "${DTYPE:-bfloat16}" \
  -o realigned "$ENCODER" ./bible-??.parquet

SEEN=$(for t in $TARGETS; do echo "--unseen bible-$t.parquet"; done)
COUNTED=$(for t in $TARGETS; do echo "--counts-from bible-$t.parquet"; done)
TAGGED=$(for t in $TARGETS; do echo "--pairs pud-$t.parquet"; done)
# score NAME SYSTEM PATTERN-OF-PAIRS OPTION...
score() {
  name=$1 m=$2 pairs=$3
  shift 3
  if [ -e "$name-$m.jsonl" ]; then return; fi
  model=$m
  if [ "$m" = base ]; then model=$ENCODER; fi
  xlt align-score -q --force --direction mean --tag "system=$m" -o "$name-$m.jsonl" "$@" "$model" "$pairs"
}
WORDS="--pool last --candidates"
for m in base realigned; do
  # shellcheck disable=SC2086
  {
    score corpus $m 'test-??.parquet' $WORDS corpus $SEEN
    score types $m 'test-??.parquet' $WORDS types $SEEN
    score pud-corpus $m 'pud-??.parquet' $WORDS corpus --layers -1 --per-item pud-corpus-$m.parquet
    score pud-types $m 'pud-??.parquet' $WORDS types --layers -1 --per-item pud-types-$m.parquet
    score sentences $m 'sentences-??-??.parquet' --unit sentence --measure accuracy,accuracy@5,accuracy@10,cosine,distance
    score entries $m 'entries-??.parquet' --measure distance --pool mean --n-pairs 0 --strength weak
  }
done
# shellcheck disable=SC2086
{
  xlt report breakdown -q --force --by tag $TAGGED -o tags.jsonl pud-types-*.parquet
  xlt report breakdown -q --force --by rank-difference $COUNTED -o ranks.parquet pud-corpus-*.parquet
}
xlt convert --force ranks.parquet ranks.jsonl
xlt report figure breakdown --force -o ranks.svg ranks.parquet

# columns NAMES FILE...: these columns of JSON lines of xlt, between tabs; of two directions their mean.
columns() {
  names=$1
  shift
  cat "$@" | awk -v names="$names" '
    function get(name, cell) {
      if (!match($0, "\"" name "\": *(\"[^\"]*\"|[^,}]*)")) return ""
      cell = substr($0, RSTART, RLENGTH)
      sub(/^"[^"]*": */, "", cell)
      gsub(/"/, "", cell)
      return cell == "null" ? "all" : cell
    }
    get("direction") != "src-tgt" && get("direction") != "tgt-src" {
      n = split(names, name, " ")
      line = get(name[1])
      for (i = 2; i <= n; i++) line = line "\t" get(name[i])
      print line
    }'
}

# table HEADS [SCALE]: a Markdown table of what columns gives, whose last two are the column of a cell and a number;
# cells with several numbers have their mean, and so has each line.
table() {
  awk -F '\t' -v heads="$1" -v scale="${2:-100}" '
    {
      line = "|"
      for (i = 1; i < NF - 1; i++) line = line " " $i " |"
      if (!(line in lines)) { lines[line]; order[++m] = line }
      if (!($(NF - 1) in at)) { at[$(NF - 1)] = ++n; column[n] = $(NF - 1) }
      sum[line, at[$(NF - 1)]] += $NF; count[line, at[$(NF - 1)]]++
    }
    END {
      k = split(heads, head, " ")
      line = "|"; rule = "|"
      for (i = 1; i <= k; i++) { line = line " " head[i] " |"; rule = rule "---|" }
      for (j = 1; j <= n; j++) { line = line " " column[j] " |"; rule = rule "---|" }
      print line " mean |\n" rule "---|"
      for (i = 1; i <= m; i++) {
        line = order[i]; total = cells = 0
        for (j = 1; j <= n; j++)
          if ((order[i], j) in sum) {
            cell = scale * sum[order[i], j] / count[order[i], j]
            line = line sprintf(" %.1f |", cell)
            total += cell; cells++
          } else line = line " - |"
        print line sprintf(" %.1f |", total / cells)
      }
    }'
}
{
  printf 'Words in context, among all words of the corpora (Cao et al. 2020, Table 3), %%:\n\n'
  columns "system layer tgt_lang value" corpus-*.jsonl | table "system layer"
  printf '\nOne word of each form (Table 3, non-contextual), %%:\n\n'
  columns "system layer tgt_lang value" types-*.jsonl | table "system layer"
  printf '\nBy part of speech, one word of each form, last layer (Table 4), %%:\n\n'
  columns "system group_kind group tgt_lang value" tags.jsonl | table "system kind group"
  printf '\nBy the difference of frequency ranks, words in context, last layer (Figure 3), %%:\n\n'
  columns "system low tgt_lang value" ranks.jsonl | table "system from"
  printf '\nSentences, by groups of languages (Veitsman et al. 2026, Table 2), %%:\n\n'
  columns "src_lang tgt_lang system measure layer value" sentences-*.jsonl |
    awk -F '\t' -v OFS='\t' 'NR == FNR { split($0, cell, ","); group[cell[1], cell[2]] = cell[3]; next }
      { print $3, $4, $5, group[$1, $2], $6 }' groups.csv - | table "system measure layer"
  printf '\nCosine distance of words that stand alone, by layer (Figure 1), %%:\n\n'
  columns "system layer tgt_lang value" entries-*.jsonl | table "system layer"
} | tee tables.md
