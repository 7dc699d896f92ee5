#!/bin/sh
# The study of Gaschi et al. (2023) for one model of the hub: alignment before and after fine-tuning, with and without
# realignment, five languages, three tasks. It needs the network at first use, and a GPU to end within hours.
#
#     sh examples/hub-model.sh [MODEL] [FOLDER]
set -eu
MODEL=${1:-distilbert-base-multilingual-cased}
mkdir -p "${2:-study}"
cd "${2:-study}"
TARGETS="ar es fr ru zh"

for t in $TARGETS; do xlt extract-pairs --force --dict muse --corpus opus100 -o "$t.parquet" en "$t"; done
xlt align-score --force -o before.parquet "$MODEL" ./??.parquet

for task in pos ner nli; do
  epochs=5
  if [ $task = nli ]; then epochs=2; fi
  STEPS=$(xlt finetune --task $task --epochs $epochs --dry-run "$MODEL" en | awk '$1 == "steps" { print $2 }')
  for s in 31 42 66; do
    xlt realign --resume --steps "$STEPS" --seed $s -o "aligned-$task-$s" "$MODEL" ./??.parquet
    xlt finetune --resume --task $task --epochs $epochs --seed $s -o "$task-none-$s" "$MODEL" en
    xlt finetune --resume --task $task --epochs $epochs --seed $s -o "$task-before-$s" "aligned-$task-$s" en
    xlt finetune --resume --task $task --epochs $epochs --seed $s -o "$task-joint-$s" --joint './??.parquet' "$MODEL" en
    for m in none before joint; do
      # shellcheck disable=SC2086
      xlt eval --force --tag method=$m -o "results-$task-$m-$s.parquet" "$task-$m-$s" en $TARGETS
      xlt align-score --force --tag method=$m -o "scores-$task-$m-$s.parquet" "$task-$m-$s" ./??.parquet
    done
  done
done
