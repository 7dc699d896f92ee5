#!/bin/sh
# The tables of docs/results.md: constructed languages of growing distance, two encoders, three seeds, parts of speech and
# named entities, without realignment, with it before, and jointly. Some 40 minutes on one core; killed, it goes on.
#
#     sh examples/lab-study.sh [FOLDER]
#
# WORLD may name a world.toml with other dials; SEEDS, TASKS, ENCODERS (their sizes), METHODS and EPOCHS may be set
# outside.
set -eu
WORLD=${WORLD:+--world $(cd "$(dirname "$WORLD")" && pwd)/$(basename "$WORLD")}
mkdir -p "${1:-lab-study}"
cd "${1:-lab-study}"

# shellcheck disable=SC2086 # the options are words
[ -d world ] || xlt lab languages -q $WORLD -o world
TARGETS=$(ls world/text | sed -n 's/\.train\.txt$//p' | grep -v qaa)

for t in $TARGETS; do
  xlt extract-pairs -q --force --dict world/dict --corpus "world/parallel/qaa-$t.train" -o "train-$t.parquet" qaa "$t"
  xlt extract-pairs -q --force --dict world/dict --corpus "world/parallel/qaa-$t.test" -o "test-$t.parquet" qaa "$t"
done
for e in ${ENCODERS:-128 192}; do
  xlt pretrain -q --resume -o "encoder-$e" --num-layers 2 --hidden-size "$e" --vocab-size 2000 --max-length 64 --dropout 0 \
    --epochs 4 --lr 2e-3 --seed "$e" world/text/*.train.txt
  xlt align-score -q --force --layers -1 -o "before-$e.parquet" "encoder-$e" test-*.parquet
  for task in ${TASKS:-pos ner}; do
    case $task in pos) suffix=conllu ;; *) suffix=tsv ;; esac
    OPTIONS="-q --resume --task $task --data world/$task/{lang}.{split}.$suffix --epochs ${EPOCHS:-8} --lr 1e-3"
    for s in ${SEEDS:-31 42 66}; do
      # shellcheck disable=SC2086
      {
        STEPS=$(xlt finetune $OPTIONS --dry-run "encoder-$e" qaa | awk '$1 == "steps" { print $2 }')
        run="$e-$task-$s"
        for m in ${METHODS:-none before joint joint0.1}; do
          case $m in
            none) xlt finetune $OPTIONS --seed "$s" -o "$m-$run" "encoder-$e" qaa ;;
            before)
              xlt realign -q --resume --steps "$STEPS" --lr 1e-3 --seed "$s" -o "aligned-$run" "encoder-$e" train-*.parquet
              xlt finetune $OPTIONS --seed "$s" -o "$m-$run" "aligned-$run" qaa
              ;;
            joint) xlt finetune $OPTIONS --seed "$s" -o "$m-$run" --joint 'train-*.parquet' "encoder-$e" qaa ;;
            *) xlt finetune $OPTIONS --seed "$s" -o "$m-$run" --joint 'train-*.parquet' --joint-weight "${m#joint}" "encoder-$e" qaa ;;
          esac
          xlt eval -q --force --tag method=$m -o "results-$m-$run.parquet" "$m-$run" qaa $TARGETS
          xlt align-score -q --force --layers -1 --direction src-tgt --tag method=$m -o "after-$m-$run.parquet" "$m-$run" test-*.parquet
        done
      }
    done
  done
done
