#!/bin/sh
# Real text: Bible verses and MUSE dictionaries realign an encoder, Universal Dependencies tell what that gives.
#
#     sh examples/real-text.sh DATA [ENCODER] [FOLDER]
#
# DATA holds parallel/bible/LANG.tsv.gz (verse TAB text), dictionaries/muse/en-LANG.txt.gz and
# udpos_xtreme/LANG/SPLIT.tsv (word TAB tag). ENCODER is a checkpoint folder or hub name; without one, a small encoder
# is trained on the Bibles first (some 20 minutes on two cores). LIMIT, STEPS, SEEDS and TARGETS may be set outside.
set -eu
DATA=$(cd "$1" && pwd)
ENCODER=${2:-}
case $ENCODER in ./* | ../*) ENCODER=$(cd "$ENCODER" && pwd) ;; esac
mkdir -p "${3:-real-text}"
cd "${3:-real-text}"

TARGETS=${TARGETS:-"es fr ru ar zh"}
SEEDS=${SEEDS:-"31 42 66"}
LIMIT=${LIMIT:-12000}

if [ -z "$ENCODER" ]; then
  # Without the vowel signs of the Arabic Bible, which no other Arabic text has.
  for l in en $TARGETS; do
    gzip -dc "$DATA/parallel/bible/$l.tsv.gz" | cut -f 2 | perl -CSD -pe 's/[\x{064B}-\x{0652}\x{0670}]//g' >"$l.txt"
  done
  # shellcheck disable=SC2046 # the languages are words
  xlt pretrain --resume -o encoder --num-layers 4 --hidden-size 256 --vocab-size 16000 --epochs 3 --lr 1e-3 \
    $(for l in en $TARGETS; do echo "$l.txt"; done)
  ENCODER=encoder
fi

for t in $TARGETS; do
  xlt extract-pairs -q --force --lowercase --strip-diacritics --dict "$DATA/dictionaries/muse" --join-key \
    --corpus "$DATA/parallel/bible/{lang}.tsv.gz" --hold-out 1000 -o "$t.parquet" en "$t"
done
xlt align-score --force -o before.parquet "$ENCODER" ./??.held-out.parquet

TASK="--task pos --data $DATA/udpos_xtreme/{lang}/{split}.tsv --limit $LIMIT --epochs 1 --lr 2e-4 --resume"
for s in $SEEDS; do
  # shellcheck disable=SC2086
  {
    STEPS=$(xlt finetune $TASK --dry-run "$ENCODER" en | awk '$1 == "steps" { print $2 }')
    xlt realign --resume --steps "$STEPS" --lr 2e-4 --seed "$s" -o "aligned-$s" "$ENCODER" ./??.parquet
    xlt finetune $TASK --seed "$s" -o "none-$s" "$ENCODER" en
    xlt finetune $TASK --seed "$s" -o "before-$s" "aligned-$s" en
    xlt finetune $TASK --seed "$s" -o "joint-$s" --joint './??.parquet' "$ENCODER" en
  }
  for m in none before joint; do
    # shellcheck disable=SC2086
    xlt eval -q --force --tag method=$m -o "results-$m-$s.parquet" "$m-$s" en $TARGETS
    xlt align-score -q --force --layers -1 --tag method=$m -o "scores-$m-$s.parquet" "$m-$s" ./??.held-out.parquet
  done
done
