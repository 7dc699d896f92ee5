#!/bin/sh
# The whole toolkit on constructed languages whose every word link and tag is known: no data, no network, a few minutes
# on two cores. The languages qab, qac, qad are ever farther from the source qaa. 'make demo' runs this file.
#
#     sh examples/quickstart.sh [FOLDER]
#
# Started again it goes on where it stopped. TARGETS, SENTENCES (of training text in each language) and EPOCHS may be set
# outside.
set -eu
mkdir -p "${1:-demo}"
cd "${1:-demo}"

SOURCE=qaa
TARGETS=${TARGETS:-"qab qac qad"}
TASK="--task pos --data world/pos/{lang}.{split}.conllu --epochs ${EPOCHS:-8} --lr 1e-3 --resume"

echo "1. A world of a few languages, and a small encoder that reads them without being told which is which"
# shellcheck disable=SC2086 # the targets are words
set -- $TARGETS
xlt lab languages -q --languages $(($# + 1)) --sentences "${SENTENCES:-8000}" -o world --force
xlt pretrain --resume -o encoder --num-layers 2 --hidden-size 128 --vocab-size 2000 --max-length 64 --dropout 0 \
  --epochs 4 --lr 2e-3 world/text/*.train.txt

echo "2. Translated word pairs: for realignment out of the training text, for scores out of the test text"
for t in $TARGETS; do
  xlt extract-pairs -q --force --dict world/dict --corpus world/parallel/$SOURCE-$t.train -o train-$t.parquet $SOURCE $t
  xlt extract-pairs -q --force --dict world/dict --corpus world/parallel/$SOURCE-$t.test -o test-$t.parquet $SOURCE $t
done
xlt align-score --force -o before.jsonl --layers -1 --direction src-tgt encoder test-*.parquet

echo "3. Parts of speech, learned in $SOURCE alone: without realignment, after it, and jointly with it"
# shellcheck disable=SC2086 # the options are words
STEPS=$(xlt finetune $TASK --dry-run encoder $SOURCE | awk '$1 == "steps" { print $2 }')
xlt realign --resume --steps "$STEPS" --lr 1e-3 -o aligned encoder train-*.parquet
# shellcheck disable=SC2086
{
  xlt finetune $TASK -o none encoder $SOURCE
  xlt finetune $TASK -o sequential aligned $SOURCE
  xlt finetune $TASK -o joint --joint 'train-*.parquet' --joint-weight 0.1 encoder $SOURCE
}
for m in none sequential joint; do
  # shellcheck disable=SC2086
  xlt eval -q --force -o results-$m.jsonl $m $SOURCE $TARGETS
  xlt align-score -q --force --layers -1 --direction src-tgt -o after-$m.jsonl $m test-*.parquet
done

echo "4. Whether alignment goes with transfer, over all languages and all three ways"
xlt correlate -q --force --by stage,strength --across recipe,scored -o correlation.jsonl \
  before.jsonl after-*.jsonl results-*.jsonl

echo
echo "What was seen (parts of speech: share of words tagged rightly; weak alignment of the last layer):"
# The value, in percent, of the first row that holds all of the given COLUMN=VALUE.
value() {
  rows=$(cat "$1") && shift
  for cell; do rows=$(echo "$rows" | grep "\"${cell%%=*}\": *\"${cell##*=}\""); done
  echo "$rows" | sed -n '1s/.*"value": *\([0-9.e-]*\).*/\1/p' | awk '{ printf "%.1f", 100 * $1 }'
}
echo "- Before anything, a word of $SOURCE finds its translation as its nearest neighbour in:"
for t in $TARGETS; do echo "    $t  $(value before.jsonl tgt_lang=$t strength=weak) % of the cases"; done
echo "- Tagging, learned in $SOURCE alone, then tried on each language:"
for l in $SOURCE $TARGETS; do
  echo "    $l  none $(value results-none.jsonl lang=$l metric=accuracy) %, realigned before" \
    "$(value results-sequential.jsonl lang=$l metric=accuracy) %, jointly" \
    "$(value results-joint.jsonl lang=$l metric=accuracy) %"
done
echo "- The search for translations again, after fine-tuning:"
for t in $TARGETS; do
  echo "    $t  none $(value after-none.jsonl tgt_lang=$t strength=weak) %, realigned before" \
    "$(value after-sequential.jsonl tgt_lang=$t strength=weak) %, jointly" \
    "$(value after-joint.jsonl tgt_lang=$t strength=weak) %"
done
# A number of the correlation of weak alignment after fine-tuning with transfer; nothing where it is undefined.
correlation() {
  grep '"stage": *"after", "strength": *"weak"' correlation.jsonl | sed -n "1s/.*\"$1\": *\([0-9.e-]*\).*/\1/p" |
    awk '{ printf "%.2f", $1 }'
}
echo "- What a language loses against $SOURCE goes with how well it is aligned then: Spearman's rho $(correlation rho)" \
  "(95 % interval $(correlation ci_low) to $(correlation ci_high))."
# Points that joint training gains in one language.
gain() { awk "BEGIN { printf \"%.1f\", $(value results-joint.jsonl lang="$1" metric=accuracy) - $(value results-none.jsonl lang="$1" metric=accuracy) }"; }
near=${TARGETS%% *}
far=${TARGETS##* }
echo "In words: without realignment $(value results-none.jsonl lang=$near metric=accuracy) % of the words are tagged rightly in" \
  "the nearest language and $(value results-none.jsonl lang="$far" metric=accuracy) % in the farthest; joint realignment adds" \
  "$(gain $near) points in the nearest, $(gain "$far") in the farthest, and $(gain $SOURCE) in the source."
echo "The files are in $(pwd)."
