#!/bin/sh
# The whole toolkit on constructed languages whose every word link and tag is known: no data, no network, a few minutes
# on two cores. The languages qab, qac, qad are ever farther from the source qaa. 'make demo' runs this file.
#
#     sh examples/quickstart.sh [FOLDER]
set -eu
mkdir -p "${1:-demo}"
cd "${1:-demo}"

SOURCE=qaa
TARGETS="qab qac qad"
TASK="--task pos --data world/pos/{lang}.{split}.conllu --epochs 8 --lr 1e-3 --resume"

echo "1. A world of four languages, and a small encoder that reads them without being told which is which"
xlt lab languages -q --languages 4 -o world --force
xlt pretrain --resume -o encoder --num-layers 2 --hidden-size 128 --vocab-size 2000 --max-length 64 --dropout 0 \
  --epochs 4 --lr 2e-3 world/text/*.train.txt

echo "2. Translated word pairs: for realignment out of the training text, for scores out of the test text"
for t in $TARGETS; do
  xlt extract-pairs -q --force --dict world/dict --corpus world/parallel/$SOURCE-$t.train -o train-$t.parquet $SOURCE $t
  xlt extract-pairs -q --force --dict world/dict --corpus world/parallel/$SOURCE-$t.test -o test-$t.parquet $SOURCE $t
done
xlt align-score --force -o before.csv --layers -1 --direction src-tgt encoder test-*.parquet

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
  xlt eval -q --force -o results-$m.csv $m $SOURCE $TARGETS
  xlt align-score -q --force --layers -1 --direction src-tgt -o after-$m.csv $m test-*.parquet
done

echo
echo "What was seen (parts of speech: share of words tagged rightly; weak alignment of the last layer):"
# Columns of the tables by name: COLUMN=VALUE ... picks a row, and its value is printed in percent.
value() {
  awk -F, -v wanted="$2" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; n = split(wanted, w, " "); next }
    { for (i = 1; i <= n; i++) { split(w[i], kv, "="); if ($at[kv[1]] != kv[2]) next }
      printf "%.1f", 100 * $at["value"]; exit }' "$1"
}
echo "- Before anything, a word of $SOURCE finds its translation as its nearest neighbour in:"
for t in $TARGETS; do echo "    $t  $(value before.csv "tgt_lang=$t strength=weak") % of the cases"; done
echo "- Tagging, learned in $SOURCE alone, then tried on each language:"
for l in $SOURCE $TARGETS; do
  echo "    $l  none $(value results-none.csv "lang=$l metric=accuracy") %, realigned before" \
    "$(value results-sequential.csv "lang=$l metric=accuracy") %, jointly" \
    "$(value results-joint.csv "lang=$l metric=accuracy") %"
done
echo "- The same words after fine-tuning, ${TARGETS##* }: none $(value after-none.csv "tgt_lang=${TARGETS##* } strength=weak") %," \
  "realigned before $(value after-sequential.csv "tgt_lang=${TARGETS##* } strength=weak") %," \
  "jointly $(value after-joint.csv "tgt_lang=${TARGETS##* } strength=weak") %"
echo "The farther a language, the less is transferred, and the more realignment gives. The files are in $(pwd)."
